"""Fill the keys of the orders that are there, some at a time, while the table is in use: the trigger does it."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

STEP = 10_000


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT min(number), max(number) FROM orders_order")
        first, last = cursor.fetchone()
        for start in range(first or 1, (last or 0) + 1, STEP):
            cursor.execute(
                "UPDATE orders_order SET status = status WHERE number BETWEEN %s AND %s AND facet_id IS NULL",
                [start, start + STEP - 1],
            )


class Migration(migrations.Migration):
    atomic = False  # each step is committed: nobody waits for longer than it takes

    dependencies = [("orders", "0057_keep_order_list_keys")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
