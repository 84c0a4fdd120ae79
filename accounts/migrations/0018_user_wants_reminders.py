"""Whether a person wants reminders. The database fills it, too: the release before this one does not know it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_guard_access_log")]

    operations = [
        migrations.AddField(
            "user",
            "wants_reminders",
            models.BooleanField("wants reminders of bookings", default=True, db_default=True),
        )
    ]
