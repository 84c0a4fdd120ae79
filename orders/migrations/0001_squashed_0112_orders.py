"""Orders, and the promo codes and passes that pay for them."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from phonenumber_field.modelfields import PhoneNumberField

from olvery.shared.money import MoneyField
from olvery.shared.tables import CreateTables

# Numbers that people can tell apart: orders begin at 10001, tickets at 20001.
NUMBERS = "ALTER TABLE orders_order ALTER COLUMN number RESTART WITH 10001;"

# What this stands for in databases that have these already; each of the other files stands for one.
OLD = """
0001_orders 0003_kept_and_reduced 0005_outbox_and_inbox 0008_receipt_mode 0009_clock_indexes
0010_places_of_returned_positions 0011_event_words 0012_payment_attempt 0013_provider_request
0014_provider_notification 0015_deadline 0016_refund_due 0017_queued_jobs 0018_offset_receipt_checks
0019_phone_is_a_number 0020_order_of_several_bookings 0021_fill_bookings 0022_order_has_services
0023_orders_of_a_service 0024_message_keys 0025_fill_message_keys 0026_message_once_a_kind_and_thing
0027_message_without_about 0028_case_facts 0029_fill_case_facts 0030_case_open_once_a_kind_and_thing
0031_case_without_texts 0032_line_refund 0033_case_next_refund 0034_refund_source_says_why 0035_order_summary
0036_fill_order_summary 0037_index_order_summary 0038_order_owed_until 0039_index_owed_until
0040_case_debt_overdue 0041_guard_against_truncate 0042_receipt_tax_system 0043_fill_receipt_codes
0044_attempt_without_receipt_mode 0045_line_tax 0046_invoice_pay_by 0048_attempt_shop 0050_money_approval
0051_guard_approvals 0052_case_approval 0054_queues 0055_job 0056_order_list_keys 0058_fill_order_list_keys
0059_order_has_list_keys 0060_order_list_indexes 0061_message_starts_at 0062_reminder_once_a_start
0063_event_place_released 0064_line_reverses 0065_line_reverses_checked 0066_offline_scans 0067_late_visitors
0068_event_block_overridden 0070_guard_accepted_terms 0072_export 0073_index_decisions 0075_queue_deliveries
0076_last_look 0077_index_news 0078_texts_of_scans_are_forgotten 0079_waited_orders 0080_guard_waiting
0082_confirm_orders_over_blocks 0083_check_overridden_blocks 0084_promo_codes 0086_handovers
0087_letter_once_a_handover 0088_passes 0089_count_pass_entries 0090_check_orders_without_tickets
0091_company_of_an_order 0092_index_orders_of_companies 0093_guard_companies 0095_bulk_actions_of_tickets
0096_letter_of_passes 0097_company_imports 0098_index_orders_on_account 0099_index_passes
0100_letters_being_sent 0101_month_bills 0102_guard_month_bills 0103_guard_waiting_visitors
0104_guard_merged_records 0105_event_merged 0106_guard_orders_of_erased_people 0107_passes_for_services
0108_bill_corrections 0109_wake_deliveries 0110_case_location 0111_fill_case_location 0112_index_case_location
"""

TABLES = [
    migrations.CreateModel(
        name="OrderFacet",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "status",
                models.CharField(
                    choices=[
                        ("awaiting_payment", "Awaiting payment"),
                        ("confirmed", "Confirmed"),
                        ("completed", "Completed"),
                        ("cancelled", "Cancelled"),
                        ("expired", "Not paid in time"),
                    ],
                    max_length=20,
                ),
            ),
            (
                "payment_status",
                models.CharField(
                    choices=[
                        ("not_required", "Not required"),
                        ("unpaid", "Unpaid"),
                        ("pending", "Awaiting the payment"),
                        ("partly_paid", "Partly paid"),
                        ("paid", "Paid"),
                        ("partly_refunded", "Partly refunded"),
                        ("refunded", "Refunded"),
                    ],
                    max_length=20,
                ),
            ),
            (
                "payment_method",
                models.CharField(
                    choices=[
                        ("online", "Online payment by YooKassa"),
                        ("on_site", "On site"),
                        ("invoice", "By invoice"),
                        ("free", "Free of charge"),
                    ],
                    max_length=10,
                ),
            ),
            ("is_by_customer", models.BooleanField()),
            ("service_ids", ArrayField(base_field=models.BigIntegerField(), size=None)),
            ("location", models.ForeignKey("coworking.location", models.PROTECT, db_index=False, related_name="+")),
        ],
        options={
            "verbose_name": "facet of orders",
            "verbose_name_plural": "facets of orders",
            "indexes": [
                models.Index(
                    fields=["location", "status", "payment_status", "payment_method", "is_by_customer", "service_ids"],
                    name="order_facet",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="PromoCode",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("code", models.CharField(max_length=20, verbose_name="code")),
            ("key", models.CharField(editable=False, max_length=20)),
            ("value", MoneyField(decimal_places=2, max_digits=12, verbose_name="discount")),
            ("is_percent", models.BooleanField(verbose_name="in per cent")),
            ("starts_on", models.DateField(blank=True, null=True, verbose_name="first day")),
            ("ends_on", models.DateField(blank=True, null=True, verbose_name="last day")),
            (
                "service_ids",
                ArrayField(
                    base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name="services"
                ),
            ),
            (
                "weekdays",
                ArrayField(
                    base_field=models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ]
                    ),
                    blank=True,
                    default=list,
                    size=None,
                    verbose_name="weekdays",
                ),
            ),
            (
                "most_uses",
                models.PositiveIntegerField(
                    blank=True, null=True, validators=[MinValueValidator(1)], verbose_name="uses in all"
                ),
            ),
            (
                "most_uses_each",
                models.PositiveIntegerField(
                    blank=True, null=True, validators=[MinValueValidator(1)], verbose_name="uses by one customer"
                ),
            ),
            ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
            ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ("used", models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name="used")),
            (
                "location",
                models.ForeignKey("coworking.location", models.PROTECT, related_name="+", verbose_name="location"),
            ),
        ],
        options={
            "verbose_name": "promo code",
            "verbose_name_plural": "promo codes",
            "constraints": [
                models.UniqueConstraint(fields=("location", "key"), name="promo_code_once_a_location"),
                models.CheckConstraint(condition=~Q(key=""), name="promo_code_is_not_empty"),
                models.CheckConstraint(condition=Q(value__gt=0), name="promo_code_gives_something"),
                models.CheckConstraint(
                    condition=Q(is_percent=False) | Q(value__lte=100), name="promo_code_gives_no_more"
                ),
                models.CheckConstraint(
                    condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                    name="promo_code_ends_after_it_starts",
                ),
                models.CheckConstraint(
                    condition=Q(most_uses=None) | Q(most_uses__gte=F("used")), name="promo_code_used_within_its_limit"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Order",
        fields=[
            ("number", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
            ("service_name", models.CharField(max_length=100, verbose_name="service name")),
            ("tariff_name", models.CharField(max_length=60, verbose_name="tariff name")),
            ("period", DateTimeRangeField(verbose_name="period")),
            ("ticket_count", models.PositiveSmallIntegerField(verbose_name="tickets")),
            ("customer_name", models.CharField(max_length=310, verbose_name="customer's name")),
            ("phone", PhoneNumberField(max_length=16, region=None, verbose_name="phone")),
            ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
            (
                "payment_method",
                models.CharField(
                    choices=[
                        ("online", "Online payment by YooKassa"),
                        ("on_site", "On site"),
                        ("invoice", "By invoice"),
                        ("free", "Free of charge"),
                    ],
                    max_length=10,
                    verbose_name="payment method",
                ),
            ),
            (
                "status",
                models.CharField(
                    choices=[
                        ("awaiting_payment", "Awaiting payment"),
                        ("confirmed", "Confirmed"),
                        ("completed", "Completed"),
                        ("cancelled", "Cancelled"),
                        ("expired", "Not paid in time"),
                    ],
                    max_length=20,
                    verbose_name="status",
                ),
            ),
            ("deadline_at", models.DateTimeField(blank=True, null=True, verbose_name="pay by")),
            ("comment", models.TextField(blank=True, max_length=1000, verbose_name="comment")),
            ("internal_note", models.TextField(blank=True, max_length=1000, verbose_name="internal note")),
            ("created_at", models.DateTimeField(default=timezone.now, verbose_name="created at")),
            ("form_token", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="form token")),
            (
                "created_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="created by"
                ),
            ),
            (
                "customer",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders", verbose_name="customer"
                ),
            ),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, db_index=False, related_name="orders", verbose_name="location"
                ),
            ),
            (
                "service",
                models.ForeignKey("coworking.service", models.PROTECT, related_name="orders", verbose_name="service"),
            ),
            (
                "tariff",
                models.ForeignKey("coworking.tariff", models.PROTECT, related_name="orders", verbose_name="tariff"),
            ),
            (
                "kept",
                MoneyField(
                    decimal_places=2, default=Decimal("0.00"), max_digits=12, verbose_name="kept after the cancellation"
                ),
            ),
            ("booking_count", models.PositiveSmallIntegerField(default=1, verbose_name="bookings")),
            ("service_ids", ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name="services")),
            (
                "total",
                MoneyField(
                    db_default=Decimal("0.00"),
                    decimal_places=2,
                    default=Decimal("0.00"),
                    max_digits=12,
                    verbose_name="sum",
                ),
            ),
            (
                "paid",
                MoneyField(
                    db_default=Decimal("0.00"),
                    decimal_places=2,
                    default=Decimal("0.00"),
                    max_digits=12,
                    verbose_name="paid",
                ),
            ),
            (
                "due",
                MoneyField(
                    db_default=Decimal("0.00"),
                    decimal_places=2,
                    default=Decimal("0.00"),
                    max_digits=12,
                    verbose_name="To pay",
                ),
            ),
            (
                "payment_status",
                models.CharField(
                    choices=[
                        ("not_required", "Not required"),
                        ("unpaid", "Unpaid"),
                        ("pending", "Awaiting the payment"),
                        ("partly_paid", "Partly paid"),
                        ("paid", "Paid"),
                        ("partly_refunded", "Partly refunded"),
                        ("refunded", "Refunded"),
                    ],
                    db_default="not_required",
                    default="not_required",
                    max_length=20,
                    verbose_name="payment status",
                ),
            ),
            ("owed_until", models.DateTimeField(blank=True, null=True, verbose_name="rest owed until")),
            ("name_key", models.CharField(db_collation="C", editable=False, max_length=310)),
            ("given_key", models.CharField(db_collation="C", editable=False, max_length=100)),
            (
                "facet",
                models.ForeignKey(
                    "orders.orderfacet",
                    models.PROTECT,
                    db_constraint=False,
                    db_index=False,
                    editable=False,
                    related_name="orders",
                ),
            ),
            (
                "promo_code",
                models.ForeignKey(
                    "orders.promocode",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="promo code",
                ),
            ),
            ("pass_units", models.SmallIntegerField(blank=True, null=True, verbose_name="units of the pass")),
            (
                "from_pass",
                models.ForeignKey(
                    "orders.pass",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="paid from the pass",
                ),
            ),
            (
                "company",
                models.ForeignKey(
                    "accounts.company",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="orders",
                    verbose_name="company",
                ),
            ),
            (
                "also_services",
                ArrayField(
                    base_field=models.BigIntegerField(),
                    blank=True,
                    db_default=[],
                    default=list,
                    size=None,
                    verbose_name="the pass also pays for",
                ),
            ),
        ],
        options={
            "verbose_name": "order",
            "verbose_name_plural": "orders",
            "constraints": [
                models.CheckConstraint(condition=Q(phone__regex="^\\+[1-9][0-9]{6,14}$"), name="order_phone_is_e164"),
                models.CheckConstraint(
                    condition=~Q(payment_method="online") | ~Q(email=""), name="order_paid_online_has_email"
                ),
                models.CheckConstraint(condition=Q(kept__gte=0), name="order_keeps_no_negative_sum"),
                models.CheckConstraint(
                    condition=~Q(status="awaiting_payment") | Q(deadline_at__isnull=False),
                    name="order_awaits_payment_until_a_moment",
                ),
                models.CheckConstraint(condition=Q(service_ids__len__gte=1), name="order_has_a_service"),
                models.CheckConstraint(condition=Q(due__gte=0), name="order_owes_no_negative_sum"),
                models.CheckConstraint(
                    condition=Q(pass_units__isnull=True, ticket_count__gte=1)
                    | Q(from_pass=None, pass_units__gte=1, pass_units__isnull=False, ticket_count=0),
                    name="order_has_a_ticket",
                ),
                models.CheckConstraint(
                    condition=Q(booking_count__gte=1, booking_count__lte=F("ticket_count"))
                    | Q(booking_count=0, pass_units__isnull=False),
                    name="order_keeps_bookings_within_tickets",
                ),
            ],
            "indexes": [
                models.Index(fields=["location", "-number"], name="order_list"),
                models.Index(fields=["customer", "-number"], name="order_of_customer"),
                models.Index(
                    F("location"), F("period__startswith").desc(), F("number").desc(), name="order_list_by_period"
                ),
                GinIndex(OpClass("phone", "gin_trgm_ops"), name="order_phone_trigrams"),
                models.Index(F("period__endswith"), condition=Q(status="confirmed"), name="order_to_complete"),
                models.Index(F("period__endswith"), condition=Q(status="completed"), name="order_completed_of_late"),
                models.Index(condition=Q(status="awaiting_payment"), fields=["deadline_at"], name="order_to_expire"),
                models.Index(condition=Q(owed_until__isnull=False), fields=["owed_until"], name="order_that_owes"),
                models.Index(
                    fields=["location", "name_key", "number"], include=("given_key", "facet"), name="order_list_by_name"
                ),
                models.Index(
                    fields=["location", "given_key", "name_key", "number"],
                    include=("facet",),
                    name="order_list_by_given_name",
                ),
                models.Index(fields=["facet", "-number"], name="order_facet_list"),
                models.Index(
                    F("facet"), F("period__startswith").desc(), F("number").desc(), name="order_facet_by_period"
                ),
                models.Index(fields=["facet", "name_key", "number"], name="order_facet_by_name"),
                models.Index(fields=["location", "created_at"], include=("number", "facet"), name="order_list_created"),
                GistIndex(
                    fields=["location", "period"],
                    include=("number", "facet", "booking_count"),
                    name="order_list_during",
                ),
                GinIndex(OpClass(Lower("name_key"), "gin_trgm_ops"), name="order_name_trigrams"),
                models.Index(
                    F("location"),
                    OpClass("email", "text_pattern_ops"),
                    F("number"),
                    include=("facet",),
                    name="order_list_by_email",
                ),
                models.Index(
                    condition=Q(company__isnull=False), fields=["company", "-number"], name="order_of_company"
                ),
                models.Index(
                    condition=Q(company__isnull=False, due__gt=0, payment_method="invoice"),
                    fields=["company"],
                    include=("due",),
                    name="order_owed_by_company",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Pass",
        fields=[
            (
                "order",
                models.OneToOneField(
                    "orders.order",
                    models.PROTECT,
                    primary_key=True,
                    related_name="sold_pass",
                    serialize=False,
                    verbose_name="order",
                ),
            ),
            ("name", models.CharField(max_length=60, verbose_name="name")),
            (
                "unit",
                models.CharField(
                    choices=[("hour", "Hour"), ("day", "Day"), ("week", "Week"), ("month", "Month")],
                    max_length=10,
                    verbose_name="unit",
                ),
            ),
            ("units", models.PositiveSmallIntegerField(verbose_name="units")),
            ("price", MoneyField(decimal_places=2, max_digits=12, verbose_name="price")),
            ("period", DateTimeRangeField(verbose_name="period")),
            ("left", models.SmallIntegerField(db_default=0, default=0, editable=False, verbose_name="left")),
            ("ended_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="ended")),
            (
                "owner",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="passes", verbose_name="owner"
                ),
            ),
            (
                "service",
                models.ForeignKey("coworking.service", models.PROTECT, related_name="+", verbose_name="service"),
            ),
            (
                "also_services",
                ArrayField(
                    base_field=models.BigIntegerField(),
                    blank=True,
                    db_default=[],
                    default=list,
                    size=None,
                    verbose_name="also pays for",
                ),
            ),
        ],
        options={
            "verbose_name": "pass",
            "verbose_name_plural": "passes",
            "constraints": [
                models.CheckConstraint(condition=Q(units__gte=1), name="pass_has_units"),
                models.CheckConstraint(condition=Q(unit__in=["hour", "day"]), name="pass_of_hours_or_days"),
                models.CheckConstraint(condition=Q(left__gte=0), name="pass_not_overdrawn"),
                models.CheckConstraint(condition=Q(ended_at=None) | Q(left=0), name="pass_that_ended_is_empty"),
            ],
            "indexes": [models.Index(F("period__endswith"), condition=Q(ended_at__isnull=True), name="pass_to_end")],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [("orders", name) for name in OLD.split()]

    dependencies = [("accounts", "0002_squashed_0042_companies"), ("coworking", "0004_squashed_0062_tickets")]

    operations = [CreateTables(*TABLES), migrations.RunSQL(NUMBERS, migrations.RunSQL.noop)]
