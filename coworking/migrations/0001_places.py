from decimal import Decimal

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import coworking.models.location
import coworking.models.service
import coworking.models.ticket
import olvery.shared.money


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Location",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("city", models.CharField(blank=True, max_length=100, verbose_name="city")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="phone")),
                (
                    "reply_email",
                    models.EmailField(
                        help_text="Customers' answers to messages go here.",
                        max_length=254,
                        verbose_name="reply address",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        default="Europe/Moscow",
                        max_length=50,
                        validators=[coworking.models.location.validate_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "discount_limit",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="manager's discount limit, %",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "location",
                "verbose_name_plural": "locations",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("discount_limit__lte", 100)), name="location_discount_limit_is_a_percentage"
                    )
                ],
            },
        ),
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
                    "hold_hours",
                    models.PositiveSmallIntegerField(
                        default=24,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="unpaid order of a manager is held, hours",
                    ),
                ),
                (
                    "payment_methods",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("online", "Online payment by YooKassa"),
                                ("on_site", "On site"),
                                ("invoice", "By invoice"),
                                ("free", "Free of charge"),
                            ],
                            max_length=10,
                        ),
                        default=coworking.models.service.usual_methods,
                        size=None,
                        verbose_name="payment methods",
                    ),
                ),
                (
                    "overridable_rules",
                    django.contrib.postgres.fields.ArrayField(
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
                        default=coworking.models.service.usual_overrides,
                        size=None,
                        verbose_name="rules a manager may override",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="services",
                        to="coworking.location",
                        verbose_name="location",
                    ),
                ),
            ],
            options={
                "verbose_name": "service",
                "verbose_name_plural": "services",
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=20, verbose_name="number")),
                (
                    "note",
                    models.CharField(
                        blank=True, help_text="«for 6 people, screen»", max_length=60, verbose_name="note"
                    ),
                ),
                ("table", models.PositiveSmallIntegerField(default=1, verbose_name="table on the plan")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seats",
                        to="coworking.service",
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "seat",
                "verbose_name_plural": "seats",
            },
        ),
        migrations.CreateModel(
            name="Extra",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "icon",
                    models.CharField(
                        default="package",
                        max_length=30,
                        validators=[coworking.models.service.validate_icon],
                        verbose_name="icon",
                    ),
                ),
                (
                    "price",
                    olvery.shared.money.MoneyField(
                        decimal_places=2,
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.00"))],
                        verbose_name="price of a piece, ₽",
                    ),
                ),
                ("max_quantity", models.PositiveSmallIntegerField(default=5, verbose_name="at most in an order")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="extras",
                        to="coworking.service",
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "extra",
                "verbose_name_plural": "extras",
            },
        ),
        migrations.CreateModel(
            name="Block",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("places", models.PositiveSmallIntegerField(default=1, verbose_name="places")),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="period")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocks",
                        to="coworking.seat",
                        verbose_name="seat",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocks",
                        to="coworking.service",
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "block",
                "verbose_name_plural": "blocks",
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
                    olvery.shared.money.MoneyField(
                        decimal_places=2,
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.00"))],
                        verbose_name="price of a unit, ₽",
                    ),
                ),
                ("min_units", models.PositiveSmallIntegerField(default=1, verbose_name="at least, units")),
                ("max_units", models.PositiveSmallIntegerField(default=12, verbose_name="at most, units")),
                (
                    "step_minutes",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[django.core.validators.MinValueValidator(5)],
                        verbose_name="step of an hour tariff, minutes",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tariffs",
                        to="coworking.service",
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "tariff",
                "verbose_name_plural": "tariffs",
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("visitor_name", models.CharField(max_length=310, verbose_name="visitor's name")),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="period")),
                (
                    "occupied",
                    django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="period with the buffer"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("held", "Held"),
                            ("active", "Active"),
                            ("used", "Used"),
                            ("no_show", "Not used"),
                            ("cancelled", "Cancelled"),
                        ],
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("hold_until", models.DateTimeField(blank=True, null=True, verbose_name="held until")),
                (
                    "code",
                    models.CharField(
                        default=coworking.models.ticket.new_code, max_length=32, unique=True, verbose_name="code"
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                (
                    "seat",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="coworking.seat",
                        verbose_name="seat",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="coworking.service",
                        verbose_name="service",
                    ),
                ),
                (
                    "visitor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="visitor",
                    ),
                ),
            ],
            options={
                "verbose_name": "ticket",
                "verbose_name_plural": "tickets",
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
                    models.TimeField(
                        blank=True, help_text="Empty: closed all day.", null=True, verbose_name="closes at"
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=100, verbose_name="reason")),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opening_hours",
                        to="coworking.location",
                        verbose_name="location",
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
                        condition=models.Q(
                            models.Q(("on__isnull", False), ("weekday__isnull", True)),
                            models.Q(("on__isnull", True), ("weekday__isnull", False)),
                            _connector="OR",
                        ),
                        name="opening_hours_for_a_weekday_or_a_date",
                        violation_error_message="Give a weekday or a date, one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closes_at__isnull", True), ("opens_at__isnull", True)),
                            models.Q(
                                ("closes_at__isnull", False),
                                ("opens_at__isnull", False),
                                ("opens_at__lt", models.F("closes_at")),
                            ),
                            _connector="OR",
                        ),
                        name="opening_hours_close_after_opening",
                        violation_error_message="The location closes after it opens; leave both empty for a day off.",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.UniqueConstraint(fields=("location", "name"), name="service_name_once_a_location"),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=models.Q(("hold_hours__gte", 1)), name="service_holds_at_least_an_hour"
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(fields=("service", "label"), name="seat_label_once_a_service"),
        ),
        migrations.AddConstraint(
            model_name="extra",
            constraint=models.CheckConstraint(condition=models.Q(("price__gte", 0)), name="extra_price_not_negative"),
        ),
        migrations.AddIndex(
            model_name="block",
            index=django.contrib.postgres.indexes.GistIndex(fields=["service", "period"], name="block_usage"),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("period__isempty", False), ("period__lower_inf", False), ("period__upper_inf", False)
                ),
                name="block_period_has_both_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(("seat__isnull", True), ("places", 1), _connector="OR"),
                name="block_of_a_seat_is_one_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(condition=models.Q(("places__gte", 1)), name="block_takes_a_place"),
        ),
        migrations.AddConstraint(
            model_name="tariff",
            constraint=models.CheckConstraint(condition=models.Q(("price__gte", 0)), name="tariff_price_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="tariff",
            constraint=models.CheckConstraint(
                condition=models.Q(("min_units__lte", models.F("max_units"))),
                name="tariff_length_in_order",
                violation_error_message="The shortest booking is longer than the longest.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tariff",
            constraint=models.CheckConstraint(
                condition=models.Q(("step_minutes__gte", 5)), name="tariff_step_not_zero"
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GistIndex(
                condition=models.Q(("status__in", ("held", "active"))),
                fields=["service", "occupied"],
                name="ticket_usage",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["service", "-number"], name="ticket_list"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GistIndex(fields=["service", "period"], name="ticket_list_in_period"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["visitor", "-number"], name="ticket_of_visitor"),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("seat__isnull", False), ("status__in", ("held", "active"))),
                expressions=[("seat", "="), ("occupied", "&&")],
                name="ticket_seat_not_shared",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("period__isempty", False), ("period__lower_inf", False), ("period__upper_inf", False)
                ),
                name="ticket_period_has_both_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(("occupied__contains", models.F("period"))), name="ticket_occupies_its_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hold_until__isnull", False), ("status", "held")),
                    models.Q(models.Q(("status", "held"), _negated=True), ("hold_until__isnull", True)),
                    _connector="OR",
                ),
                name="ticket_is_held_until_a_moment",
            ),
        ),
    ]
