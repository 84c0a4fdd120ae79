"""The history of an order tells of a merge of its customer, a visitor or its company."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

EVENTS = [
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
    ("from_waiting", "Made from the waiting list"),
    ("place_kept", "Place of a late visitor kept"),
    ("handed_over", "Ticket passed on by the customer"),
    ("taken_back", "Ticket taken back by the customer"),
    ("shared", "Booking shared"),
    ("unshared", "Shared address withdrawn"),
    ("merged", "Records of its person or company merged"),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0104_guard_merged_records")]

    operations = [
        migrations.AlterField("orderevent", "kind", models.CharField("kind", max_length=20, choices=EVENTS)),
        migrations.AlterField(
            "webhook", "kinds", ArrayField(models.CharField(max_length=20, choices=EVENTS), verbose_name="events")
        ),
    ]
