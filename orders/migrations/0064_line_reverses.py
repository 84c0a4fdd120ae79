"""Lines that take back a part of another, and what a cancelled part of a booking keeps; history and letters of it."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0063_event_place_released")]
    operations = [
        migrations.AddField(
            "orderline",
            "reverses",
            models.ForeignKey(
                "orders.OrderLine",
                models.PROTECT,
                null=True,
                blank=True,
                db_index=False,
                related_name="+",
                verbose_name="takes back",
            ),
        ),
        migrations.AlterField(
            "orderline",
            "kind",
            models.CharField(
                choices=[
                    ("tariff", "Tariff"),
                    ("extra", "Extra"),
                    ("discount", "Discount"),
                    ("allowance", "Price reduction"),
                    ("change", "Change"),
                    ("kept", "Kept by the cancellation terms"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            "orderevent",
            "kind",
            models.CharField(
                choices=[
                    ("created", "Order created"),
                    ("rule_overridden", "Rule overridden"),
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
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            "message",
            "kind",
            models.CharField(
                choices=[
                    ("created", "Order created"),
                    ("tickets", "Tickets"),
                    ("cancelled", "Order cancelled"),
                    ("link", "Payment link"),
                    ("paid", "Paid"),
                    ("deadline", "Time to pay is running out"),
                    ("expired", "Not paid in time"),
                    ("refunded", "Money returned"),
                    ("invoice", "Invoice"),
                    ("act", "Act of services rendered"),
                    ("reminder", "Reminder"),
                    ("changed", "Booking changed"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.RemoveConstraint("orderline", "line_only_a_reduction_is_negative"),
        AddConstraintNotValid(
            "orderline",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__lte", 0), ("kind__in", ("discount", "allowance"))),
                    ("kind", "change"),
                    models.Q(models.Q(("kind__in", ("discount", "allowance")), _negated=True), ("amount__gte", 0)),
                    _connector="OR",
                ),
                name="line_only_a_reduction_is_negative",
            ),
        ),
        AddConstraintNotValid(
            "orderline",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "change"), ("reverses__isnull", False)),
                    models.Q(models.Q(("kind", "change"), _negated=True), ("reverses__isnull", True)),
                    _connector="OR",
                ),
                name="line_of_a_change_takes_one_back",
            ),
        ),
    ]
