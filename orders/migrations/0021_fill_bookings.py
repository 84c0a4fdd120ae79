"""Give orders their services, and tickets the tariff of their order, some thousands at a time."""

from django.db import migrations

BATCH = 10_000
SERVICES = """
UPDATE orders_order SET service_ids = ARRAY[service_id]
WHERE number BETWEEN %s AND %s AND service_ids IS NULL
"""
TARIFFS = """
UPDATE coworking_ticket SET tariff_id = orders_order.tariff_id
FROM orders_orderline JOIN orders_order ON orders_order.number = orders_orderline.order_id
WHERE orders_orderline.ticket_id = coworking_ticket.number
  AND coworking_ticket.number BETWEEN %s AND %s AND coworking_ticket.tariff_id IS NULL
"""
# A ticket that no order knows takes the first tariff of its service.
WITHOUT_ORDER = """
UPDATE coworking_ticket SET tariff_id = (
    SELECT min(id) FROM coworking_tariff WHERE coworking_tariff.service_id = coworking_ticket.service_id
)
WHERE number BETWEEN %s AND %s AND tariff_id IS NULL
"""


def fill(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for table, statements in (("orders_order", [SERVICES]), ("coworking_ticket", [TARIFFS, WITHOUT_ORDER])):
            cursor.execute(f"SELECT min(number), max(number) FROM {table}")  # noqa: S608 - our own two names
            first, last = cursor.fetchone()
            for start in range(first or 0, (last or -1) + 1, BATCH):
                for statement in statements:
                    cursor.execute(statement, [start, start + BATCH - 1])


class Migration(migrations.Migration):
    atomic = False  # each batch is a transaction of its own
    dependencies = [("orders", "0020_order_of_several_bookings"), ("coworking", "0009_ticket_tariff")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
