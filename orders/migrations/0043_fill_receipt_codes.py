"""Store with each position of a receipt the codes it was sent with, read from the frozen request.

Every attempt with positions has its request; the codes of the last resort are the defaults of the settings.
"""

from django.db import migrations

from orders.migrations._batches import in_batches

FILL = """
UPDATE orders_paymentattempt attempt
SET tax_system = (sent.receipt ->> 'tax_system_code')::smallint,
    receipt_items = (
        SELECT jsonb_agg(
            item || jsonb_build_object(
                'vat_code', coalesce((position ->> 'vat_code')::int, 1),
                'subject', coalesce(position ->> 'payment_subject', 'service'),
                'mode', coalesce(position ->> 'payment_mode', nullif(attempt.receipt_mode, ''), 'full_prepayment')
            ) ORDER BY place
        )
        FROM jsonb_array_elements(attempt.receipt_items) WITH ORDINALITY AS items(item, place)
        LEFT JOIN jsonb_array_elements(sent.receipt -> 'items') WITH ORDINALITY AS positions(position, place)
            USING (place)
    )
FROM (
    SELECT one.id, request.body::jsonb -> 'receipt' AS receipt
    FROM orders_paymentattempt one LEFT JOIN orders_providerrequest request ON request.attempt_id = one.id
    WHERE one.id BETWEEN %(first)s AND %(last)s AND one.receipt_items <> '[]'
) sent
WHERE attempt.id = sent.id
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0042_receipt_tax_system")]
    operations = [in_batches("orders_paymentattempt", FILL)]
