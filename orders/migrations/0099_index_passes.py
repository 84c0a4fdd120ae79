"""An index of the passes that end soon, made while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("orders", "0098_index_orders_on_account")]

    operations = [
        AddIndexConcurrently(
            "pass",
            models.Index(F("period__endswith"), name="pass_to_end", condition=Q(ended_at__isnull=True)),
        ),
    ]
