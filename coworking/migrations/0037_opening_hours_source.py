"""Where a special day comes from. The database fills it, too: the release before this one does not know it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coworking", "0036_archived_seats_are_free")]

    operations = [
        migrations.AddField(
            "openinghours",
            "source",
            models.CharField("source", max_length=30, blank=True, editable=False, default="", db_default=""),
        ),
    ]
