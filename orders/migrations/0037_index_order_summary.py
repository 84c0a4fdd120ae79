"""The list by payment status, and a rule of the stored sums, made while the table is in use."""

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("orders", "0036_fill_order_summary")]

    operations = [
        AddIndexConcurrently(
            "order", models.Index(fields=["location", "payment_status", "-number"], name="order_list_by_payment")
        ),
        AddConstraintNotValid(
            "order", models.CheckConstraint(condition=Q(due__gte=0), name="order_owes_no_negative_sum")
        ),
        ValidateConstraint("order", "order_owes_no_negative_sum"),
    ]
