"""Let acts be issued, numbered by company and year."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import olvery.shared.money


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0046_invoice_pay_by"),
    ]

    operations = [
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
                    ("act", "Act of services rendered"),
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
                    ("paid", "Money came in"),
                    ("payment_canceled", "Payment did not go through"),
                    ("refund_requested", "Refund requested"),
                    ("refunded", "Money returned"),
                    ("refund_failed", "Refund did not go through"),
                    ("corrected", "Payment corrected"),
                    ("invoice_issued", "Invoice issued"),
                    ("act_issued", "Act issued"),
                    ("deadline_moved", "Time to pay extended"),
                    ("tickets_restored", "Places taken again"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="ActSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("inn", models.CharField(max_length=12, verbose_name="INN")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("last", models.PositiveIntegerField(verbose_name="last number")),
            ],
            options={
                "verbose_name": "series of acts",
                "verbose_name_plural": "series of acts",
                "constraints": [
                    models.UniqueConstraint(fields=("inn", "year"), name="act_series_one_a_company_and_year")
                ],
            },
        ),
        migrations.CreateModel(
            name="Act",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("issued_on", models.DateField(verbose_name="issued on")),
                ("issued_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="issued at")),
                ("amount", olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
                ("contents", models.JSONField(verbose_name="contents")),
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="act",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="orders.actseries",
                        verbose_name="series of acts",
                    ),
                ),
            ],
            options={
                "verbose_name": "act",
                "verbose_name_plural": "acts",
                "constraints": [
                    models.UniqueConstraint(fields=("series", "number"), name="act_number_once_a_series"),
                    models.CheckConstraint(condition=models.Q(("number__gt", 0)), name="act_number_above_zero"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="act_amount_above_zero"),
                ],
            },
        ),
    ]
