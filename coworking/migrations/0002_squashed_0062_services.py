"""Services with their tariffs, seats and extras, and what comes back after a cancellation; the history of settings."""

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models
from django.db.models import F, Q

from coworking.models.seat import TurnField
from coworking.models.service import usual_methods, usual_overrides, validate_icon
from olvery.shared.money import MoneyField
from olvery.shared.tables import CreateTables

TABLES = [
    migrations.CreateModel(
        name="Service",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=100, verbose_name="name")),
            ("description", models.CharField(blank=True, max_length=300, verbose_name="description")),
            (
                "kind",
                models.CharField(
                    choices=[("seats", "Numbered seats"), ("pool", "Pool of places")],
                    default="pool",
                    max_length=10,
                    verbose_name="kind",
                ),
            ),
            (
                "capacity",
                models.PositiveSmallIntegerField(
                    default=0, help_text="Of a pool; numbered seats are counted.", verbose_name="places"
                ),
            ),
            (
                "buffer_minutes",
                models.PositiveSmallIntegerField(default=0, verbose_name="buffer after a booking, minutes"),
            ),
            ("lead_minutes", models.PositiveIntegerField(default=0, verbose_name="book at least, minutes before")),
            ("horizon_days", models.PositiveSmallIntegerField(default=90, verbose_name="book at most, days ahead")),
            (
                "deadline_hours",
                models.PositiveSmallIntegerField(
                    default=24,
                    validators=[MinValueValidator(1)],
                    verbose_name="unpaid order of a manager is held, hours",
                ),
            ),
            (
                "payment_methods",
                ArrayField(
                    base_field=models.CharField(
                        choices=[
                            ("online", "Online payment by YooKassa"),
                            ("on_site", "On site"),
                            ("invoice", "By invoice"),
                            ("free", "Free of charge"),
                        ],
                        max_length=10,
                    ),
                    default=usual_methods,
                    size=None,
                    verbose_name="payment methods",
                ),
            ),
            (
                "overridable_rules",
                ArrayField(
                    base_field=models.CharField(
                        choices=[
                            ("opening_hours", "Opening hours"),
                            ("length", "Shortest and longest booking"),
                            ("lead_time", "Time before the start"),
                            ("horizon", "How far ahead"),
                        ],
                        max_length=20,
                    ),
                    blank=True,
                    default=usual_overrides,
                    size=None,
                    verbose_name="rules a manager may override",
                ),
            ),
            ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ("is_active", models.BooleanField(default=True, verbose_name="active")),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, related_name="services", verbose_name="location"
                ),
            ),
            (
                "release_minutes",
                models.PositiveSmallIntegerField(
                    blank=True,
                    help_text=(
                        "Hourly bookings where visits are recorded, after a letter half-way; not before the minutes "
                        "a visitor is expected at the location. Empty: a manager releases it."
                    ),
                    null=True,
                    verbose_name="the place of a no-show is released, minutes after the start",
                ),
            ),
            (
                "move_hours",
                models.PositiveSmallIntegerField(
                    blank=True,
                    default=24,
                    help_text="To another free time of the same tariff. Empty: only a manager moves them.",
                    null=True,
                    verbose_name="customers move their bookings at least, hours before the start",
                ),
            ),
            (
                "waiting_minutes",
                models.PositiveSmallIntegerField(
                    db_default=60,
                    default=60,
                    help_text="While they pay online. The quiet hours of the location are not counted.",
                    validators=[MinValueValidator(20)],
                    verbose_name="a place that became free is kept for who waits, minutes",
                ),
            ),
        ],
        options={
            "verbose_name": "service",
            "verbose_name_plural": "services",
            "constraints": [
                models.UniqueConstraint(fields=("location", "name"), name="service_name_once_a_location"),
                models.CheckConstraint(condition=Q(deadline_hours__gte=1), name="service_holds_at_least_an_hour"),
                models.CheckConstraint(
                    condition=Q(release_minutes__isnull=True) | Q(release_minutes__gte=10),
                    name="service_releases_after_ten_minutes",
                    violation_error_message="A place is released after ten minutes at the earliest.",
                ),
                models.CheckConstraint(
                    condition=Q(waiting_minutes__gte=20),
                    name="service_keeps_for_waiting_twenty_minutes",
                    violation_error_message="There are twenty minutes to pay at least.",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="CancellationStep",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("hours_before", models.PositiveSmallIntegerField(verbose_name="at least, hours before the start")),
            (
                "percent",
                models.PositiveSmallIntegerField(validators=[MaxValueValidator(100)], verbose_name="is returned, %"),
            ),
            (
                "service",
                models.ForeignKey(
                    "coworking.service", models.CASCADE, related_name="cancellation_steps", verbose_name="service"
                ),
            ),
            ("since", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="for orders from")),
            ("until", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="for orders until")),
        ],
        options={
            "verbose_name": "cancellation step",
            "verbose_name_plural": "cancellation policy",
            "constraints": [
                models.CheckConstraint(condition=Q(percent__lte=100), name="cancellation_step_is_a_percentage"),
                models.UniqueConstraint(
                    condition=Q(until=None), fields=("service", "hours_before"), name="cancellation_step_once_a_notice"
                ),
                models.CheckConstraint(
                    condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")),
                    name="cancellation_step_ends_after_it_begins",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Tariff",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=60, verbose_name="name")),
            (
                "unit",
                models.CharField(
                    choices=[("hour", "Hour"), ("day", "Day"), ("week", "Week"), ("month", "Month")],
                    max_length=10,
                    verbose_name="unit",
                ),
            ),
            (
                "price",
                MoneyField(
                    decimal_places=2,
                    max_digits=12,
                    validators=[MinValueValidator(Decimal("0.00"))],
                    verbose_name="price of a unit, ₽",
                ),
            ),
            ("min_units", models.PositiveSmallIntegerField(default=1, verbose_name="at least, units")),
            ("max_units", models.PositiveSmallIntegerField(default=12, verbose_name="at most, units")),
            (
                "step_minutes",
                models.PositiveSmallIntegerField(
                    default=30, validators=[MinValueValidator(5)], verbose_name="step of an hour tariff, minutes"
                ),
            ),
            ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ("is_active", models.BooleanField(default=True, verbose_name="active")),
            (
                "service",
                models.ForeignKey("coworking.service", models.CASCADE, related_name="tariffs", verbose_name="service"),
            ),
            (
                "pass_days",
                models.PositiveSmallIntegerField(
                    blank=True,
                    null=True,
                    validators=[MinValueValidator(1), MaxValueValidator(999)],
                    verbose_name="a pass is good for, days",
                ),
            ),
            (
                "pass_units",
                models.PositiveSmallIntegerField(
                    blank=True,
                    null=True,
                    validators=[MinValueValidator(1), MaxValueValidator(999)],
                    verbose_name="units of a pass",
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
            "verbose_name": "tariff",
            "verbose_name_plural": "tariffs",
            "constraints": [
                models.CheckConstraint(condition=Q(price__gte=0), name="tariff_price_not_negative"),
                models.CheckConstraint(
                    condition=Q(min_units__lte=F("max_units")),
                    name="tariff_length_in_order",
                    violation_error_message="The shortest booking is longer than the longest.",
                ),
                models.CheckConstraint(condition=Q(step_minutes__gte=5), name="tariff_step_not_zero"),
                models.CheckConstraint(
                    condition=Q(pass_days__isnull=True, pass_units__isnull=True)
                    | Q(pass_days__gte=1, pass_units__gte=1, price__gt=0, unit__in=["hour", "day"]),
                    name="tariff_of_a_pass_is_whole",
                    violation_error_message="A pass has hours or days, the days it is good for, and a price.",
                ),
                models.CheckConstraint(
                    condition=Q(also_services=[]) | Q(pass_units__isnull=False),
                    name="tariff_pays_for_others_as_a_pass",
                    violation_error_message="Only a pass pays for further services.",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="TariffPrice",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "tariff",
                models.ForeignKey("coworking.tariff", models.CASCADE, related_name="prices", verbose_name="tariff"),
            ),
            ("starts_on", models.DateField(verbose_name="from")),
            (
                "price",
                MoneyField(
                    decimal_places=2,
                    max_digits=12,
                    validators=[MinValueValidator(Decimal("0.00"))],
                    verbose_name="price of a unit, ₽",
                ),
            ),
        ],
        options={
            "verbose_name": "price from a day on",
            "verbose_name_plural": "prices from a day on",
            "constraints": [
                models.UniqueConstraint(fields=("tariff", "starts_on"), name="tariff_price_once_a_day"),
                models.CheckConstraint(condition=Q(price__gte=0), name="dated_price_not_negative"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Extra",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=60, verbose_name="name")),
            (
                "icon",
                models.CharField(default="package", max_length=30, validators=[validate_icon], verbose_name="icon"),
            ),
            (
                "price",
                MoneyField(
                    decimal_places=2,
                    max_digits=12,
                    validators=[MinValueValidator(Decimal("0.00"))],
                    verbose_name="price of a piece, ₽",
                ),
            ),
            ("max_quantity", models.PositiveSmallIntegerField(default=5, verbose_name="at most in an order")),
            ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ("is_active", models.BooleanField(default=True, verbose_name="active")),
            (
                "service",
                models.ForeignKey("coworking.service", models.CASCADE, related_name="extras", verbose_name="service"),
            ),
            (
                "subject",
                models.CharField(
                    blank=True,
                    choices=[("service", "Service"), ("commodity", "Goods")],
                    help_text="Empty: as the place.",
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
                    help_text="Empty: as the seller's.",
                    max_length=4,
                    verbose_name="VAT",
                ),
            ),
            (
                "stock",
                models.PositiveSmallIntegerField(
                    blank=True,
                    help_text="Taken for the time of the booking. Empty: enough.",
                    null=True,
                    verbose_name="in stock",
                ),
            ),
        ],
        options={
            "verbose_name": "extra",
            "verbose_name_plural": "extras",
            "constraints": [
                models.CheckConstraint(condition=Q(price__gte=0), name="extra_price_not_negative"),
                models.CheckConstraint(
                    condition=Q(subject__in=["", "service", "commodity"]), name="extra_of_a_known_subject"
                ),
                models.CheckConstraint(
                    condition=Q(vat__in=["", "none", "0", "5", "7", "10", "20", "22"]), name="extra_of_a_known_vat"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Seat",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("label", models.CharField(max_length=20, verbose_name="number")),
            (
                "note",
                models.CharField(blank=True, help_text="«for 6 people, screen»", max_length=60, verbose_name="note"),
            ),
            ("table", models.PositiveSmallIntegerField(default=1, verbose_name="table on the plan")),
            ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ("is_active", models.BooleanField(default=True, verbose_name="active")),
            (
                "service",
                models.ForeignKey("coworking.service", models.CASCADE, related_name="seats", verbose_name="service"),
            ),
            ("turn", TurnField(db_default=0, default=0, verbose_name="turned, °")),
            (
                "x",
                models.PositiveSmallIntegerField(
                    blank=True,
                    null=True,
                    validators=[MinValueValidator(2), MaxValueValidator(82)],
                    verbose_name="from the left, ×10 cm",
                ),
            ),
            (
                "y",
                models.PositiveSmallIntegerField(
                    blank=True,
                    null=True,
                    validators=[MinValueValidator(2), MaxValueValidator(60)],
                    verbose_name="from above, ×10 cm",
                ),
            ),
        ],
        options={
            "verbose_name": "seat",
            "verbose_name_plural": "seats",
            "constraints": [
                models.UniqueConstraint(fields=("service", "label"), name="seat_label_once_a_service"),
                models.CheckConstraint(
                    condition=Q(x__isnull=True, y__isnull=True)
                    | Q(x__isnull=False, x__range=(2, 82), y__isnull=False, y__range=(2, 60)),
                    name="seat_stands_on_the_plan",
                    violation_error_message="A seat on the plan needs both distances.",
                ),
                models.CheckConstraint(
                    condition=Q(
                        turn__in=[
                            0,
                            15,
                            30,
                            45,
                            60,
                            75,
                            90,
                            105,
                            120,
                            135,
                            150,
                            165,
                            180,
                            195,
                            210,
                            225,
                            240,
                            255,
                            270,
                            285,
                            300,
                            315,
                            330,
                            345,
                        ]
                    ),
                    name="seat_turned_by_steps",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="SettingsEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "section",
                models.CharField(
                    choices=[
                        ("about", "About the service"),
                        ("places", "Places"),
                        ("seats", "Numbered seats"),
                        ("tariffs", "Tariffs"),
                        ("prices", "New prices"),
                        ("rules", "Booking rules"),
                        ("policy", "Cancellation and refund"),
                        ("methods", "Payment methods"),
                        ("extras", "Extras"),
                        ("sale", "Sale"),
                        ("contacts", "Contacts"),
                        ("seller", "Requisites"),
                        ("taxes", "VAT and tax system"),
                        ("hours", "Opening hours"),
                        ("days", "Special days"),
                        ("promo", "Promo codes"),
                        ("photos", "Photos"),
                        ("reminders", "Reminders and quiet hours"),
                        ("door", "Entry and visits"),
                        ("limits", "What managers decide alone"),
                        ("panel", "Lobby panel"),
                        ("documents", "Documents for customers"),
                    ],
                    max_length=10,
                    verbose_name="section",
                ),
            ),
            ("subject", models.CharField(blank=True, max_length=100, verbose_name="what")),
            ("field", models.CharField(blank=True, max_length=40, verbose_name="setting")),
            ("old", models.TextField(blank=True, verbose_name="before")),
            ("new", models.TextField(blank=True, verbose_name="after")),
            ("at", models.DateTimeField(verbose_name="when")),
            ("by", models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="who")),
            (
                "location",
                models.ForeignKey("coworking.location", models.PROTECT, related_name="+", verbose_name="location"),
            ),
            (
                "service",
                models.ForeignKey(
                    "coworking.service", models.PROTECT, blank=True, null=True, related_name="+", verbose_name="service"
                ),
            ),
        ],
        options={
            "verbose_name": "change of settings",
            "verbose_name_plural": "changes of settings",
            "constraints": [
                models.CheckConstraint(condition=~Q(old=F("new")), name="settings_event_is_a_change"),
                models.CheckConstraint(
                    condition=Q(
                        section__in=[
                            "about",
                            "places",
                            "seats",
                            "tariffs",
                            "prices",
                            "rules",
                            "policy",
                            "methods",
                            "extras",
                            "sale",
                            "contacts",
                            "seller",
                            "taxes",
                            "hours",
                            "days",
                            "promo",
                            "photos",
                            "reminders",
                            "door",
                            "limits",
                            "panel",
                            "documents",
                        ]
                    ),
                    name="settings_event_of_a_known_section",
                ),
            ],
            "indexes": [models.Index(fields=["service", "section", "-id"], name="settings_of_a_section")],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [("coworking", "0048_tariffs_of_passes")]

    dependencies = [("coworking", "0001_squashed_0062_places")]

    operations = [CreateTables(*TABLES)]
