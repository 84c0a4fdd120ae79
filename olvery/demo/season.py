"""The season of the demo, `season.jsonl`: two months of orders around this week, and what becomes of each.

Days are counted from the Monday of this week, and a moment is a day with a time: «-3 14:05» is last Friday. People are
numbers: 0 is the customer of the demo, then come those of `people.csv`; the first visitor is the customer. An order is
by the manager unless it is the customer's `own`, and is paid on site unless it has a `method`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from phonenumber_field.phonenumber import PhoneNumber

from accounts.models import User
from coworking.domain.cancelling import percent_returned, returned_by_policy
from coworking.domain.rules import When, period_of, units_of
from coworking.models import PaymentMethod, Seat, Tariff
from olvery.demo.people import People
from olvery.demo.places import Offer, Site
from olvery.demo.tables import objects_of
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import DAY, Period, at_local
from orders.domain.booking.pricing import Discount, Price, PricedBooking, price_of
from orders.domain.desk.cancelling import Settlement

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """When and why an order was cancelled, and what was due back."""

    at: datetime
    reason: str
    settlement: Settlement


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that the manager wrote down: positive to us, negative to the customer, roubles."""

    amount: Decimal
    at: datetime
    document: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """An order of the season as it is at a moment."""

    offer: Offer
    tariff: Tariff
    period: Period
    visitors: tuple[User, ...]
    seats: tuple[Seat | None, ...]
    price: Price
    by: User
    asked_at: datetime
    phone: PhoneNumber | None
    method: PaymentMethod
    discount_reason: str
    comment: str
    internal_note: str
    cancellation: Cancellation | None
    invoiced_at: datetime | None
    movements: tuple[Movement, ...]

    @property
    def customer(self) -> User:
        """Who pays."""
        return self.visitors[0]


class Season:
    """Reads the season as far as it has come by the moment `at`."""

    def __init__(self, site: Site, people: People, *, at: datetime) -> None:
        today = site.calendar.today(at)
        self.site, self.at = site, at
        self.monday = today - DAY * today.weekday()
        self.manager = people.accounts.manager
        self.everybody = people.everybody
        self.offers = {offer.service.name: offer for offer in (site.open_space, site.quiet_zone, site.rooms)}

    def bookings(self) -> list[Booking]:
        """Return the orders, the oldest first: numbers grow with the time of creation."""
        asked = [row for row in objects_of("season.jsonl") if self._has_come(row["asked"])]
        return sorted(map(self._booking, asked), key=lambda booking: booking.asked_at)

    def _booking(self, row: dict[str, Any]) -> Booking:
        offer = self.offers[row["service"]]
        tariff = offer.tariffs[row["unit"]]
        period = period_of(tariff, self._when(row), self.site.calendar.zone)
        visitors = tuple(self.everybody[number] for number in row["who"])
        seats = {seat.label: seat for seat in offer.seats}
        price = self._price(row, offer, tariff, period)
        cancellation = self._cancellation(row, offer, period, price.total)
        return Booking(
            offer=offer,
            tariff=tariff,
            period=period,
            visitors=visitors,
            seats=tuple(seats[label] for label in row["seats"]) if seats else (None,) * len(visitors),
            price=price,
            by=visitors[0] if "own" in row else self.manager,
            asked_at=self._moment(row["asked"]),
            phone=self.everybody[row["phone_of"]].phone if "phone_of" in row else visitors[0].phone,
            method=PaymentMethod(row.get("method", PaymentMethod.ON_SITE)),
            discount_reason=row.get("discount_reason", ""),
            comment=row.get("comment", ""),
            internal_note=row.get("internal_note", ""),
            cancellation=cancellation if self._has_come(row.get("cancelled")) else None,
            invoiced_at=self._moment(row["invoiced"]) if self._has_come(row.get("invoiced")) else None,
            movements=tuple(self._movements(row, price.total, cancellation)),
        )

    def _when(self, row: dict[str, Any]) -> When:
        start, end = map(time.fromisoformat, row["hours"]) if "hours" in row else (None, None)
        last_day = self._day(row["last_day"]) if "last_day" in row else None
        return When(self._day(row["day"]), start, end, last_day, row.get("units", 1))

    def _price(self, row: dict[str, Any], offer: Offer, tariff: Tariff, period: Period) -> Price:
        wanted: dict[str, int] = row.get("extras", {})
        booking = PricedBooking(
            tariff=tariff,
            units=units_of(tariff, period, self.site.calendar.zone),
            places=len(row["who"]),
            extras=[(extra, wanted[extra.name]) for extra in offer.extras if extra.name in wanted],
        )
        discount = Discount(Decimal(row["discount"]), is_percent=True) if "discount" in row else None
        return price_of([booking], discount=discount, discount_limit=self.site.location.discount_limit)

    def _cancellation(self, row: dict[str, Any], offer: Offer, period: Period, total: Decimal) -> Cancellation | None:
        if "cancelled" not in row:
            return None
        at, paid = self._moment(row["cancelled"]), total if "paid" in row else NO_MONEY
        percent = percent_returned(offer.policy, start=period.start, sold_at=at, at=at)
        back = returned_by_policy(paid, percent)
        settlement = Settlement(returned_online=NO_MONEY, returned_at_desk=back, kept=paid - back)
        return Cancellation(at=at, reason=row["reason"], settlement=settlement)

    def _movements(self, row: dict[str, Any], total: Decimal, cancellation: Cancellation | None) -> Iterator[Movement]:
        """Yield what was paid by now, of two payments about a half first, and what was returned."""
        paid, half = row.get("paid", []), (total / 2 / HUNDRED).to_integral_value(ROUND_FLOOR) * HUNDRED
        moved = [*zip((half, total - half) if len(paid) == 2 else (total,), paid, strict=False)]
        if cancellation and "returned" in row:
            moved.append((-cancellation.settlement.returned, row["returned"]))
        for (amount, moment), document in zip(moved, row.get("documents", [""] * len(moved)), strict=True):
            if amount and self._has_come(moment):
                reason = cancellation.reason if cancellation and amount < 0 else ""
                yield Movement(amount, self._moment(moment), document, reason)

    def _day(self, number: int) -> date:
        return self.monday + DAY * number

    def _moment(self, text: str) -> datetime:
        day, clock = text.split()
        return at_local(self._day(int(day)), time.fromisoformat(clock), self.site.calendar.zone)

    def _has_come(self, text: str | None) -> bool:
        return text is not None and self._moment(text) <= self.at
