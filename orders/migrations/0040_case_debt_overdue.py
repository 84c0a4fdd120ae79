"""A kind of case of its own for a rest that was not paid in time; no column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0039_index_owed_until")]
    operations = [
        migrations.AlterField(
            "moneycase",
            "kind",
            models.CharField(
                choices=[
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
                    ("debt_overdue", "The rest was not paid in time"),
                    ("drift", "Our sums differ from the provider's"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
    ]
