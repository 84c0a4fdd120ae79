"""A site of the business park and its opening hours."""

import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.postgres.functions import RandomUUID
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from olvery.shared.clocks import END_OF_DAY, clock_text, end_text
from olvery.shared.money import MoneyField

if TYPE_CHECKING:
    from coworking.models.picture import Photo


def validate_time_zone(name: str) -> None:
    """Raise ValidationError for a name that is not in the IANA time zone database."""
    if name not in available_timezones():
        raise ValidationError(_("There is no time zone of this name."))


class Location(models.Model):
    """A site with its own time zone, opening hours, services and people."""

    name = models.CharField(_("name"), max_length=100)
    city = models.CharField(_("city"), max_length=100, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    directions = models.CharField(
        _("how to find it"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_("For customers: the entrance, the floor, the way from the station."),
    )
    # Still as wide as a free text: narrowing the column would rewrite the table.
    phone = PhoneNumberField(_("phone"), max_length=30, blank=True)
    reply_email = models.EmailField(_("reply address"), help_text=_("Customers' answers to messages go here."))
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="Europe/Moscow", validators=[validate_time_zone]
    )
    discount_limit = models.PositiveSmallIntegerField(
        _("manager's discount limit, %"), default=20, validators=[MaxValueValidator(100)]
    )
    approval_limit = MoneyField(
        _("a manager decides alone up to, ₽"),
        null=True,
        blank=True,
        default=Decimal(10_000),
        help_text=_("Corrections and refunds at the desk above it need a second person; empty: nobody is asked."),
    )
    reminder_hours = models.PositiveSmallIntegerField(
        _("remind of a booking, hours before"),
        default=24,
        db_default=24,
        help_text=_("0: nobody is reminded."),
    )
    quiet_from = models.TimeField(_("quiet hours from"), null=True, blank=True, default=time(22))
    quiet_until = models.TimeField(
        _("quiet hours until"),
        null=True,
        blank=True,
        default=time(8),
        help_text=_("No reminders are sent in them, by local time. Both empty: at any hour."),
    )
    entry_minutes = models.PositiveSmallIntegerField(
        _("entry opens before the start, minutes"), default=15, db_default=15
    )
    no_show_minutes = models.PositiveSmallIntegerField(
        _("a visitor is expected, minutes"),
        default=30,
        db_default=30,
        help_text=_("After the start, the place may be released; after the end, a ticket without a visit is not used."),
    )
    visits_from = models.DateField(
        _("visits are recorded from"),
        null=True,
        blank=True,
        help_text=_("Tickets that begin on this day or later are used by a visit; empty: by the clock alone."),
    )
    # Anyone who knows it can see the lobby panel; empty if there is none.
    panel_token = models.CharField(
        _("lobby panel"), max_length=32, blank=True, editable=False, default="", db_default=""
    )
    # The key that signs ticket codes is derived from it: anyone who knows it can print tickets.
    door_secret = models.UUIDField(
        _("secret of the codes"), default=uuid.uuid4, db_default=RandomUUID(), editable=False
    )
    is_active = models.BooleanField(_("active"), default=True)

    # Set by showcase.bookable_locations: its own photos, and the first photo of each service by key.
    own_photos: "list[Photo]"
    covers: "dict[int, Photo]"

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        constraints = [
            models.UniqueConstraint(fields=["panel_token"], name="location_of_a_panel", condition=~Q(panel_token="")),
            models.CheckConstraint(
                condition=Q(discount_limit__lte=100), name="location_discount_limit_is_a_percentage"
            ),
            models.CheckConstraint(
                condition=Q(approval_limit__isnull=True) | Q(approval_limit__gte=0),
                name="location_approval_limit_not_below_zero",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | (Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until"))),
                name="location_quiet_hours_begin_and_end",
                violation_error_message=_("Quiet hours begin and end at different times; leave both empty for none."),
            ),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="location_phone_is_e164"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of all days and hours of the location."""
        return ZoneInfo(self.time_zone)

    def day_at(self, moment: datetime) -> date:
        """Return the local day at a moment."""
        return moment.astimezone(self.zone).date()

    def lets_in_from(self, start: datetime) -> datetime:
        """Return the moment from which visitors of a booking with this start are admitted."""
        return start - timedelta(minutes=self.entry_minutes)


class OpeningHours(models.Model):
    """When a location is open: on a weekday every week, or on one date, which overrides the weekday.

    Times are local, and it closes at the end of the day at the latest; without times it is closed.
    """

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    location = models.ForeignKey(Location, models.CASCADE, related_name="opening_hours", verbose_name=_("location"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices, null=True, blank=True)
    on = models.DateField(_("date"), null=True, blank=True, help_text=_("An exception for this date only."))
    opens_at = models.TimeField(_("opens at"), null=True, blank=True)
    closes_at = models.TimeField(_("closes at"), null=True, blank=True, help_text=_("Empty: closed all day."))
    reason = models.CharField(_("reason"), max_length=100, blank=True)
    # For a day copied from the production calendar: the package and its version.
    source = models.CharField(_("source"), max_length=30, blank=True, editable=False, default="", db_default="")

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.UniqueConstraint(fields=["location", "weekday"], name="opening_hours_once_a_weekday"),
            models.UniqueConstraint(fields=["location", "on"], name="opening_hours_once_a_date"),
            models.CheckConstraint(
                condition=Q(weekday__isnull=True, on__isnull=False) | Q(weekday__isnull=False, on__isnull=True),
                name="opening_hours_for_a_weekday_or_a_date",
                violation_error_message=_("Give a weekday or a date, one of them."),
            ),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True, closes_at__isnull=True)
                | Q(opens_at__isnull=False, closes_at__isnull=False)
                & (Q(opens_at__lt=F("closes_at")) | Q(closes_at=END_OF_DAY)),
                name="opening_hours_close_after_opening",
                violation_error_message=_("The location closes after it opens; leave both empty for a day off."),
            ),
        ]

    def __str__(self) -> str:
        day = self.on.isoformat() if self.on else self.get_weekday_display()
        return f"{day} {clock_text(self.opens_at)}–{end_text(self.closes_at)}"
