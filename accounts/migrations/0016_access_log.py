"""Who saw whose contacts; the table is new."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_search_counts"),
        ("coworking", "0016_location_approval_limit"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "screen",
                    models.CharField(
                        choices=[
                            ("order_form", "Order form: chosen"),
                            ("order", "Order: opened"),
                            ("ticket", "Ticket: opened"),
                            ("orders_export", "Orders: exported"),
                            ("tickets_export", "Tickets: exported"),
                            ("money_export", "Money of a day: exported"),
                        ],
                        max_length=20,
                        verbose_name="screen",
                    ),
                ),
                ("number", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="number")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="coworking.location",
                        verbose_name="location",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="whom",
                    ),
                ),
            ],
            options={
                "verbose_name": "look at a person",
                "verbose_name_plural": "access log",
                "indexes": [
                    models.Index(fields=["location", "-at", "-id"], name="access_at_location"),
                    models.Index(fields=["person", "-at"], name="access_to_person"),
                    models.Index(fields=["by", "-at"], name="access_by_person"),
                ],
            },
        ),
    ]
