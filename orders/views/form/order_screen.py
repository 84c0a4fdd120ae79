"""What the order form shows. Each part is computed when a template asks for it, so a fragment pays for itself only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from coworking.domain.capacity import Alternative
from coworking.domain.opening import Calendar, calendar_of
from coworking.domain.rules import BadPeriod, broken_rules, period_of, units_of
from coworking.models import Extra, Location, PaymentMethod, Seat, Tariff, Unit
from olvery.shared.forms import as_id
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal
from orders.domain.booking.payment_terms import MethodOffer, deadline_for, methods_of
from orders.domain.booking.pricing import Price, PriceLine, price_of
from orders.domain.booking.quoting import Availability, availability_of
from orders.forms import OrderForm, new_token


@dataclass(frozen=True, slots=True)
class SeatView:
    """A seat on the plan."""

    seat: Seat
    is_free: bool
    is_chosen: bool

    @property
    def title(self) -> str:
        """What a screen reader and the tooltip say."""
        if not self.seat.is_active:
            state = _("closed")
        elif self.is_free:
            state = _("free")
        else:
            state = _("taken")
        return ", ".join(filter(None, [self.seat.label, self.seat.note, state]))

    @property
    def can_choose(self) -> bool:
        """Whether the seat may be picked; one that was taken meanwhile stays visible as picked."""
        return self.is_free or self.is_chosen


@dataclass(frozen=True, slots=True)
class LineView:
    """Equal price lines, shown as one."""

    line: PriceLine
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class AlternativeView:
    """An alternative as a button."""

    period: Period
    labels: str
    free: int
    action: str


class OrderScreen:
    """The order form with everything around it."""

    def __init__(self, form: OrderForm, *, location: Location, at: datetime) -> None:
        self.form = form
        self.location = location
        self.zone = location.zone
        self.at = at
        for tariff in form.tariffs:
            tariff.service.location = location

    @property
    def tariff(self) -> Tariff | None:
        """The chosen tariff."""
        return self.form.chosen_tariff

    @cached_property
    def calendar(self) -> Calendar:
        """The opening hours. One query."""
        return calendar_of(self.location)

    @cached_property
    def people(self) -> dict[int, User]:
        """The chosen people by key. One query."""
        chosen = {*filter(None, self.form.visitor_ids), *filter(None, [self.form.cleaned_data.get("customer")])}
        return User.objects.filter(is_active=True).in_bulk(chosen) if chosen else {}

    @property
    def customer(self) -> User | None:
        """The chosen customer."""
        return self.people.get(self.form.cleaned_data.get("customer") or 0)

    @cached_property
    def extras(self) -> list[tuple[Extra, int]]:
        """What is sold beside the place, with the quantity chosen. One query."""
        service = self.form.chosen_service
        if service is None:
            return []
        extras = Extra.objects.filter(service=service, is_active=True).order_by("position", "pk")
        return [(extra, self.form.extras.get(extra.pk, 0)) for extra in extras]

    @cached_property
    def availability(self) -> Availability | None:
        """What is free; nothing until a service and a date are chosen. Two queries."""
        when = self.form.when()
        if self.tariff is None or when is None:
            return None
        return availability_of(
            tariff=self.tariff,
            when=when,
            places=self.form.place_count,
            seat_ids=self.form.seat_ids,
            calendar=self.calendar,
            at=self.at,
        )

    @cached_property
    def period(self) -> Period | None:
        """The period that is meant, as far as it is one."""
        when = self.form.when()
        if self.tariff is None or when is None:
            return None
        try:
            return period_of(self.tariff, when, self.zone)
        except BadPeriod:
            return None

    @cached_property
    def _price(self) -> Price | Refusal | None:
        if self.tariff is None or self.period is None:
            return None
        try:
            return price_of(
                tariff=self.tariff,
                units=units_of(self.tariff, self.period, self.zone),
                places=self.form.place_count,
                extras=[(extra, quantity) for extra, quantity in self.extras if quantity],
                discount=self.form.given_discount(),
                discount_limit=self.location.discount_limit,
            )
        except Refusal as refusal:
            return refusal

    @property
    def price(self) -> Price | None:
        """The price, as soon as there is a period."""
        return self._price if isinstance(self._price, Price) else None

    @property
    def price_refusal(self) -> Refusal | None:
        """Why there is no price: a discount beyond the limit, too many extras."""
        return self._price if isinstance(self._price, Refusal) else None

    @property
    def lines(self) -> Iterator[LineView]:
        """The price lines, equal ones together."""
        for _key, group in groupby(self.price.lines if self.price else (), key=lambda line: (line.kind, line.title)):
            lines = list(group)
            yield LineView(lines[0], len(lines), sum((line.amount for line in lines), Decimal(0)))

    @property
    def is_free_of_charge(self) -> bool:
        """Whether nothing is to be paid, so that no method is asked for."""
        return self.price is not None and not self.price.total

    @property
    def offers(self) -> list[MethodOffer]:
        """The payment methods of the service."""
        service = self.form.chosen_service
        return methods_of(service) if service else []

    @property
    def method(self) -> str:
        """The payment method that is chosen; the first that can be until another is."""
        chosen = self.form.data.get("payment_method")
        if any(offer.method == chosen for offer in self.offers):
            return str(chosen)
        return next((str(offer.method) for offer in self.offers if offer.is_available), "")

    @property
    def method_label(self) -> str:
        """The chosen payment method in words."""
        return str(PaymentMethod(self.method).label) if self.method else ""

    @property
    def email_required(self) -> bool:
        """Whether the e-mail has an asterisk."""
        return self.method == PaymentMethod.ONLINE

    @property
    def deadline(self) -> datetime | None:
        """Until when an order paid online would wait."""
        service = self.form.chosen_service
        if service is None or self.period is None or self.method != PaymentMethod.ONLINE or self.is_free_of_charge:
            return None
        return deadline_for(service, self.period, self.at)

    @property
    def kept_times(self) -> list[BoundField]:
        """What was typed for tariffs of another unit, carried on for the way back."""
        unit = Unit(self.tariff.unit) if self.tariff else Unit.HOUR
        shown = {Unit.HOUR: ("start", "end"), Unit.DAY: ("last_day",)}.get(unit, ("units",))
        hidden = [name for name in ("start", "end", "last_day", "units") if name not in shown]
        return [self.form[name] for name in hidden if self.form.cleaned_data.get(name)]

    @property
    def any_seat(self) -> bool:
        """Whether no seat of this service is chosen by number."""
        return not any(view.is_chosen for table in self.seat_tables for view in table)

    @property
    def seat_tables(self) -> list[list[SeatView]]:
        """The seat plan, table by table."""
        if self.availability is None:
            return []
        chosen, period = set(self.form.seat_ids), self.availability.period
        uses = self.availability.occupancy.seats
        # Before there is a time, every seat can be wished for.
        free_seats = self.availability.occupancy.free_seats(period) if period else [use.seat for use in uses]
        free = {seat.pk for seat in free_seats if seat.is_active}
        return [
            [SeatView(use.seat, use.seat.pk in free, use.seat.pk in chosen) for use in table]
            for _table, table in groupby(uses, key=lambda use: use.seat.table)
        ]

    @property
    def alternatives(self) -> list[AlternativeView]:
        """The nearest free times, each with what its button sends."""
        if self.availability is None:
            return []
        return [
            AlternativeView(
                period=other.period,
                labels=", ".join(seat.label for seat in other.seats),
                free=self.availability.occupancy.free_places(other.period),
                action=self._move(other),
            )
            for other in self.availability.alternatives
        ]

    def _move(self, other: Alternative) -> str:
        first, last = other.period.days(self.zone)
        clocks = [f"{moment.astimezone(self.zone):%H:%M}" for moment in (other.period.start, other.period.end)]
        start, end = clocks if self.tariff and self.tariff.is_hourly else ("", "")
        seats = ",".join(str(seat.pk) for seat in other.seats)
        return f"{first}|{start}|{end}|{last}|{seats}"

    @property
    def clock_times(self) -> list[str]:
        """What the time fields suggest."""
        return [f"{hour:02}:{minute:02}" for hour in range(8, 21) for minute in (0, 30)]

    @cached_property
    def obstacles(self) -> list[str]:
        """The rules that this period breaks and nobody may override. One query."""
        if self.tariff is None or self.period is None:
            return []
        broken = broken_rules(self.tariff, self.period, self.calendar, self.at)
        return [rule.message for rule in broken if not rule.can_override]

    @property
    def missing(self) -> list[str]:
        """What is left to fill in, in the order of the form."""
        form, values = self.form, self.form.cleaned_data
        wanted = [
            (_("customer"), values.get("customer")),
            (_("phone"), values.get("phone")),
            (_("e-mail"), values.get("email") or not self.email_required),
            (_("service"), form.chosen_service),
            (_("time"), self.period or form.chosen_service is None),
        ]
        if form.given_discount():
            wanted.append((_("reason of the discount"), values.get("discount_reason")))
        return [name for name, filled in wanted if not filled]


def with_first_values(data: QueryDict, location: Location, at: datetime) -> QueryDict:
    """Fill what a form holds before it was touched: a new token, the local day, one place."""
    values = data.copy()
    today = at.astimezone(location.zone).date().isoformat()
    for name, value in {"token": new_token(), "day": today, "places": "1", "units": "1"}.items():
        if name not in values:
            values[name] = value
    return values


def pick_person(data: QueryDict, action: str) -> QueryDict:
    """Return the form's values with a person chosen: «customer:12» or «visitor-1:12»; no key clears.

    Choosing the customer fills phone and e-mail from the profile.
    """
    values = data.copy()
    target, _colon, key = action.partition(":")
    person = User.objects.filter(is_active=True, pk=key).first() if as_id(key) else None
    values[target] = str(person.pk) if person else ""
    values["customer_q" if target == "customer" else f"{target}-q"] = person.full_name if person else ""
    if target == "customer" and person:
        values["phone"] = str(person.phone or "")
        values["email"] = person.email or ""
    return values


def forget_person(data: QueryDict, target: str) -> QueryDict:
    """Return the form's values with nobody chosen where somebody is looked for."""
    values = data.copy()
    if target in values:
        values[target] = ""
    return values


def pick_alternative(data: QueryDict, action: str) -> QueryDict:
    """Return the form's values moved to an alternative: «2026-11-24|14:00|18:00|2026-11-24|7,8»."""
    values = data.copy()
    fields = action.split("|")
    if len(fields) == 5:
        for name, value in zip(("day", "start", "end", "last_day"), fields, strict=False):
            if value:
                values[name] = value
        values.setlist("seats", [pk for pk in fields[4].split(",") if pk])
    return values
