"""Payments through the provider, refunds, receipts, and the links that lead to them."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import olvery.shared.money
import olvery.shared.requisites
import orders.models.link


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_kept_and_reduced"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OffsetReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("", "No receipt"),
                            ("pending", "Receipt is being registered"),
                            ("succeeded", "Receipt is registered"),
                            ("canceled", "Receipt was not registered"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "provider_id",
                    models.CharField(blank=True, max_length=60, null=True, unique=True, verbose_name="provider's id"),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                ("next_check_at", models.DateTimeField(blank=True, null=True, verbose_name="next check")),
            ],
            options={
                "verbose_name": "offset receipt",
                "verbose_name_plural": "offset receipts",
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attempt", models.PositiveSmallIntegerField(verbose_name="attempt")),
                ("amount", olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="receipt to")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("created", "Being created"),
                            ("pending", "Waiting for the customer"),
                            ("succeeded", "Paid"),
                            ("canceled", "Did not go through"),
                            ("failed", "Refused by the provider"),
                        ],
                        default="created",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "provider_id",
                    models.CharField(blank=True, max_length=36, null=True, unique=True, verbose_name="provider's id"),
                ),
                ("provider_status", models.CharField(blank=True, max_length=30, verbose_name="provider's status")),
                ("confirmation_url", models.URLField(blank=True, max_length=2048, verbose_name="payment page")),
                ("method_title", models.CharField(blank=True, max_length=100, verbose_name="paid with")),
                ("cancel_party", models.CharField(blank=True, max_length=40, verbose_name="declined by")),
                ("cancel_reason", models.CharField(blank=True, max_length=60, verbose_name="decline reason")),
                (
                    "receipt",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "No receipt"),
                            ("pending", "Receipt is being registered"),
                            ("succeeded", "Receipt is registered"),
                            ("canceled", "Receipt was not registered"),
                        ],
                        max_length=10,
                        verbose_name="receipt",
                    ),
                ),
                ("receipt_items", models.JSONField(blank=True, default=list, verbose_name="receipt positions")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled at")),
                ("abandoned_at", models.DateTimeField(blank=True, null=True, verbose_name="given up at")),
                ("fulfilled_at", models.DateTimeField(blank=True, null=True, verbose_name="fulfilled at")),
                ("review_reason", models.CharField(blank=True, max_length=200, verbose_name="needs review")),
                ("next_check_at", models.DateTimeField(blank=True, null=True, verbose_name="next check")),
                ("checks", models.PositiveSmallIntegerField(default=0, verbose_name="checks")),
                (
                    "fetched_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last asked for by the customer"),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
            },
        ),
        migrations.CreateModel(
            name="PaymentLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    models.CharField(
                        default=orders.models.link.new_token, max_length=32, unique=True, verbose_name="token"
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                ("resent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent again at")),
                ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="first opened at")),
                ("opens", models.PositiveIntegerField(default=0, verbose_name="times opened")),
            ],
            options={
                "verbose_name": "payment link",
                "verbose_name_plural": "payment links",
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("pending", "Under way"),
                            ("succeeded", "Returned"),
                            ("canceled", "Refused by the bank"),
                            ("failed", "Refused by the provider"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("staff", "By a manager"),
                            ("late_payment", "Paid too late"),
                            ("duplicate", "Paid twice"),
                            ("external", "In the provider's cabinet"),
                        ],
                        max_length=15,
                        verbose_name="source",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=250, verbose_name="why")),
                ("requested_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="requested at")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled at")),
                (
                    "provider_id",
                    models.CharField(blank=True, max_length=36, null=True, unique=True, verbose_name="provider's id"),
                ),
                ("cancel_reason", models.CharField(blank=True, max_length=60, verbose_name="refusal reason")),
                (
                    "receipt",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "No receipt"),
                            ("pending", "Receipt is being registered"),
                            ("succeeded", "Receipt is registered"),
                            ("canceled", "Receipt was not registered"),
                        ],
                        max_length=10,
                        verbose_name="receipt",
                    ),
                ),
                ("receipt_items", models.JSONField(blank=True, default=list, verbose_name="receipt positions")),
                ("next_check_at", models.DateTimeField(blank=True, null=True, verbose_name="next check")),
                ("checks", models.PositiveSmallIntegerField(default=0, verbose_name="checks")),
            ],
            options={
                "verbose_name": "refund",
                "verbose_name_plural": "refunds",
            },
        ),
        migrations.AddField(
            model_name="payment",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddField(
            model_name="offsetreceipt",
            name="payment",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="offset_receipt",
                to="orders.payment",
                verbose_name="payment",
            ),
        ),
        migrations.AddField(
            model_name="paymentlink",
            name="order",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="link",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="orders.payment",
                verbose_name="payment",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="requested_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="requested by",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("next_check_at__isnull", False)), fields=["next_check_at"], name="payment_to_check"
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("fulfilled_at__isnull", True), ("status", "succeeded")),
                fields=["settled_at"],
                name="payment_to_fulfil",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(fields=("order", "attempt"), name="payment_attempt_once_an_order"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("abandoned_at__isnull", True), ("status__in", ["created", "pending"])),
                fields=("order",),
                name="payment_one_active_an_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="payment_amount_above_zero"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "succeeded"), _negated=True),
                    models.Q(("provider_id__isnull", False), ("settled_at__isnull", False)),
                    _connector="OR",
                ),
                name="payment_succeeded_at_the_provider",
            ),
        ),
        migrations.AddConstraint(
            model_name="offsetreceipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="offset_receipt_amount_above_zero"
            ),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                condition=models.Q(("next_check_at__isnull", False)), fields=["next_check_at"], name="refund_to_check"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="refund_amount_above_zero"),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "succeeded"), _negated=True),
                    models.Q(("provider_id__isnull", False), ("settled_at__isnull", False)),
                    _connector="OR",
                ),
                name="refund_succeeded_at_the_provider",
            ),
        ),
    ]
