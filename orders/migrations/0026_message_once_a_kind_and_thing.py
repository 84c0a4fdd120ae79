"""Have the keys say that a message is written once: the index is made beside writers, then becomes a constraint."""

from django.db import migrations, models

KEYS = ["order", "kind", "attempt", "entry", "refund", "invoice", "deadline_at", "asked_at"]
MAKE_INDEX = """
CREATE UNIQUE INDEX CONCURRENTLY message_once_a_kind_and_thing ON orders_message
    (order_id, kind, attempt_id, entry_id, refund_id, invoice_id, deadline_at, asked_at) NULLS NOT DISTINCT
"""
USE_INDEX = """
ALTER TABLE orders_message
    ADD CONSTRAINT message_once_a_kind_and_thing UNIQUE USING INDEX message_once_a_kind_and_thing
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0025_fill_message_keys")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(MAKE_INDEX, migrations.RunSQL.noop),
                migrations.RunSQL(
                    USE_INDEX, "ALTER TABLE orders_message DROP CONSTRAINT message_once_a_kind_and_thing"
                ),
            ],
            [
                migrations.AddConstraint(
                    "message",
                    models.UniqueConstraint(fields=KEYS, nulls_distinct=False, name="message_once_a_kind_and_thing"),
                )
            ],
        )
    ]
