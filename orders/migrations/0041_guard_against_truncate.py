"""Refuse to empty the ledger and the histories: TRUNCATE fires no trigger of a row."""

from django.db import migrations

TABLES = {"ledger": "orders_ledgerentry", "event": "orders_orderevent", "line": "orders_orderline"}

GUARD = """
CREATE TRIGGER {name}_not_truncated BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_rewriting();
"""

GUARD_BACK = "DROP TRIGGER {name}_not_truncated ON {table};"


class Migration(migrations.Migration):
    dependencies = [("orders", "0040_case_debt_overdue")]

    operations = [
        migrations.RunSQL(GUARD.format(name=name, table=table), GUARD_BACK.format(name=name, table=table))
        for name, table in TABLES.items()
    ]
