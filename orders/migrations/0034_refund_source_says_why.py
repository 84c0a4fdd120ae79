"""Empty the reasons that nobody typed: the source of a refund says that it was paid too late or twice."""

from django.db import migrations

from orders.migrations._batches import in_batches

EMPTY = """
UPDATE orders_refund SET reason = '' WHERE id BETWEEN %(first)s AND %(last)s AND (source, reason) IN (
    ('late_payment', 'Paid too late'), ('late_payment', 'Оплачен слишком поздно'),
    ('duplicate', 'Paid twice'), ('duplicate', 'Оплачен дважды'))
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0033_case_next_refund")]
    operations = [in_batches("orders_refund", EMPTY)]
