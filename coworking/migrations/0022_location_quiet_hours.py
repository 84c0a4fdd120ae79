"""When a location reminds of bookings, and the hours in which it does not."""

from datetime import time

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("coworking", "0021_ticket_list_indexes")]

    operations = [
        migrations.AddField(
            "location",
            "reminder_hours",
            models.PositiveSmallIntegerField(
                "remind of a booking, hours before", default=24, db_default=24, help_text="0: nobody is reminded."
            ),
        ),
        migrations.AddField(
            "location",
            "quiet_from",
            models.TimeField("quiet hours from", null=True, blank=True, default=time(22)),
        ),
        migrations.AddField(
            "location",
            "quiet_until",
            models.TimeField(
                "quiet hours until",
                null=True,
                blank=True,
                default=time(8),
                help_text="No reminders are sent in them, by local time. Both empty: at any hour.",
            ),
        ),
        migrations.AddConstraint(
            "location",
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | (Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until"))),
                name="location_quiet_hours_begin_and_end",
                violation_error_message="Quiet hours begin and end at different times; leave both empty for none.",
            ),
        ),
    ]
