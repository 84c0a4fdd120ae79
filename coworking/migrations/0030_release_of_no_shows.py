"""After how long the clock releases the place of a visitor who does not come, and what was said of it before."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0029_location_directions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "service",
            "release_minutes",
            models.PositiveSmallIntegerField(
                "the place of a no-show is released, minutes after the start",
                null=True,
                blank=True,
                help_text="Hourly bookings where visits are recorded, after a letter half-way; not before the minutes "
                "a visitor is expected at the location. Empty: a manager releases it.",
            ),
        ),
        migrations.AddConstraint(
            "service",
            models.CheckConstraint(
                condition=Q(release_minutes__isnull=True) | Q(release_minutes__gte=10),
                name="service_releases_after_ten_minutes",
                violation_error_message="A place is released after ten minutes at the earliest.",
            ),
        ),
        migrations.CreateModel(
            name="Lateness",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField(verbose_name="start of the booking")),
                ("warned_at", models.DateTimeField(blank=True, null=True, verbose_name="warned at")),
                ("release_at", models.DateTimeField(blank=True, null=True, verbose_name="released from")),
                ("kept_at", models.DateTimeField(blank=True, null=True, verbose_name="kept at")),
                (
                    "kept_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="kept by",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="latenesses",
                        to="coworking.ticket",
                        verbose_name="ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "late visitor",
                "verbose_name_plural": "late visitors",
                "indexes": [
                    models.Index(condition=Q(("kept_at", None)), fields=["release_at"], name="lateness_to_release")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "starts_at"), name="lateness_once_a_start"),
                    models.CheckConstraint(
                        condition=Q(warned_at=None, release_at=None, kept_at__isnull=False)
                        | Q(warned_at__isnull=False, release_at__gt=models.F("warned_at")),
                        name="lateness_warned_before_release",
                    ),
                    models.CheckConstraint(
                        condition=Q(kept_at=None, kept_by=None) | Q(kept_at__isnull=False, kept_by__isnull=False),
                        name="lateness_kept_by_somebody",
                    ),
                ],
            },
        ),
    ]
