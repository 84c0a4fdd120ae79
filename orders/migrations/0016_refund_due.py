"""Name the case of money beyond an order's cost by what it is."""

from django.db import migrations, models

KINDS = [
    ("late_payment", "Paid, but the place is gone"),
    ("duplicate", "Paid twice"),
    ("mismatch", "The payment differs from the order"),
    ("external_refund", "Returned in the provider's cabinet"),
    ("refund_failed", "The refund did not go through"),
    ("unknown_outcome", "The provider's answer was lost"),
    ("payment_stuck", "The payment hangs"),
    ("refund_stuck", "The refund hangs"),
    ("receipt_failed", "The receipt was not registered"),
    ("misconfigured", "The provider refuses our key"),
    ("unknown_payment", "The provider has a payment we do not know"),
    ("refund_due", "More money than the order costs"),
    ("debt", "Service rendered, not paid"),
    ("drift", "Our sums differ from the provider's"),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0015_deadline")]
    operations = [
        migrations.RunSQL(
            "UPDATE orders_moneycase SET kind = 'refund_due' WHERE kind = 'to_return'",
            "UPDATE orders_moneycase SET kind = 'to_return' WHERE kind = 'refund_due'",
        ),
        migrations.AlterField("moneycase", "kind", models.CharField("kind", max_length=20, choices=KINDS)),
    ]
