"""Invoices, acts, the bills of a month, and letters."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

import olvery.shared.requisites
from olvery.shared.money import MoneyField
from olvery.shared.tables import CreateTables

TABLES = [
    migrations.CreateModel(
        name="IssuedInvoice",
        fields=[
            ("number", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
            ("amount", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
            ("buyer_name", models.CharField(max_length=200, verbose_name="company")),
            (
                "buyer_inn",
                models.CharField(max_length=12, validators=[olvery.shared.requisites.validate_inn], verbose_name="INN"),
            ),
            (
                "buyer_kpp",
                models.CharField(
                    blank=True, max_length=9, validators=[olvery.shared.requisites.validate_kpp], verbose_name="KPP"
                ),
            ),
            ("buyer_address", models.CharField(blank=True, max_length=300, verbose_name="legal address")),
            ("contents", models.JSONField(verbose_name="contents")),
            ("issued_at", models.DateTimeField(default=timezone.now, verbose_name="issued at")),
            (
                "issued_by",
                models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="issued by"),
            ),
            ("order", models.ForeignKey("orders.order", models.PROTECT, related_name="invoices", verbose_name="order")),
            ("pay_by", models.DateField(blank=True, null=True, verbose_name="pay by")),
        ],
        options={
            "verbose_name": "invoice",
            "verbose_name_plural": "invoices",
            "constraints": [models.CheckConstraint(condition=Q(amount__gt=0), name="invoice_amount_above_zero")],
        },
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
            "constraints": [models.UniqueConstraint(fields=("inn", "year"), name="act_series_one_a_company_and_year")],
        },
    ),
    migrations.CreateModel(
        name="Act",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.PositiveIntegerField(verbose_name="number")),
            ("issued_on", models.DateField(verbose_name="issued on")),
            ("issued_at", models.DateTimeField(default=timezone.now, verbose_name="issued at")),
            ("amount", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
            ("contents", models.JSONField(verbose_name="contents")),
            ("order", models.OneToOneField("orders.order", models.PROTECT, related_name="act", verbose_name="order")),
            (
                "series",
                models.ForeignKey(
                    "orders.actseries", models.PROTECT, related_name="acts", verbose_name="series of acts"
                ),
            ),
        ],
        options={
            "verbose_name": "act",
            "verbose_name_plural": "acts",
            "constraints": [
                models.UniqueConstraint(fields=("series", "number"), name="act_number_once_a_series"),
                models.CheckConstraint(condition=Q(number__gt=0), name="act_number_above_zero"),
                models.CheckConstraint(condition=Q(amount__gt=0), name="act_amount_above_zero"),
            ],
        },
    ),
    migrations.CreateModel(
        name="MonthBill",
        fields=[
            ("number", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="number")),
            ("month", models.DateField(verbose_name="month")),
            ("amount", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
            ("rendered", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum of the act")),
            ("act_number", models.PositiveIntegerField(verbose_name="number of the act")),
            ("pay_by", models.DateField(verbose_name="pay by")),
            ("contents", models.JSONField(verbose_name="contents")),
            ("issued_at", models.DateTimeField(verbose_name="issued at")),
            (
                "act_series",
                models.ForeignKey(
                    "orders.actseries",
                    models.PROTECT,
                    db_index=False,
                    related_name="bills",
                    verbose_name="series of acts",
                ),
            ),
            (
                "company",
                models.ForeignKey(
                    "accounts.company", models.PROTECT, db_index=False, related_name="bills", verbose_name="company"
                ),
            ),
            (
                "issued_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="issued by",
                ),
            ),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, db_index=False, related_name="bills", verbose_name="location"
                ),
            ),
        ],
        options={
            "verbose_name": "invoice of a month",
            "verbose_name_plural": "invoices of months",
            "constraints": [
                models.UniqueConstraint(fields=("company", "location", "month"), name="month_bill_once_a_month"),
                models.UniqueConstraint(fields=("act_series", "act_number"), name="month_bill_act_has_own_number"),
                models.CheckConstraint(
                    condition=Q(amount__gte=0, rendered__gt=0), name="month_bill_sums_not_below_zero"
                ),
                models.CheckConstraint(condition=Q(month__day=1), name="month_bill_names_a_first_day"),
            ],
        },
    ),
    migrations.CreateModel(
        name="BilledOrder",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("due", MoneyField(decimal_places=2, max_digits=12, verbose_name="To pay")),
            ("cost", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
            (
                "bill",
                models.ForeignKey(
                    "orders.monthbill", models.PROTECT, related_name="rows", verbose_name="invoice of a month"
                ),
            ),
            (
                "order",
                models.OneToOneField("orders.order", models.PROTECT, related_name="billed", verbose_name="order"),
            ),
        ],
        options={"verbose_name": "order of a month", "verbose_name_plural": "orders of a month"},
    ),
    migrations.CreateModel(
        name="BillCorrection",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.PositiveSmallIntegerField(verbose_name="number of the correction")),
            ("amount", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
            ("rendered", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum of the act")),
            ("contents", models.JSONField(verbose_name="contents")),
            ("issued_at", models.DateTimeField(verbose_name="issued at")),
            (
                "bill",
                models.ForeignKey(
                    "orders.monthbill",
                    models.PROTECT,
                    db_index=False,
                    related_name="corrections",
                    verbose_name="invoice of a month",
                ),
            ),
            (
                "issued_by",
                models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="issued by"),
            ),
        ],
        options={
            "verbose_name": "corrected invoice of a month",
            "verbose_name_plural": "corrected invoices of months",
            "constraints": [
                models.UniqueConstraint(fields=("bill", "number"), name="bill_correction_has_own_number"),
                models.CheckConstraint(
                    condition=Q(amount__gte=0, rendered__gte=0), name="bill_correction_sums_not_below_zero"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="BillLetter",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("to", models.EmailField(max_length=254, verbose_name="e-mail")),
            ("asked_at", models.DateTimeField(verbose_name="requested at")),
            ("sending_until", models.DateTimeField(blank=True, null=True, verbose_name="being sent until")),
            ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
            (
                "bill",
                models.ForeignKey(
                    "orders.monthbill", models.PROTECT, related_name="letters", verbose_name="invoice of a month"
                ),
            ),
        ],
        options={
            "verbose_name": "letter with an invoice of a month",
            "verbose_name_plural": "letters with invoices of months",
        },
    ),
    migrations.CreateModel(
        name="Message",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
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
                        ("late", "Place about to become free"),
                        ("released", "Place of a late visitor released"),
                        ("handed", "Ticket for its new visitor"),
                        ("gone", "Ticket that is somebody else's now"),
                        ("pass_ends", "Pass about to end"),
                    ],
                    max_length=10,
                    verbose_name="kind",
                ),
            ),
            ("to", models.EmailField(max_length=254, verbose_name="to")),
            ("created_at", models.DateTimeField(default=timezone.now, verbose_name="created at")),
            ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
            ("order", models.ForeignKey("orders.order", models.PROTECT, related_name="messages", verbose_name="order")),
            (
                "attempt",
                models.ForeignKey(
                    "orders.paymentattempt",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="payment",
                ),
            ),
            (
                "entry",
                models.ForeignKey(
                    "orders.ledgerentry",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="ledger entry",
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
                "invoice",
                models.ForeignKey(
                    "orders.issuedinvoice",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="invoice",
                ),
            ),
            ("deadline_at", models.DateTimeField(blank=True, null=True, verbose_name="pay by")),
            ("asked_at", models.DateTimeField(blank=True, null=True, verbose_name="requested at")),
            ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="start of the booking")),
            (
                "handover",
                models.ForeignKey(
                    "orders.handover",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="ticket passed on",
                ),
            ),
            ("sending_until", models.DateTimeField(blank=True, null=True, verbose_name="being sent until")),
        ],
        options={
            "verbose_name": "message",
            "verbose_name_plural": "messages",
            "constraints": [
                models.UniqueConstraint(
                    fields=(
                        "order",
                        "kind",
                        "attempt",
                        "entry",
                        "refund",
                        "invoice",
                        "deadline_at",
                        "asked_at",
                        "starts_at",
                        "handover",
                    ),
                    name="message_once_a_kind_and_thing",
                    nulls_distinct=False,
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="WaitingLetter",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[("joined", "On the waiting list"), ("ended", "Nothing became free")],
                    max_length=10,
                    verbose_name="kind",
                ),
            ),
            ("to", models.EmailField(max_length=254, verbose_name="to")),
            ("created_at", models.DateTimeField(default=timezone.now, verbose_name="created at")),
            ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
            (
                "wish",
                models.ForeignKey(
                    "coworking.waitingwish",
                    models.PROTECT,
                    db_index=False,
                    related_name="letters",
                    verbose_name="wish on the waiting list",
                ),
            ),
            ("sending_until", models.DateTimeField(blank=True, null=True, verbose_name="being sent until")),
        ],
        options={
            "verbose_name": "letter about the waiting list",
            "verbose_name_plural": "letters about the waiting list",
            "constraints": [models.UniqueConstraint(fields=("wish", "kind"), name="waiting_letter_once_a_kind")],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [("orders", "0047_act")]

    dependencies = [("orders", "0004_squashed_0112_money")]

    operations = [CreateTables(*TABLES)]
