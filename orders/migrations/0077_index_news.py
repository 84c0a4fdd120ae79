"""An index of what a manager wants to hear of, made while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

NEWS = [
    "created",
    "status_changed",
    "changed",
    "change_undone",
    "paid",
    "refunded",
    "refund_failed",
    "corrected",
    "approval_asked",
    "place_released",
    "tickets_restored",
]


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("orders", "0076_last_look")]

    operations = [
        AddIndexConcurrently(
            "orderevent", models.Index(fields=["at"], name="event_of_the_news", condition=Q(kind__in=NEWS))
        )
    ]
