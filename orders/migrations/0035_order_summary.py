"""The sums that lists filter and sort by: columns with a constant default, so that no row is rewritten."""

from decimal import Decimal

from django.db import migrations, models

import olvery.shared.money

NO_MONEY = Decimal("0.00")


def sum_of_roubles(name: str) -> olvery.shared.money.MoneyField:
    """Return a column of the summary; the database knows its default, too, for what still runs without it."""
    return olvery.shared.money.MoneyField(
        decimal_places=2, max_digits=12, default=NO_MONEY, db_default=NO_MONEY, verbose_name=name
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0034_refund_source_says_why")]

    operations = [
        migrations.AddField("order", "total", sum_of_roubles("sum")),
        migrations.AddField("order", "paid", sum_of_roubles("paid")),
        migrations.AddField("order", "due", sum_of_roubles("To pay")),
        migrations.AddField(
            "order",
            "payment_status",
            models.CharField(
                choices=[
                    ("not_required", "Not required"),
                    ("unpaid", "Unpaid"),
                    ("pending", "Awaiting the payment"),
                    ("partly_paid", "Partly paid"),
                    ("paid", "Paid"),
                    ("partly_refunded", "Partly refunded"),
                    ("refunded", "Refunded"),
                ],
                default="not_required",
                db_default="not_required",
                max_length=20,
                verbose_name="payment status",
            ),
        ),
    ]
