"""Locations with their hours, and who sells there."""

import datetime
import uuid
from decimal import Decimal

from django.contrib.postgres.functions import RandomUUID
from django.core.validators import MaxValueValidator
from django.db import migrations, models
from django.db.models import F, Q
from phonenumber_field.modelfields import PhoneNumberField

import olvery.shared.requisites
from coworking.models.location import validate_time_zone
from olvery.shared.money import MoneyField
from olvery.shared.tables import CreateTables

# What this stands for in databases that have these already; each of the other files stands for one.
OLD = """
0001_places 0003_cancellation_and_seller 0004_ticket_to_close 0005_deadline 0006_phones_of_locations_in_e164
0007_phone_is_a_number 0008_location_phone_is_e164 0009_ticket_tariff 0010_ticket_has_a_tariff 0011_seller_tax
0012_fill_seller_tax 0013_seller_without_vat_rate 0014_extra_tax 0015_seller_shop 0016_location_approval_limit
0017_ticket_list_keys 0019_fill_ticket_list_keys 0020_ticket_has_list_keys 0021_ticket_list_indexes
0022_location_quiet_hours 0023_entry_of_a_location 0025_block_history 0026_lifted_blocks_take_nothing
0027_panel_token 0028_door_secret_of_a_location 0029_location_directions 0030_release_of_no_shows
0031_order_over_a_block 0032_ticket_over_block_index 0033_guard_orders_over_blocks 0034_settings_history
0035_guard_settings_history 0036_archived_seats_are_free 0037_opening_hours_source 0038_move_hours
0039_plan_items 0040_seat_spots 0042_pool_places_over_blocks 0043_block_open_help 0044_promo_section
0045_ticket_code_version 0046_codes_follow_the_visitor 0047_shared_bookings 0049_dated_prices
0050_prices_section 0052_stock_of_extras 0054_photos_section 0055_picture_of_a_plan 0056_check_pictures
0057_visitors_and_seats_of_wishes 0058_sections_of_a_location 0059_small_photos
0060_check_sections_of_a_location 0061_drafts_of_documents 0062_passes_for_services
"""

TABLES = [
    migrations.CreateModel(
        name="Location",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=100, verbose_name="name")),
            ("city", models.CharField(blank=True, max_length=100, verbose_name="city")),
            ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
            ("phone", PhoneNumberField(blank=True, max_length=30, region=None, verbose_name="phone")),
            (
                "reply_email",
                models.EmailField(
                    help_text="Customers' answers to messages go here.", max_length=254, verbose_name="reply address"
                ),
            ),
            (
                "time_zone",
                models.CharField(
                    default="Europe/Moscow", max_length=50, validators=[validate_time_zone], verbose_name="time zone"
                ),
            ),
            (
                "discount_limit",
                models.PositiveSmallIntegerField(
                    default=20, validators=[MaxValueValidator(100)], verbose_name="manager's discount limit, %"
                ),
            ),
            ("is_active", models.BooleanField(default=True, verbose_name="active")),
            (
                "approval_limit",
                MoneyField(
                    blank=True,
                    decimal_places=2,
                    default=Decimal("10000"),
                    help_text=(
                        "Corrections and refunds at the desk above it need a second person; empty: nobody is asked."
                    ),
                    max_digits=12,
                    null=True,
                    verbose_name="a manager decides alone up to, ₽",
                ),
            ),
            (
                "reminder_hours",
                models.PositiveSmallIntegerField(
                    db_default=24,
                    default=24,
                    help_text="0: nobody is reminded.",
                    verbose_name="remind of a booking, hours before",
                ),
            ),
            (
                "quiet_from",
                models.TimeField(blank=True, default=datetime.time(22, 0), null=True, verbose_name="quiet hours from"),
            ),
            (
                "quiet_until",
                models.TimeField(
                    blank=True,
                    default=datetime.time(8, 0),
                    help_text="No reminders are sent in them, by local time. Both empty: at any hour.",
                    null=True,
                    verbose_name="quiet hours until",
                ),
            ),
            (
                "entry_minutes",
                models.PositiveSmallIntegerField(
                    db_default=15, default=15, verbose_name="entry opens before the start, minutes"
                ),
            ),
            (
                "no_show_minutes",
                models.PositiveSmallIntegerField(
                    db_default=30,
                    default=30,
                    help_text=(
                        "After the start, the place may be released; after the end, a ticket without a visit is not "
                        "used."
                    ),
                    verbose_name="a visitor is expected, minutes",
                ),
            ),
            (
                "visits_from",
                models.DateField(
                    blank=True,
                    help_text="Tickets that begin on this day or later are used by a visit; empty: by the clock alone.",
                    null=True,
                    verbose_name="visits are recorded from",
                ),
            ),
            (
                "panel_token",
                models.CharField(
                    blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="lobby panel"
                ),
            ),
            (
                "door_secret",
                models.UUIDField(
                    db_default=RandomUUID(), default=uuid.uuid4, editable=False, verbose_name="secret of the codes"
                ),
            ),
            (
                "directions",
                models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="For customers: the entrance, the floor, the way from the station.",
                    max_length=300,
                    verbose_name="how to find it",
                ),
            ),
        ],
        options={
            "verbose_name": "location",
            "verbose_name_plural": "locations",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(discount_limit__lte=100), name="location_discount_limit_is_a_percentage"
                ),
                models.CheckConstraint(
                    condition=Q(phone="") | Q(phone__regex="^\\+[1-9][0-9]{6,14}$"), name="location_phone_is_e164"
                ),
                models.CheckConstraint(
                    condition=Q(approval_limit__isnull=True) | Q(approval_limit__gte=0),
                    name="location_approval_limit_not_below_zero",
                ),
                models.CheckConstraint(
                    condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                    | Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until")),
                    name="location_quiet_hours_begin_and_end",
                    violation_error_message="Quiet hours begin and end at different times; leave both empty for none.",
                ),
                models.UniqueConstraint(
                    condition=~Q(panel_token=""), fields=("panel_token",), name="location_of_a_panel"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="OpeningHours",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "weekday",
                models.PositiveSmallIntegerField(
                    blank=True,
                    choices=[
                        (0, "Monday"),
                        (1, "Tuesday"),
                        (2, "Wednesday"),
                        (3, "Thursday"),
                        (4, "Friday"),
                        (5, "Saturday"),
                        (6, "Sunday"),
                    ],
                    null=True,
                    verbose_name="weekday",
                ),
            ),
            (
                "on",
                models.DateField(
                    blank=True, help_text="An exception for this date only.", null=True, verbose_name="date"
                ),
            ),
            ("opens_at", models.TimeField(blank=True, null=True, verbose_name="opens at")),
            (
                "closes_at",
                models.TimeField(blank=True, help_text="Empty: closed all day.", null=True, verbose_name="closes at"),
            ),
            ("reason", models.CharField(blank=True, max_length=100, verbose_name="reason")),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.CASCADE, related_name="opening_hours", verbose_name="location"
                ),
            ),
            (
                "source",
                models.CharField(
                    blank=True, db_default="", default="", editable=False, max_length=30, verbose_name="source"
                ),
            ),
        ],
        options={
            "verbose_name": "opening hours",
            "verbose_name_plural": "opening hours",
            "constraints": [
                models.UniqueConstraint(fields=("location", "weekday"), name="opening_hours_once_a_weekday"),
                models.UniqueConstraint(fields=("location", "on"), name="opening_hours_once_a_date"),
                models.CheckConstraint(
                    condition=Q(on__isnull=False, weekday__isnull=True) | Q(on__isnull=True, weekday__isnull=False),
                    name="opening_hours_for_a_weekday_or_a_date",
                    violation_error_message="Give a weekday or a date, one of them.",
                ),
                models.CheckConstraint(
                    condition=Q(closes_at__isnull=True, opens_at__isnull=True)
                    | Q(closes_at__isnull=False, opens_at__isnull=False, opens_at__lt=F("closes_at")),
                    name="opening_hours_close_after_opening",
                    violation_error_message="The location closes after it opens; leave both empty for a day off.",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Seller",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=160, verbose_name="company")),
            (
                "inn",
                models.CharField(max_length=12, validators=[olvery.shared.requisites.validate_inn], verbose_name="INN"),
            ),
            (
                "kpp",
                models.CharField(
                    blank=True, max_length=9, validators=[olvery.shared.requisites.validate_kpp], verbose_name="KPP"
                ),
            ),
            ("address", models.CharField(max_length=300, verbose_name="legal address")),
            ("bank_name", models.CharField(max_length=45, verbose_name="bank")),
            (
                "bic",
                models.CharField(max_length=9, validators=[olvery.shared.requisites.validate_bic], verbose_name="BIC"),
            ),
            (
                "account",
                models.CharField(
                    max_length=20,
                    validators=[olvery.shared.requisites.validate_account],
                    verbose_name="settlement account",
                ),
            ),
            (
                "corr_account",
                models.CharField(
                    max_length=20,
                    validators=[olvery.shared.requisites.validate_account],
                    verbose_name="correspondent account",
                ),
            ),
            ("director", models.CharField(blank=True, max_length=100, verbose_name="director")),
            ("accountant", models.CharField(blank=True, max_length=100, verbose_name="chief accountant")),
            (
                "ogrn",
                models.CharField(
                    blank=True, max_length=15, validators=[olvery.shared.requisites.validate_ogrn], verbose_name="OGRN"
                ),
            ),
            ("vat_note", models.CharField(default="Без НДС", max_length=60, verbose_name="words for “without VAT”")),
            (
                "location",
                models.OneToOneField(
                    "coworking.location", models.CASCADE, related_name="seller", verbose_name="location"
                ),
            ),
            (
                "shop_id",
                models.CharField(
                    blank=True,
                    help_text="Its number, one of YOOKASSA_SHOPS; empty: the shop of the settings.",
                    max_length=20,
                    verbose_name="shop at YooKassa",
                ),
            ),
        ],
        options={"verbose_name": "seller", "verbose_name_plural": "sellers"},
    ),
    migrations.CreateModel(
        name="SellerTax",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("starts_on", models.DateField(verbose_name="from")),
            (
                "vat",
                models.CharField(
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
                "tax_system",
                models.PositiveSmallIntegerField(
                    blank=True,
                    choices=[
                        (1, "General"),
                        (2, "Simplified, income"),
                        (3, "Simplified, income less costs"),
                        (4, "Imputed income"),
                        (5, "Agricultural"),
                        (6, "Patent"),
                    ],
                    help_text="Only for a cash desk that has several; empty for «Чеки от ЮKassa».",
                    null=True,
                    verbose_name="tax system",
                ),
            ),
            (
                "seller",
                models.ForeignKey("coworking.seller", models.CASCADE, related_name="taxes", verbose_name="seller"),
            ),
        ],
        options={
            "verbose_name": "tax row",
            "verbose_name_plural": "VAT and tax system",
            "constraints": [
                models.UniqueConstraint(fields=("seller", "starts_on"), name="seller_tax_once_a_day"),
                models.CheckConstraint(
                    condition=Q(vat__in=["none", "0", "5", "7", "10", "20", "22"]), name="seller_tax_of_a_known_rate"
                ),
                models.CheckConstraint(
                    condition=Q(tax_system=None) | Q(tax_system__in=[1, 2, 3, 4, 5, 6]),
                    name="seller_tax_of_a_known_system",
                ),
            ],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [("coworking", name) for name in OLD.split()]

    dependencies = [("accounts", "0001_squashed_0042_people")]

    operations = [CreateTables(*TABLES)]
