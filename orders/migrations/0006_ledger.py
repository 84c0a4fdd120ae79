"""The ledger, invoices, and what does not add up."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import olvery.shared.money
import olvery.shared.requisites


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0005_outbox_and_inbox"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IssuedInvoice",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("amount", olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
                ("buyer_name", models.CharField(max_length=200, verbose_name="company")),
                (
                    "buyer_inn",
                    models.CharField(
                        max_length=12, validators=[olvery.shared.requisites.validate_inn], verbose_name="INN"
                    ),
                ),
                (
                    "buyer_kpp",
                    models.CharField(
                        blank=True, max_length=9, validators=[olvery.shared.requisites.validate_kpp], verbose_name="KPP"
                    ),
                ),
                ("buyer_address", models.CharField(blank=True, max_length=300, verbose_name="legal address")),
                ("contents", models.JSONField(verbose_name="contents")),
                ("issued_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="issued at")),
            ],
            options={
                "verbose_name": "invoice",
                "verbose_name_plural": "invoices",
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("charge", "Payment"), ("refund", "Refund"), ("correction", "Correction")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("online", "Online payment by YooKassa"),
                            ("on_site", "On site"),
                            ("invoice", "By invoice"),
                            ("free", "Free of charge"),
                        ],
                        max_length=10,
                        verbose_name="method",
                    ),
                ),
                ("amount", olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
                ("at", models.DateTimeField(verbose_name="when")),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="recorded at")),
                ("document", models.CharField(blank=True, max_length=60, verbose_name="document number")),
                ("reason", models.CharField(blank=True, max_length=250, verbose_name="why")),
                ("form_token", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="form token")),
            ],
            options={
                "verbose_name": "ledger entry",
                "verbose_name_plural": "ledger",
            },
        ),
        migrations.CreateModel(
            name="MoneyCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
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
                            ("to_return", "More money than the order costs"),
                            ("debt", "Service rendered, not paid"),
                            ("drift", "Our sums differ from the provider's"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("subject", models.CharField(max_length=80, verbose_name="subject")),
                (
                    "amount",
                    olvery.shared.money.MoneyField(
                        blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="sum"
                    ),
                ),
                ("details", models.CharField(blank=True, max_length=300, verbose_name="details")),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="opened at")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                ("resolution", models.CharField(blank=True, max_length=250, verbose_name="resolution")),
            ],
            options={
                "verbose_name": "money case",
                "verbose_name_plural": "money cases",
            },
        ),
        migrations.AddField(
            model_name="issuedinvoice",
            name="issued_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="issued by",
            ),
        ),
        migrations.AddField(
            model_name="issuedinvoice",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invoices",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="who",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="corrects",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="orders.ledgerentry",
                verbose_name="corrects",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddField(
            model_name="moneycase",
            name="closed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="closed by",
            ),
        ),
        migrations.AddField(
            model_name="moneycase",
            name="order",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddField(
            model_name="moneycase",
            name="receipt",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="orders.offsetreceipt",
                verbose_name="receipt",
            ),
        ),
        migrations.AddField(
            model_name="moneycase",
            name="payment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="orders.payment",
                verbose_name="payment",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="payment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="orders.payment",
                verbose_name="payment",
            ),
        ),
        migrations.AddField(
            model_name="moneycase",
            name="refund",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="orders.refund",
                verbose_name="refund",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="refund",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="orders.refund",
                verbose_name="refund",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuedinvoice",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="invoice_amount_above_zero"),
        ),
        migrations.AddIndex(
            model_name="moneycase",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)), fields=["-opened_at"], name="case_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="moneycase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("kind", "subject"),
                name="case_open_once_a_subject",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["order", "at"], name="entry_of_order"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["at"], name="entry_by_day"),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "charge")), fields=("payment",), name="entry_one_charge_a_payment"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(fields=("refund",), name="entry_one_a_refund"),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("kind", "charge")),
                    models.Q(("amount__lt", 0), ("kind", "refund")),
                    models.Q(("kind", "correction"), models.Q(("amount", 0), _negated=True)),
                    _connector="OR",
                ),
                name="entry_sign_follows_the_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("method", "online"), _negated=True),
                    models.Q(("kind", "charge"), ("payment__isnull", False)),
                    models.Q(("kind", "refund"), ("payment__isnull", False), ("refund__isnull", False)),
                    _connector="OR",
                ),
                name="entry_online_names_the_payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "correction"), _negated=True),
                    models.Q(("corrects__isnull", False), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="entry_correction_says_what_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("method", "free"), _negated=True), name="entry_moves_money"
            ),
        ),
    ]
