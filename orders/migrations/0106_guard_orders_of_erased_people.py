"""No expired order of somebody who was erased comes back."""

from django.db import migrations

# The function waits for an erasure that is under way, and makes one that begins wait for this order: see 0071.
GUARD = """
CREATE TRIGGER order_not_revived_for_erased_person BEFORE UPDATE OF status ON orders_order
FOR EACH ROW WHEN (OLD.status = 'expired' AND NEW.status <> 'expired')
EXECUTE FUNCTION orders_refuse_erased_customer();
"""

GUARD_BACK = "DROP TRIGGER order_not_revived_for_erased_person ON orders_order;"


class Migration(migrations.Migration):
    dependencies = [("orders", "0105_event_merged")]

    operations = [migrations.RunSQL(GUARD, GUARD_BACK)]
