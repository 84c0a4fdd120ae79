"""Work out the stored sums of the orders that are there, some at a time, while the table is in use.

The rules are those of `money/balance.py` as they were then: a migration does not follow what the code becomes.
"""

from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BATCH = 2000

# Whoever changes the money of an order holds its row: the sums are read when nobody does, by a statement of its own.
LOCK = "SELECT number FROM orders_order WHERE number > %s ORDER BY number LIMIT %s FOR NO KEY UPDATE"

FILL = """
WITH sums AS (
    SELECT o.number,
        coalesce((SELECT sum(amount) FROM orders_orderline WHERE order_id = o.number), 0) AS total,
        coalesce((SELECT sum(amount) FROM orders_ledgerentry WHERE order_id = o.number), 0) AS paid,
        coalesce((
            SELECT -sum(entry.amount) FROM orders_ledgerentry entry
            LEFT JOIN orders_refund refund ON refund.id = entry.refund_id
            LEFT JOIN orders_ledgerentry corrected ON corrected.id = entry.corrects_id
            WHERE entry.order_id = o.number
              AND (entry.kind = 'refund' AND refund.source IS DISTINCT FROM 'duplicate' OR corrected.kind = 'refund')
        ), 0) AS returned,
        EXISTS (
            SELECT FROM orders_paymentattempt
            WHERE order_id = o.number AND status IN ('created', 'pending') AND abandoned_at IS NULL
        ) AS is_paying
    FROM orders_order o WHERE o.number = ANY(%s)
), costs AS (
    SELECT s.*, CASE o.status WHEN 'expired' THEN 0 WHEN 'cancelled' THEN o.kept ELSE s.total END AS cost
    FROM sums s JOIN orders_order o USING (number)
)
UPDATE orders_order o SET total = c.total, paid = c.paid, due = greatest(c.cost - c.paid, 0), payment_status = CASE
    WHEN c.returned <> 0 THEN CASE WHEN c.paid > 0 THEN 'partly_refunded' ELSE 'refunded' END
    WHEN c.paid > 0 THEN CASE WHEN c.paid >= c.cost THEN 'paid' ELSE 'partly_paid' END
    WHEN c.cost = 0 THEN 'not_required'
    WHEN c.is_paying THEN 'pending' ELSE 'unpaid' END
FROM costs c WHERE o.number = c.number
"""


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    last = 0
    while True:
        with transaction.atomic(using=schema_editor.connection.alias), schema_editor.connection.cursor() as cursor:
            cursor.execute(LOCK, [last, BATCH])
            numbers = [number for (number,) in cursor.fetchall()]
            if not numbers:
                return
            cursor.execute(FILL, [numbers])
        last = numbers[-1]


class Migration(migrations.Migration):
    atomic = False  # each batch is committed: nobody waits for longer than it takes

    dependencies = [("orders", "0035_order_summary")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
