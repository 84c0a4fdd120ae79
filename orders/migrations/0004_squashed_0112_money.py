"""What orders cost, the ledger, and what the money desk has to look at."""

import uuid

from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

from olvery.shared.money import MoneyField
from olvery.shared.tables import CreateTables

TABLES = [
    migrations.CreateModel(
        name="OrderLine",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("tariff", "Tariff"),
                        ("extra", "Extra"),
                        ("discount", "Discount"),
                        ("allowance", "Price reduction"),
                        ("change", "Change"),
                        ("kept", "Kept by the cancellation terms"),
                        ("pass", "Pass"),
                    ],
                    max_length=10,
                    verbose_name="kind",
                ),
            ),
            ("title", models.CharField(blank=True, max_length=200, verbose_name="title")),
            ("quantity", models.DecimalField(decimal_places=3, max_digits=9, verbose_name="quantity")),
            (
                "unit",
                models.CharField(
                    blank=True,
                    choices=[("hour", "Hour"), ("day", "Day"), ("week", "Week"), ("month", "Month")],
                    max_length=10,
                    verbose_name="unit",
                ),
            ),
            ("unit_price", MoneyField(decimal_places=2, max_digits=12, verbose_name="unit price")),
            ("amount", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
            (
                "extra",
                models.ForeignKey(
                    "coworking.extra", models.PROTECT, blank=True, null=True, related_name="+", verbose_name="extra"
                ),
            ),
            ("order", models.ForeignKey("orders.order", models.PROTECT, related_name="lines", verbose_name="order")),
            (
                "ticket",
                models.ForeignKey(
                    "coworking.ticket",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="lines",
                    verbose_name="ticket",
                ),
            ),
            (
                "refund",
                models.ForeignKey(
                    "orders.refund",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="refund",
                ),
            ),
            (
                "subject",
                models.CharField(
                    blank=True,
                    choices=[("service", "Service"), ("commodity", "Goods")],
                    max_length=10,
                    verbose_name="what it is",
                ),
            ),
            (
                "vat",
                models.CharField(
                    blank=True,
                    choices=[
                        ("none", "Without VAT"),
                        ("0", "0 %"),
                        ("5", "5 %"),
                        ("7", "7 %"),
                        ("10", "10 %"),
                        ("20", "20 %"),
                        ("22", "22 %"),
                    ],
                    max_length=4,
                    verbose_name="VAT",
                ),
            ),
            (
                "reverses",
                models.ForeignKey(
                    "orders.orderline",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="takes back",
                ),
            ),
        ],
        options={
            "verbose_name": "line",
            "verbose_name_plural": "lines",
            "constraints": [
                models.CheckConstraint(
                    condition=~Q(kind="tariff") | Q(ticket__isnull=False), name="line_of_a_tariff_has_a_ticket"
                ),
                models.CheckConstraint(
                    condition=~Q(kind="extra") | Q(extra__isnull=False), name="line_of_an_extra_names_it"
                ),
                models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_above_zero"),
                models.CheckConstraint(
                    condition=Q(amount__lte=0, kind__in=("discount", "allowance"))
                    | Q(kind="change")
                    | (~Q(kind__in=("discount", "allowance")) & Q(amount__gte=0)),
                    name="line_only_a_reduction_is_negative",
                ),
                models.CheckConstraint(
                    condition=Q(kind="change", reverses__isnull=False) | (~Q(kind="change") & Q(reverses__isnull=True)),
                    name="line_of_a_change_takes_one_back",
                ),
            ],
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
            ("amount", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
            ("at", models.DateTimeField(verbose_name="when")),
            ("recorded_at", models.DateTimeField(default=timezone.now, verbose_name="recorded at")),
            ("document", models.CharField(blank=True, max_length=60, verbose_name="document number")),
            ("reason", models.CharField(blank=True, max_length=250, verbose_name="why")),
            ("form_token", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="form token")),
            (
                "by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="who",
                ),
            ),
            (
                "corrects",
                models.ForeignKey(
                    "orders.ledgerentry",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="corrections",
                    verbose_name="corrects",
                ),
            ),
            ("order", models.ForeignKey("orders.order", models.PROTECT, related_name="entries", verbose_name="order")),
            (
                "attempt",
                models.ForeignKey(
                    "orders.paymentattempt",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="entries",
                    verbose_name="payment",
                ),
            ),
            (
                "refund",
                models.ForeignKey(
                    "orders.refund",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="entries",
                    verbose_name="refund",
                ),
            ),
        ],
        options={
            "verbose_name": "ledger entry",
            "verbose_name_plural": "ledger",
            "constraints": [
                models.UniqueConstraint(fields=("refund",), name="entry_one_a_refund"),
                models.CheckConstraint(
                    condition=Q(amount__gt=0, kind="charge")
                    | Q(amount__lt=0, kind="refund")
                    | Q(kind="correction") & ~Q(amount=0),
                    name="entry_sign_follows_the_kind",
                ),
                models.CheckConstraint(
                    condition=~Q(kind="correction") | Q(corrects__isnull=False) & ~Q(reason=""),
                    name="entry_correction_says_what_and_why",
                ),
                models.CheckConstraint(condition=~Q(method="free"), name="entry_moves_money"),
                models.UniqueConstraint(
                    condition=Q(kind="charge"), fields=("attempt",), name="entry_one_charge_an_attempt"
                ),
                models.CheckConstraint(
                    condition=~Q(method="online")
                    | Q(attempt__isnull=False, kind="charge")
                    | Q(attempt__isnull=False, kind="refund", refund__isnull=False),
                    name="entry_online_names_the_attempt",
                ),
            ],
            "indexes": [
                models.Index(fields=["order", "at"], name="entry_of_order"),
                models.Index(fields=["at"], name="entry_by_day"),
                models.Index(fields=["recorded_at"], name="entry_moved_of_late"),
            ],
        },
    ),
    migrations.CreateModel(
        name="MoneyApproval",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[("correction", "Correction"), ("refund", "Refund")], max_length=10, verbose_name="kind"
                ),
            ),
            ("amount", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
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
            ("document", models.CharField(blank=True, max_length=60, verbose_name="document number")),
            ("reason", models.CharField(max_length=250, verbose_name="why")),
            ("form_token", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="form token")),
            ("asked_at", models.DateTimeField(verbose_name="asked at")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("pending", "Waits for a second person"),
                        ("approved", "Approved"),
                        ("declined", "Declined"),
                    ],
                    default="pending",
                    max_length=10,
                    verbose_name="state",
                ),
            ),
            ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
            (
                "asked_by",
                models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="asked by"),
            ),
            (
                "corrects",
                models.ForeignKey(
                    "orders.ledgerentry",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="corrects",
                ),
            ),
            (
                "decided_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="decided by",
                ),
            ),
            (
                "entry",
                models.OneToOneField(
                    "orders.ledgerentry",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="approval",
                    verbose_name="ledger entry",
                ),
            ),
            (
                "order",
                models.ForeignKey("orders.order", models.PROTECT, related_name="approvals", verbose_name="order"),
            ),
        ],
        options={
            "verbose_name": "request for approval",
            "verbose_name_plural": "requests for approval",
            "constraints": [
                models.UniqueConstraint(
                    condition=Q(state="pending"), fields=("order",), name="approval_one_waits_for_an_order"
                ),
                models.CheckConstraint(
                    condition=~Q(state="approved") | ~Q(decided_by=F("asked_by")), name="approval_by_a_second_person"
                ),
                models.CheckConstraint(
                    condition=Q(decided_at__isnull=True, decided_by__isnull=True, entry__isnull=True, state="pending")
                    | Q(decided_at__isnull=False, decided_by__isnull=False, entry__isnull=True, state="declined")
                    | Q(decided_at__isnull=False, decided_by__isnull=False, entry__isnull=False, state="approved"),
                    name="approval_says_who_and_what",
                ),
                models.CheckConstraint(
                    condition=Q(corrects__isnull=False, kind="correction") | Q(corrects__isnull=True, kind="refund"),
                    name="approval_of_a_correction_names_the_entry",
                ),
            ],
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
            ("amount", MoneyField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="sum")),
            ("opened_at", models.DateTimeField(default=timezone.now, verbose_name="opened at")),
            ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
            ("resolution", models.CharField(blank=True, max_length=250, verbose_name="resolution")),
            (
                "closed_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="closed by",
                ),
            ),
            (
                "order",
                models.ForeignKey(
                    "orders.order", models.PROTECT, blank=True, null=True, related_name="cases", verbose_name="order"
                ),
            ),
            (
                "receipt",
                models.ForeignKey(
                    "orders.offsetreceipt",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="cases",
                    verbose_name="receipt",
                ),
            ),
            (
                "attempt",
                models.ForeignKey(
                    "orders.paymentattempt",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="cases",
                    verbose_name="payment",
                ),
            ),
            (
                "refund",
                models.ForeignKey(
                    "orders.refund", models.PROTECT, blank=True, null=True, related_name="cases", verbose_name="refund"
                ),
            ),
            ("provider_id", models.CharField(blank=True, max_length=36, null=True, verbose_name="provider's id")),
            ("facts", models.JSONField(blank=True, default=dict, verbose_name="details")),
            (
                "next_refund",
                models.ForeignKey(
                    "orders.refund",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="next refund",
                ),
            ),
            (
                "approval",
                models.ForeignKey(
                    "orders.moneyapproval",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="request",
                ),
            ),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, db_index=False, editable=False, null=True, related_name="+"
                ),
            ),
        ],
        options={
            "verbose_name": "money case",
            "verbose_name_plural": "money cases",
            "constraints": [
                models.UniqueConstraint(
                    condition=Q(closed_at__isnull=True),
                    fields=("kind", "order", "attempt", "refund", "receipt", "provider_id"),
                    name="case_open_once_a_kind_and_thing",
                    nulls_distinct=False,
                ),
                models.CheckConstraint(
                    condition=Q(location=None, order=None) | Q(location__isnull=False, order__isnull=False),
                    name="case_is_where_its_order_is",
                ),
            ],
            "indexes": [
                models.Index(
                    F("location"), F("opened_at").desc(), condition=Q(closed_at__isnull=True), name="case_open_at"
                ),
                models.Index(
                    F("location"), F("closed_at").desc(), condition=Q(closed_at__isnull=False), name="case_closed_at"
                ),
            ],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [("orders", "0006_ledger")]

    dependencies = [("orders", "0003_squashed_0112_payments")]

    operations = [CreateTables(*TABLES)]
