"""Wishes on the waiting list may name their visitors, and insist on seats."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0056_check_pictures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "waitingwish",
            "seat_ids",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                blank=True,
                db_default=[],
                default=list,
                verbose_name="these seats alone",
            ),
        ),
        migrations.AddConstraint(
            "waitingwish",
            models.CheckConstraint(
                condition=Q(seat_ids=[]) | Q(seat_ids__len=F("places")), name="waiting_for_all_seats_or_any"
            ),
        ),
        migrations.CreateModel(
            name="WaitingVisitor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField(verbose_name="place")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="visitor",
                    ),
                ),
                (
                    "wish",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visitors",
                        to="coworking.waitingwish",
                        verbose_name="wish on the waiting list",
                    ),
                ),
            ],
            options={
                "verbose_name": "visitor on the waiting list",
                "verbose_name_plural": "visitors on the waiting list",
                "constraints": [models.UniqueConstraint(fields=["wish", "place"], name="waiting_visitor_once_a_place")],
            },
        ),
    ]
