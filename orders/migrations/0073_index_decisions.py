"""An index of what managers decide, made while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("orders", "0072_export")]

    operations = [
        AddIndexConcurrently(
            "orderevent",
            models.Index(
                fields=["at"],
                name="event_of_a_decision",
                condition=Q(kind__in=["rule_overridden", "discount_given", "corrected"]),
            ),
        )
    ]
