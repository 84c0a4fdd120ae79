"""Find the orders whose rest is late, with an index made while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("orders", "0038_order_owed_until")]
    operations = [
        AddIndexConcurrently(
            "order",
            models.Index(fields=["owed_until"], name="order_that_owes", condition=Q(owed_until__isnull=False)),
        ),
    ]
