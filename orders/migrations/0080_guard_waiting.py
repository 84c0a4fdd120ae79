"""Nobody who was erased stands in line, and what an order came from is not rewritten."""

from django.db import migrations

GUARD = """
CREATE TRIGGER waiting_not_of_erased_person BEFORE INSERT OR UPDATE OF customer_id ON coworking_waitingwish
FOR EACH ROW EXECUTE FUNCTION orders_refuse_erased_customer();

CREATE TRIGGER waited_order_not_rewritten BEFORE UPDATE OR DELETE ON orders_waitedorder
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();

CREATE TRIGGER waited_order_not_truncated BEFORE TRUNCATE ON orders_waitedorder
FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_rewriting();
"""

GUARD_BACK = """
DROP TRIGGER waited_order_not_truncated ON orders_waitedorder;
DROP TRIGGER waited_order_not_rewritten ON orders_waitedorder;
DROP TRIGGER waiting_not_of_erased_person ON coworking_waitingwish;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0079_waited_orders")]

    operations = [migrations.RunSQL(GUARD, GUARD_BACK)]
