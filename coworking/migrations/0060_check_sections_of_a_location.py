"""What stands in the history keeps to the sections of 0060; checked without a lock that anybody waits for."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("coworking", "0059_small_photos")]

    operations = [ValidateConstraint("settingsevent", "settings_event_of_a_known_section")]
