"""An index by the beginnings of names instead of one by trigrams."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from olvery.shared.tables import BuildIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("coworking", "0063_find_tickets_by_beginnings_of_names"),
        ("orders", "0013_squashed_0112_keys_and_deliveries"),
    ]

    operations = [
        BuildIndex(
            "order",
            GinIndex(
                models.Func(
                    "location",
                    "name_key",
                    function="coworking_name_beginnings",
                    output_field=ArrayField(models.TextField()),
                ),
                name="order_name_beginnings",
            ),
        ),
        # Of an expression there are no statistics before.
        migrations.RunSQL("ANALYZE orders_order", migrations.RunSQL.noop),
        RemoveIndexConcurrently("order", "order_name_trigrams"),
    ]
