"""Invoices and acts of months that nobody rewrites or empties."""

from django.db import migrations

GUARD = """
CREATE TRIGGER month_bills_only_grow BEFORE UPDATE OR DELETE ON orders_monthbill
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();

CREATE TRIGGER month_bills_not_truncated BEFORE TRUNCATE ON orders_monthbill
FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_rewriting();

CREATE TRIGGER billed_orders_only_grow BEFORE UPDATE OR DELETE ON orders_billedorder
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();

CREATE TRIGGER billed_orders_not_truncated BEFORE TRUNCATE ON orders_billedorder
FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_rewriting();
"""

GUARD_BACK = """
DROP TRIGGER billed_orders_not_truncated ON orders_billedorder;
DROP TRIGGER billed_orders_only_grow ON orders_billedorder;
DROP TRIGGER month_bills_not_truncated ON orders_monthbill;
DROP TRIGGER month_bills_only_grow ON orders_monthbill;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0101_month_bills")]

    operations = [migrations.RunSQL(GUARD, GUARD_BACK)]
