"""Call the last moment of an unpaid order its deadline."""

from django.db import migrations, models

from orders.migrations._renaming import rename_column

# The index and the check follow their column by themselves.
DATABASE = [rename_column("orders_order", "pay_by", "deadline_at")]

STATE = [
    migrations.RemoveConstraint("order", "order_awaits_payment_until_a_moment"),
    migrations.RemoveIndex("order", "order_to_expire"),
    migrations.RenameField("order", "pay_by", "deadline_at"),
    migrations.AddIndex(
        "order",
        models.Index(fields=["deadline_at"], name="order_to_expire", condition=models.Q(status="awaiting_payment")),
    ),
    migrations.AddConstraint(
        "order",
        models.CheckConstraint(
            condition=~models.Q(status="awaiting_payment") | models.Q(deadline_at__isnull=False),
            name="order_awaits_payment_until_a_moment",
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_provider_notification")]
    operations = [migrations.SeparateDatabaseAndState(DATABASE, STATE)]
