"""See that all orders keep the rules of tickets and passes, without keeping anybody from writing."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0089_count_pass_entries")]
    operations = [
        ValidateConstraint("order", "order_has_a_ticket"),
        ValidateConstraint("order", "order_keeps_bookings_within_tickets"),
    ]
