"""Find the orders of a service, whichever of their bookings it is in."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0022_order_has_services")]
    operations = [AddIndexConcurrently("order", GinIndex(fields=["service_ids"], name="order_of_services"))]
