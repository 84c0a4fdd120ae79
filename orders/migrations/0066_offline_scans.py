"""Scans of a door without network: each is stored once, with the visit or with what somebody has to look at."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

ROW = {"db_index": False, "on_delete": django.db.models.deletion.PROTECT, "related_name": "+"}
MAYBE = {**ROW, "null": True, "blank": True}


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0028_door_secret_of_a_location"),
        ("orders", "0065_line_reverses_checked"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OfflineScan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="token")),
                ("read_text", models.CharField(max_length=200, verbose_name="what was read")),
                ("is_leaving", models.BooleanField(default=False, verbose_name="leaving")),
                ("scanned_at", models.DateTimeField(verbose_name="scanned at")),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="received at")),
                ("reason", models.CharField(blank=True, max_length=40, verbose_name="reason")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled at")),
                ("by", models.ForeignKey(to=settings.AUTH_USER_MODEL, verbose_name="scanned by", **ROW)),
                ("location", models.ForeignKey(to="coworking.location", verbose_name="location", **ROW)),
                ("settled_by", models.ForeignKey(to=settings.AUTH_USER_MODEL, verbose_name="settled by", **MAYBE)),
                ("ticket", models.ForeignKey(to="coworking.ticket", verbose_name="ticket", **MAYBE)),
                ("visit", models.ForeignKey(to="coworking.visit", verbose_name="visit", **MAYBE)),
            ],
            options={
                "verbose_name": "scan without network",
                "verbose_name_plural": "scans without network",
                "indexes": [
                    models.Index(
                        fields=["location", "scanned_at"],
                        name="offline_scan_to_settle",
                        condition=~Q(reason="") & Q(settled_at=None),
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(scanned_at__lte=F("received_at")), name="offline_scan_before_it_was_received"
                    ),
                    models.CheckConstraint(
                        condition=Q(visit__isnull=False) | ~Q(reason=""), name="offline_scan_is_a_visit_or_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=Q(visit=None) | Q(ticket__isnull=False), name="offline_scan_visit_is_on_a_ticket"
                    ),
                    models.CheckConstraint(
                        condition=Q(settled_at=None, settled_by=None)
                        | Q(settled_at__isnull=False, settled_by__isnull=False),
                        name="offline_scan_settled_by_somebody",
                    ),
                ],
            },
        ),
    ]
