"""An index of the tickets that end next, made while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("coworking", "0003_cancellation_and_seller")]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(F("period__endswith"), name="ticket_to_close", condition=Q(status="active")),
        ),
    ]
