"""An event for an order over a block; the column is as it was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0067_late_visitors")]
    operations = [
        migrations.AlterField(
            "orderevent",
            "kind",
            models.CharField(
                choices=[
                    ("created", "Order created"),
                    ("rule_overridden", "Rule overridden"),
                    ("block_overridden", "Ordered over a block"),
                    ("discount_given", "Discount given"),
                    ("contact_changed", "Contacts for this order only"),
                    ("status_changed", "Status changed"),
                    ("message_sent", "Message sent"),
                    ("payment_started", "Payment started"),
                    ("paid", "Money came in"),
                    ("payment_canceled", "Payment did not go through"),
                    ("refund_requested", "Refund requested"),
                    ("refunded", "Money returned"),
                    ("refund_failed", "Refund did not go through"),
                    ("corrected", "Payment corrected"),
                    ("approval_asked", "A second person is asked"),
                    ("approved", "A second person has approved"),
                    ("declined", "The request is turned down"),
                    ("invoice_issued", "Invoice issued"),
                    ("act_issued", "Act issued"),
                    ("deadline_moved", "Time to pay extended"),
                    ("changed", "Booking changed"),
                    ("change_undone", "Change undone"),
                    ("tickets_restored", "Places taken again"),
                    ("place_released", "Place of a visitor who did not come released"),
                    ("place_kept", "Place of a late visitor kept"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
    ]
