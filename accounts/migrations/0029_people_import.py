"""Lists of people from spreadsheets."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0028_guard_companies"),
        ("coworking", "0047_shared_bookings"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accessevent",
            name="screen",
            field=models.CharField(
                choices=[
                    ("order_form", "Order form: chosen"),
                    ("order", "Order: opened"),
                    ("ticket", "Ticket: opened"),
                    ("orders_export", "Orders: exported"),
                    ("tickets_export", "Tickets: exported"),
                    ("money_export", "Money of a day: exported"),
                    ("api", "By a program"),
                    ("people_import", "Import of people"),
                    ("erasure", "Erased at the person's request"),
                ],
                max_length=20,
                verbose_name="screen",
            ),
        ),
        migrations.CreateModel(
            name="PeopleImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("contract", "A contract"),
                            ("consent", "Written consents"),
                        ],
                        max_length=10,
                        verbose_name="basis of processing",
                    ),
                ),
                ("file_name", models.CharField(max_length=100, verbose_name="file")),
                ("rows", models.JSONField(default=list, verbose_name="rows")),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded at")),
                ("imported_at", models.DateTimeField(blank=True, null=True, verbose_name="imported at")),
                ("created", models.PositiveIntegerField(default=0, verbose_name="registered")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="changed")),
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
            ],
            options={
                "verbose_name": "import of people",
                "verbose_name_plural": "imports of people",
                "indexes": [models.Index(fields=["location", "-id"], name="people_import_of_location")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("imported_at__isnull", False), models.Q(("changed", 0), ("created", 0)), _connector="OR"
                        ),
                        name="people_import_counts_once_imported",
                    )
                ],
            },
        ),
    ]
