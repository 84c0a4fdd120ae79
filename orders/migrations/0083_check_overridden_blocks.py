"""See that all events of overridden blocks say who and why, without keeping anybody from writing."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0082_confirm_orders_over_blocks")]
    operations = [ValidateConstraint("orderevent", "event_of_an_overridden_block_says_who_and_why")]
