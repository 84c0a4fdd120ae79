"""Visits: who came on which ticket, and when they left."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

PEOPLE = {"db_index": False, "on_delete": django.db.models.deletion.PROTECT, "related_name": "+"}
OPEN = Q(left_at=None, undone_at=None)


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0023_entry_of_a_location"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scan_id", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="scan")),
                (
                    "source",
                    models.CharField(
                        choices=[("code", "QR code"), ("number", "Number"), ("list", "Chosen from a list")],
                        max_length=10,
                        verbose_name="how it was read",
                    ),
                ),
                ("arrived_at", models.DateTimeField(verbose_name="arrived at")),
                ("left_at", models.DateTimeField(blank=True, null=True, verbose_name="left at")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone at")),
                ("let_in_by", models.ForeignKey(to=settings.AUTH_USER_MODEL, verbose_name="let in by", **PEOPLE)),
                (
                    "let_out_by",
                    models.ForeignKey(
                        to=settings.AUTH_USER_MODEL, verbose_name="let out by", blank=True, null=True, **PEOPLE
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        to=settings.AUTH_USER_MODEL, verbose_name="undone by", blank=True, null=True, **PEOPLE
                    ),
                ),
                ("location", models.ForeignKey(to="coworking.location", verbose_name="location", **PEOPLE)),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="coworking.ticket",
                        verbose_name="ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit",
                "verbose_name_plural": "visits",
                "indexes": [
                    models.Index(fields=["ticket", "-arrived_at"], name="visit_of_ticket"),
                    models.Index(fields=["location", "-arrived_at"], name="visit_at_location"),
                    models.Index(condition=OPEN, fields=["location"], name="visit_open_at_location"),
                ],
                "constraints": [
                    models.UniqueConstraint(condition=OPEN, fields=["ticket"], name="visit_one_open_a_ticket"),
                    models.CheckConstraint(
                        condition=Q(left_at=None) | Q(left_at__gte=F("arrived_at")), name="visit_left_after_arriving"
                    ),
                    models.CheckConstraint(
                        condition=Q(let_out_by=None) | Q(left_at__isnull=False), name="visit_let_out_at_a_moment"
                    ),
                    models.CheckConstraint(
                        condition=Q(undone_at=None, undone_by=None)
                        | Q(undone_at__isnull=False, undone_by__isnull=False),
                        name="visit_undone_by_somebody",
                    ),
                ],
            },
        ),
    ]
