"""Indexes of what the clock looks for every minute, made while the tables are in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("orders", "0008_receipt_mode")]

    operations = [
        AddIndexConcurrently(
            model_name="ledgerentry", index=models.Index(fields=["recorded_at"], name="entry_moved_of_late")
        ),
        AddIndexConcurrently(
            model_name="offsetreceipt",
            index=models.Index(
                fields=["next_check_at"], name="receipt_to_check", condition=Q(next_check_at__isnull=False)
            ),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(F("period__endswith"), name="order_to_complete", condition=Q(status="confirmed")),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(F("period__endswith"), name="order_completed_of_late", condition=Q(status="completed")),
        ),
    ]
