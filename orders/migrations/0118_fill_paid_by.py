"""Fill how the orders that are there were paid, some at a time, while the table is in use.

The rule is that of `money/balance.py` as it was then: a migration does not follow what the code becomes. What is paid
meanwhile, the audit of stored sums fills.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

STEP = 1_000

# What most of the orders of a facet will say. They keep it then, and no facet is left that nobody has any more.
FILL_FACETS = """
UPDATE orders_orderfacet SET paid_by = ARRAY[payment_method]
WHERE payment_status IN ('paid', 'partly_paid', 'partly_refunded', 'refunded') AND payment_method <> 'free'
    AND paid_by = '{}'
"""

FILL = """
UPDATE orders_order AS paid SET paid_by = found.methods
FROM (
    SELECT order_id, array_agg(method ORDER BY first) AS methods
    FROM (
        SELECT entry.order_id, entry.method, min(entry.id) AS first
        FROM orders_ledgerentry AS entry
        LEFT JOIN orders_refund AS refund ON refund.id = entry.refund_id
        LEFT JOIN orders_ledgerentry AS corrected ON corrected.id = entry.corrects_id
        WHERE entry.order_id BETWEEN %(first)s AND %(last)s
            AND (entry.kind <> 'refund' OR refund.source IS NOT DISTINCT FROM 'duplicate')
            AND corrected.kind IS DISTINCT FROM 'refund'
        GROUP BY entry.order_id, entry.method
        HAVING sum(entry.amount) > 0
    ) AS came
    GROUP BY order_id
) AS found
WHERE paid.number = found.order_id AND paid.paid_by <> found.methods
"""


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FILL_FACETS)
        cursor.execute("SELECT min(number), max(number) FROM orders_order")
        first, last = cursor.fetchone()
        for start in range(first or 1, (last or 0) + 1, STEP):
            cursor.execute(FILL, {"first": start, "last": start + STEP - 1})


class Migration(migrations.Migration):
    atomic = False  # each step is committed: nobody waits for longer than it takes

    dependencies = [("orders", "0117_keep_paid_by_in_facets")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
