"""What is kept of a cancelled order, lines that lower its price, and more kinds of letters and events."""

from decimal import Decimal

from django.conf import settings
from django.db import migrations, models

import olvery.shared.money
import olvery.shared.requisites


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0003_cancellation_and_seller"),
        ("orders", "0002_numbers_and_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="message",
            name="message_of_a_kind_once_an_order",
        ),
        migrations.RemoveConstraint(
            model_name="orderline",
            name="line_only_a_discount_is_negative",
        ),
        migrations.AddField(
            model_name="message",
            name="about",
            field=models.CharField(blank=True, max_length=40, verbose_name="about"),
        ),
        migrations.AddField(
            model_name="order",
            name="kept",
            field=olvery.shared.money.MoneyField(
                decimal_places=2, default=Decimal("0.00"), max_digits=12, verbose_name="kept after the cancellation"
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(
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
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="orderevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "Order created"),
                    ("rule_overridden", "Rule overridden"),
                    ("discount_given", "Discount given"),
                    ("contact_changed", "Contacts for this order only"),
                    ("status_changed", "Status changed"),
                    ("message_sent", "Message sent"),
                    ("payment_started", "Payment started"),
                    ("paid", "Paid"),
                    ("payment_canceled", "Payment did not go through"),
                    ("refund_requested", "Refund requested"),
                    ("refunded", "Money returned"),
                    ("refund_failed", "Refund did not go through"),
                    ("corrected", "Payment corrected"),
                    ("invoice_issued", "Invoice issued"),
                    ("deadline_moved", "Time to pay extended"),
                    ("tickets_restored", "Places taken again"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("tariff", "Tariff"),
                    ("extra", "Extra"),
                    ("discount", "Discount"),
                    ("allowance", "Price reduction"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("order", "kind", "about"), name="message_once_an_order_kind_and_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(condition=models.Q(("kept__gte", 0)), name="order_keeps_no_negative_sum"),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__lte", 0), ("kind__in", ("discount", "allowance"))),
                    models.Q(models.Q(("kind__in", ("discount", "allowance")), _negated=True), ("amount__gte", 0)),
                    _connector="OR",
                ),
                name="line_only_a_reduction_is_negative",
            ),
        ),
    ]
