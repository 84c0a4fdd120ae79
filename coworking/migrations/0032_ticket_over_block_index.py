"""The index of the few tickets over a block, made while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("coworking", "0031_order_over_a_block")]

    operations = [
        AddIndexConcurrently(
            "ticket",
            models.Index(fields=["over_block"], name="ticket_over_block", condition=Q(over_block__isnull=False)),
        ),
    ]
