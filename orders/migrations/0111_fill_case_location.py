"""Fill the location of the cases that are there, some at a time, while the table is in use: the trigger does it."""

from django.db import migrations

from orders.migrations._batches import in_batches

FILL = """
UPDATE orders_moneycase SET order_id = order_id
WHERE id BETWEEN %(first)s AND %(last)s AND order_id IS NOT NULL AND location_id IS NULL
"""


class Migration(migrations.Migration):
    atomic = False  # each step is committed: nobody waits for longer than it takes

    dependencies = [("orders", "0110_case_location")]
    operations = [in_batches("orders_moneycase", FILL)]
