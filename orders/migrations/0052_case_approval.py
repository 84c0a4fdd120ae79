"""A kind of case of its own for what a second person decides, with its request; the column is empty."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0051_guard_approvals")]
    operations = [
        migrations.AlterField(
            model_name="moneycase",
            name="kind",
            field=models.CharField(
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
                    ("approval", "A second person decides"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="moneycase",
            name="approval",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.moneyapproval",
                verbose_name="request",
            ),
        ),
    ]
