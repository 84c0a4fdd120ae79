"""Drop the text that messages were told apart by: its keys have taken over."""

from django.db import migrations

TEXT = """
UPDATE orders_message SET about = coalesce(
    'payment ' || attempt_id, 'entry ' || entry_id, 'refund ' || refund_id, invoice_id::text,
    CASE kind WHEN 'paid' THEN 'reactivated ' ELSE '' END
        || to_char(coalesce(deadline_at, asked_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), '')
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0026_message_once_a_kind_and_thing")]
    operations = [
        migrations.RemoveConstraint("message", "message_once_an_order_kind_and_subject"),
        migrations.RunSQL(migrations.RunSQL.noop, TEXT),  # on the way back, before the constraint is there again
        migrations.RemoveField("message", "about"),
    ]
