"""Turn what messages were about, such as "payment 12", into keys."""

from django.db import migrations

from orders.migrations._batches import in_batches

# What names no row that is there, or nothing known, counts as asked for when it was written.
FILL = r"""
WITH named AS (
    SELECT message.id, message.kind, message.created_at, orders_order.deadline_at AS order_deadline_at,
        attempt.id AS attempt_id, entry.id AS entry_id, refund.id AS refund_id, invoice.number AS invoice_id,
        substring(about FROM '^(?:reactivated )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d)$')::timestamptz AS moment
    FROM orders_message AS message
    JOIN orders_order ON orders_order.number = message.order_id
    LEFT JOIN orders_paymentattempt AS attempt ON attempt.id = substring(about FROM '^payment (\d{1,18})$')::bigint
    LEFT JOIN orders_ledgerentry AS entry ON entry.id = substring(about FROM '^entry (\d{1,18})$')::bigint
    LEFT JOIN orders_refund AS refund ON refund.id = substring(about FROM '^refund (\d{1,18})$')::bigint
    LEFT JOIN orders_issuedinvoice AS invoice ON invoice.number = substring(about FROM '^(\d{1,18})$')::bigint
    WHERE message.id BETWEEN %(first)s AND %(last)s AND about <> ''
)
UPDATE orders_message SET
    attempt_id = named.attempt_id, entry_id = named.entry_id, refund_id = named.refund_id, invoice_id = named.invoice_id,
    deadline_at = CASE
        WHEN named.kind NOT IN ('deadline', 'expired') THEN NULL
        WHEN date_trunc('second', order_deadline_at) = moment THEN order_deadline_at ELSE moment END,
    asked_at = CASE
        WHEN named.kind NOT IN ('deadline', 'expired') AND moment IS NOT NULL THEN moment
        WHEN num_nonnulls(named.attempt_id, named.entry_id, named.refund_id, named.invoice_id, moment) = 0
        THEN named.created_at END
FROM named WHERE orders_message.id = named.id
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0024_message_keys")]
    operations = [in_batches("orders_message", FILL)]
