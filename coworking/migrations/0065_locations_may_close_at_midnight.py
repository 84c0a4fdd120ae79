from datetime import time

from django.db import migrations, models
from django.db.models import F, Q

# The last minute of the day, as it was entered before.
BACK = "UPDATE coworking_openinghours SET closes_at = '23:59' WHERE closes_at = '00:00'"


class Migration(migrations.Migration):
    dependencies = [("coworking", "0064_index_visitors_once")]

    operations = [
        migrations.RemoveConstraint("openinghours", "opening_hours_close_after_opening"),
        migrations.RunSQL(migrations.RunSQL.noop, BACK),
        migrations.AddConstraint(
            "openinghours",
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True, opens_at__isnull=True)
                | Q(closes_at__isnull=False, opens_at__isnull=False)
                & (Q(opens_at__lt=F("closes_at")) | Q(closes_at=time(0))),
                name="opening_hours_close_after_opening",
                violation_error_message="The location closes after it opens; leave both empty for a day off.",
            ),
        ),
    ]
