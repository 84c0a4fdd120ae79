"""Until when customers move their bookings themselves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coworking", "0037_opening_hours_source")]

    operations = [
        migrations.AddField(
            "service",
            "move_hours",
            models.PositiveSmallIntegerField(
                "customers move their bookings at least, hours before the start",
                default=24,
                null=True,
                blank=True,
                help_text="To another free time of the same tariff. Empty: only a manager moves them.",
            ),
        )
    ]
