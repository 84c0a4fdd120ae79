"""Have the handover say that a letter about it is written once: the index is made beside writers, then takes over.

Until it does, the old one would refuse the second such letter of an order; nothing writes one before this migration.
"""

from django.db import migrations, models

KEYS = ["order", "kind", "attempt", "entry", "refund", "invoice", "deadline_at", "asked_at", "starts_at"]
MAKE_INDEX = """
CREATE UNIQUE INDEX CONCURRENTLY message_once_with_handover ON orders_message
    (order_id, kind, attempt_id, entry_id, refund_id, invoice_id, deadline_at, asked_at, starts_at,
     handover_id) NULLS NOT DISTINCT
"""
USE_INDEX = """
ALTER TABLE orders_message
    DROP CONSTRAINT message_once_a_kind_and_thing,
    ADD CONSTRAINT message_once_a_kind_and_thing UNIQUE USING INDEX message_once_with_handover
"""
USE_OLD_KEYS = """
ALTER TABLE orders_message
    DROP CONSTRAINT message_once_a_kind_and_thing,
    ADD CONSTRAINT message_once_a_kind_and_thing UNIQUE NULLS NOT DISTINCT
        (order_id, kind, attempt_id, entry_id, refund_id, invoice_id, deadline_at, asked_at, starts_at)
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0086_handovers")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(MAKE_INDEX, migrations.RunSQL.noop),
                migrations.RunSQL(USE_INDEX, USE_OLD_KEYS),
            ],
            [
                migrations.RemoveConstraint("message", "message_once_a_kind_and_thing"),
                migrations.AddConstraint(
                    "message",
                    models.UniqueConstraint(
                        fields=[*KEYS, "handover"], nulls_distinct=False, name="message_once_a_kind_and_thing"
                    ),
                ),
            ],
        )
    ]
