"""What was there before pictures keeps to the new constraints; checked without a lock that anybody waits for."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("coworking", "0055_picture_of_a_plan")]

    operations = [
        ValidateConstraint("settingsevent", "settings_event_of_a_known_section"),
        ValidateConstraint("planitem", "plan_item_of_a_known_kind"),
        ValidateConstraint("planitem", "plan_item_can_be_seen"),
    ]
