"""Services, their tariffs and extras."""

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coworking.models.location import Location
from coworking.models.seller import Subject, Vat
from olvery.shared.fields import EnumField
from olvery.shared.icons import ICONS
from olvery.shared.money import NO_MONEY, MoneyField

if TYPE_CHECKING:
    from coworking.models.picture import Photo
    from coworking.models.seat import PlanItem


class Unit(models.TextChoices):
    """The time unit of a tariff."""

    HOUR = "hour", _("Hour")
    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")


class PaymentMethod(models.TextChoices):
    """How an order is paid."""

    ONLINE = "online", _("Online payment by YooKassa")
    ON_SITE = "on_site", _("On site")
    INVOICE = "invoice", _("By invoice")
    FREE = "free", _("Free of charge")


# Methods by which money comes, in the order in which they are offered.
PAYING_METHODS = (PaymentMethod.ONLINE, PaymentMethod.ON_SITE, PaymentMethod.INVOICE)


class Rule(models.TextChoices):
    """A rule of booking that a service may allow its managers to override."""

    OPENING_HOURS = "opening_hours", _("Opening hours")
    LENGTH = "length", _("Shortest and longest booking")
    LEAD_TIME = "lead_time", _("Time before the start")
    HORIZON = "horizon", _("How far ahead")


def usual_methods() -> list[str]:
    """Return the default payment methods of a service."""
    return [*PAYING_METHODS]


def usual_overrides() -> list[str]:
    """Return the rules that a manager may override by default."""
    return [Rule.LENGTH, Rule.LEAD_TIME, Rule.HORIZON]


class Service(models.Model):
    """A coworking service: numbered seats, or a pool of places without numbers."""

    class Kind(models.TextChoices):
        SEATS = "seats", _("Numbered seats")
        POOL = "pool", _("Pool of places")

    location = models.ForeignKey(Location, models.PROTECT, related_name="services", verbose_name=_("location"))
    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=300, blank=True)
    kind = EnumField(Kind, _("kind"), max_length=10, default=Kind.POOL)
    capacity = models.PositiveSmallIntegerField(
        _("places"), default=0, help_text=_("Of a pool; numbered seats are counted.")
    )
    buffer_minutes = models.PositiveSmallIntegerField(_("buffer after a booking, minutes"), default=0)
    lead_minutes = models.PositiveIntegerField(_("book at least, minutes before"), default=0)
    horizon_days = models.PositiveSmallIntegerField(_("book at most, days ahead"), default=90)
    move_hours = models.PositiveSmallIntegerField(
        _("customers move their bookings at least, hours before the start"),
        default=24,
        null=True,
        blank=True,
        help_text=_("To another free time of the same tariff. Empty: only a manager moves them."),
    )
    deadline_hours = models.PositiveSmallIntegerField(
        _("unpaid order of a manager is held, hours"), default=24, validators=[MinValueValidator(1)]
    )
    own_order_minutes = models.PositiveSmallIntegerField(
        _("unpaid order of a customer's own is held, minutes"),
        default=20,
        db_default=20,
        validators=[MinValueValidator(20)],
    )
    waiting_minutes = models.PositiveSmallIntegerField(
        _("a place that became free is kept for who waits, minutes"),
        default=60,
        db_default=60,
        validators=[MinValueValidator(20)],
        help_text=_("While they pay online. The quiet hours of the location are not counted."),
    )
    release_minutes = models.PositiveSmallIntegerField(
        _("the place of a no-show is released, minutes after the start"),
        null=True,
        blank=True,
        help_text=_(
            "Hourly bookings where visits are recorded, after a letter half-way; not before the minutes a visitor is "
            "expected at the location. Empty: a manager releases it."
        ),
    )
    payment_methods = ArrayField(
        models.CharField(max_length=10, choices=PaymentMethod.choices),
        default=usual_methods,
        verbose_name=_("payment methods"),
    )
    overridable_rules = ArrayField(
        models.CharField(max_length=20, choices=Rule.choices),
        default=usual_overrides,
        blank=True,
        verbose_name=_("rules a manager may override"),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    # Set by showcase.bookable_service.
    own_photos: "list[Photo]"

    # Set by catalogue.tariffs_on_sale.
    extras_on_sale: "list[Extra]"
    drawn_items: "list[PlanItem]"

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.UniqueConstraint(fields=["location", "name"], name="service_name_once_a_location"),
            models.CheckConstraint(condition=Q(deadline_hours__gte=1), name="service_holds_at_least_an_hour"),
            models.CheckConstraint(
                condition=Q(own_order_minutes__gte=20),
                name="service_holds_own_orders_twenty_minutes",
                violation_error_message=_("There are twenty minutes to pay at least."),
            ),
            models.CheckConstraint(
                condition=Q(waiting_minutes__gte=20),
                name="service_keeps_for_waiting_twenty_minutes",
                violation_error_message=_("There are twenty minutes to pay at least."),
            ),
            models.CheckConstraint(
                condition=Q(release_minutes__isnull=True) | Q(release_minutes__gte=10),
                name="service_releases_after_ten_minutes",
                violation_error_message=_("A place is released after ten minutes at the earliest."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def buffer(self) -> timedelta:
        """The time kept free after each booking."""
        return timedelta(minutes=self.buffer_minutes)

    @property
    def methods(self) -> list[PaymentMethod]:
        """The payment methods of its orders."""
        return [PaymentMethod(method) for method in self.payment_methods]

    @property
    def has_seats(self) -> bool:
        """Whether places are numbered."""
        return self.kind == self.Kind.SEATS


class Tariff(models.Model):
    """A variant of a service: the price of one unit of time for one place, or of a pass."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="tariffs", verbose_name=_("service"))
    name = models.CharField(_("name"), max_length=60)
    unit = EnumField(Unit, _("unit"), max_length=10)
    price = MoneyField(_("price of a unit, ₽"), validators=[MinValueValidator(NO_MONEY)])
    min_units = models.PositiveSmallIntegerField(_("at least, units"), default=1)
    max_units = models.PositiveSmallIntegerField(_("at most, units"), default=12)
    step_minutes = models.PositiveSmallIntegerField(
        _("step of an hour tariff, minutes"), default=30, validators=[MinValueValidator(5)]
    )
    # For a pass: the units it has for the price of the tariff, and the days within which they can be used.
    pass_units = models.PositiveSmallIntegerField(
        _("units of a pass"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(999)]
    )
    pass_days = models.PositiveSmallIntegerField(
        _("a pass is good for, days"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(999)]
    )
    # For a pass: further services of the location whose tariffs of the same unit it pays for.
    also_services = ArrayField(
        models.BigIntegerField(), default=list, db_default=[], blank=True, verbose_name=_("the pass also pays for")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    # Set by catalogue.tariffs_on_sale, together with today's `price`: the names of `also_services` that are not
    # archived; the next price and its first day, if any; the versions of all rows that this was read from.
    also_names: list[str]
    versions: list[str]
    next_price: Decimal | None
    next_price_on: date | None

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="tariff_price_not_negative"),
            models.CheckConstraint(
                condition=Q(min_units__lte=F("max_units")),
                name="tariff_length_in_order",
                violation_error_message=_("The shortest booking is longer than the longest."),
            ),
            models.CheckConstraint(condition=Q(step_minutes__gte=5), name="tariff_step_not_zero"),
            models.CheckConstraint(
                condition=Q(pass_units__isnull=True, pass_days__isnull=True)
                | Q(pass_units__gte=1, pass_days__gte=1, unit__in=[Unit.HOUR, Unit.DAY], price__gt=0),
                name="tariff_of_a_pass_is_whole",
                violation_error_message=_("A pass has hours or days, the days it is good for, and a price."),
            ),
            models.CheckConstraint(
                condition=Q(also_services=[]) | Q(pass_units__isnull=False),
                name="tariff_pays_for_others_as_a_pass",
                violation_error_message=_("Only a pass pays for further services."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_pass(self) -> bool:
        """Whether it sells a pass rather than a booking."""
        return self.pass_units is not None

    @property
    def is_hourly(self) -> bool:
        """Whether periods have hours; all other tariffs take whole days."""
        return self.unit == Unit.HOUR


def validate_icon(name: str) -> None:
    """Raise ValidationError for an icon that the pages do not have."""
    if name not in ICONS:
        raise ValidationError(_("There is no icon of this name. Known: %(names)s.") % {"names": ", ".join(ICONS)})


class Extra(models.Model):
    """Something sold with a place: a locker, a monitor."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="extras", verbose_name=_("service"))
    name = models.CharField(_("name"), max_length=60)
    icon = models.CharField(_("icon"), max_length=30, default="package", validators=[validate_icon])
    price = MoneyField(_("price of a piece, ₽"), validators=[MinValueValidator(NO_MONEY)])
    max_quantity = models.PositiveSmallIntegerField(_("at most in an order"), default=5)
    stock = models.PositiveSmallIntegerField(
        _("in stock"), null=True, blank=True, help_text=_("Taken for the time of the booking. Empty: enough.")
    )
    subject = EnumField(Subject, _("what it is"), max_length=10, blank=True, help_text=_("Empty: as the place."))
    vat = EnumField(Vat, _("VAT"), max_length=4, blank=True, help_text=_("Empty: as the seller's."))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("extra")
        verbose_name_plural = _("extras")
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="extra_price_not_negative"),
            models.CheckConstraint(condition=Q(subject__in=["", *Subject.values]), name="extra_of_a_known_subject"),
            models.CheckConstraint(condition=Q(vat__in=["", *Vat.values]), name="extra_of_a_known_vat"),
        ]

    def __str__(self) -> str:
        return self.name
