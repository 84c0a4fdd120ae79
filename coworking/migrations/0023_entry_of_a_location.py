"""When the door opens before a booking, how long a visitor is waited for, and since when visits are recorded."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coworking", "0022_location_quiet_hours")]

    operations = [
        migrations.AddField(
            "location",
            "entry_minutes",
            models.PositiveSmallIntegerField(
                db_default=15, default=15, verbose_name="entry opens before the start, minutes"
            ),
        ),
        migrations.AddField(
            "location",
            "no_show_minutes",
            models.PositiveSmallIntegerField(
                db_default=30,
                default=30,
                help_text="After the start, the place may be released; after the end, a ticket without a visit is not used.",
                verbose_name="a visitor is expected, minutes",
            ),
        ),
        migrations.AddField(
            "location",
            "visits_from",
            models.DateField(
                blank=True,
                help_text="Tickets that begin on this day or later are used by a visit; empty: by the clock alone.",
                null=True,
                verbose_name="visits are recorded from",
            ),
        ),
    ]
