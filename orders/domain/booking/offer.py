"""What an order would be: one object, which the form shows and which saving accepts or refuses.

`offer_for` only reads. The screen builds the offer while somebody types; `place_order` builds it,
and again under the locks of the services. So the form cannot promise what saving would refuse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from accounts.models import Company, User
from coworking.domain.opening import Calendar
from coworking.domain.rules import RuleBroken
from coworking.models import Extra, PaymentMethod, Service, Tariff
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal, refusals_to
from orders.domain.booking.booking_offer import BookingOffer, PartOffer, plan_parts
from orders.domain.booking.extra_stock import free_pieces
from orders.domain.booking.facts import Facts, facts_for
from orders.domain.booking.passes import pass_units, units_of_bookings, usable_pass
from orders.domain.booking.payment_terms import MethodOffer, deadline_for, methods_of
from orders.domain.booking.pricing import Price, PricedBooking, price_of
from orders.domain.booking.promo import usable_code
from orders.domain.booking.wish import Booker, BookingWish, Wish
from orders.domain.money.pass_books import PassRefused
from orders.domain.money.promo_uses import PromoRefused
from orders.models import Pass, PromoCode

MOST_TICKETS = 60


class UnknownChoice(Refusal):
    """An id that does not exist, is inactive, or belongs to another location."""


class ForeignExtra(UnknownChoice):
    """An extra of another service, left in the form from the service chosen before."""

    reason = "extra_not_on_sale"
    field = "extras"


class EmailMissing(Refusal):
    """Online payment needs an e-mail: fiscal receipts go out by e-mail (54-FZ)."""

    reason = "email_missing"
    field = "email"


class MethodRefused(Refusal):
    field = "payment_method"


class ReasonMissing(Refusal):
    reason = "discount_unexplained"
    field = "discount_reason"


class PriceChanged(Refusal):
    reason = "price_changed"
    field = "shown_total"


class DaysChanged(Refusal):
    """Other days of a series are available than were shown, perhaps at the same price."""

    reason = "days_changed"
    field = "shown_total"


class PassLeftChanged(Refusal):
    """The pass was used in the meantime: what would be left of it differs from what was shown."""

    reason = "pass_left_changed"
    field = "shown_left"


class TooManyTickets(Refusal):
    reason = "too_many_tickets"
    field = "places"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The outcome of a wish at one moment. `refusals` has everything that saving would refuse."""

    wish: Wish
    booker: Booker
    at: datetime
    facts: Facts
    parts: tuple[PartOffer, ...]
    customer: User | None
    company: Company | None
    # The visitor of each place, by part; None for an unknown person.
    visitors: tuple[tuple[User | None, ...], ...]
    price: Price | None
    # The code that lowers the price, if a valid one was given.
    promo: PromoCode | None
    # The pass that pays for the bookings, if one was chosen and can be used.
    used_pass: Pass | None
    methods: tuple[MethodOffer, ...]
    method: PaymentMethod | None
    deadline: datetime | None
    # How many pieces of each extra with a stock are free, by part and key.
    free_extras: Mapping[tuple[int, int], int]
    refusals: tuple[Refusal, ...]

    @property
    def is_ready(self) -> bool:
        """Whether saving would succeed."""
        return not self.refusals

    @property
    def overridden(self) -> list[RuleBroken]:
        """The broken rules that the booker overrides."""
        return [rule for booking in self.bookings for rule in booking.overridden]

    @property
    def bookings(self) -> list[BookingOffer]:
        return [booking for part in self.parts for booking in part.bookings]

    @property
    def times(self) -> list[tuple[int, Period]]:
        """The tariff and the period of each booking."""
        return [(booking.tariff.pk, booking.period) for booking in self.bookings]

    @property
    def left_out(self) -> tuple[date, ...]:
        """The days of a series that are not available."""
        return _left_out(self.parts)

    @property
    def period(self) -> Period | None:
        """From the first start to the last end."""
        periods = [booking.period for booking in self.bookings]
        return Period.spanning(periods) if periods else None

    @property
    def units_by_place(self) -> list[int]:
        """The units of the pass that each ticket uses, in the order of their places."""
        zone = self.booker.location.zone
        return [
            pass_units(booking.tariff, booking.period, zone)
            for part in self.parts
            for booking in part.bookings
            for _place in range(part.places)
        ]

    @property
    def ticket_count(self) -> int:
        return sum(part.places * len(part.bookings) for part in self.parts)


def offer_for(
    wish: Wish,
    booker: Booker,
    at: datetime,
    *,
    tariffs: Mapping[int, Tariff],
    alternatives: bool = True,
    over_any: bool = False,
) -> Offer:
    """Return the offer for a wish. `tariffs` are those on sale at the booker's location, by key.

    Without `alternatives` less has to be read; `over_any` asks a manager about any open block that is in the way.
    Queries: the opening hours, the people, and what is taken of each service.
    """
    facts = facts_for(wish, booker, tariffs=tariffs)
    return offer_of(facts, wish, booker, at, alternatives=alternatives, over_any=over_any)


def offer_of(
    facts: Facts, wish: Wish, booker: Booker, at: datetime, *, alternatives: bool, over_any: bool = False
) -> Offer:
    """Return the offer for a wish, given the facts. Queries: the occupancy of each service, and of extras."""
    refusals: list[Refusal] = []
    customer, visitors = _people(wish, facts.people, refusals)
    chosen = _tariffs(wish, facts.tariffs, refusals)
    parts = plan_parts(wish, chosen, booker, facts.calendar, at, alternatives=alternatives, over_any=over_any)
    for part in parts:
        refusals += part.refusals
    _count_tickets(parts, refusals)
    promo = _promo(wish, facts, parts, at, refusals)
    used_pass = _pass(wish, facts, parts, at, refusals)
    price = _price(wish, booker, parts, facts.calendar, refusals, promo=promo, by_pass=used_pass is not None)
    services = [tariff.service for tariff in chosen if tariff]
    methods = methods_of(services)
    method = _method(wish, methods, price, refusals) if services else None
    _compare_with_shown(wish, price, parts, refusals)
    _check_company(wish, booker, facts, refusals, customer=customer, method=method, price=price)
    free_extras = free_pieces(parts, refusals)
    return Offer(
        wish=wish,
        booker=booker,
        at=at,
        facts=facts,
        parts=parts,
        customer=customer,
        company=facts.company,
        visitors=visitors,
        price=price,
        promo=promo,
        used_pass=used_pass,
        methods=tuple(methods),
        method=method,
        deadline=_deadline(services, parts, method, booker, at),
        free_extras=free_extras,
        refusals=tuple(refusals),
    )


def _tariffs(wish: Wish, tariffs: Mapping[int, Tariff], refusals: list[Refusal]) -> list[Tariff | None]:
    chosen = [tariffs.get(part.tariff_id or 0) for part in wish.bookings]
    for number, (part, tariff) in enumerate(zip(wish.bookings, chosen, strict=True)):
        if part.tariff_id is None:
            refusals.append(UnknownChoice("tariff_missing", field="tariff", part=number))
        elif tariff is None:
            refusals.append(UnknownChoice("tariff_not_on_sale", field="tariff", part=number))
    return chosen


def _people(
    wish: Wish, people: Mapping[int, User], refusals: list[Refusal]
) -> tuple[User | None, tuple[tuple[User | None, ...], ...]]:
    def chosen(person_id: int | None, typed: str, field: str, part: int) -> User | None:
        person = people.get(person_id or 0)
        name = " ".join(typed.split())
        if person is None or (name and name != person.full_name):
            refusals.append(UnknownChoice("person_not_chosen", field=field, part=part))
            return None
        return person

    def visitors_of(number: int, part: BookingWish) -> tuple[User | None, ...]:
        if not part.visitor_ids:
            refusals.append(UnknownChoice("no_places", field="places", part=number))
        names = part.visitor_names or ("",) * len(part.visitor_ids)
        return tuple(
            chosen(pk, name, f"visitor-{place}", number) if pk else customer
            for place, (pk, name) in enumerate(zip(part.visitor_ids, names, strict=True))
        )

    customer = chosen(wish.customer_id, wish.customer_name, "customer", 0)
    return customer, tuple(visitors_of(number, part) for number, part in enumerate(wish.bookings))


def _count_tickets(parts: Sequence[PartOffer], refusals: list[Refusal]) -> None:
    count = sum(part.places * len(part.bookings) for part in parts)
    if count > MOST_TICKETS:
        refusals.append(TooManyTickets(most=MOST_TICKETS, count=count))


def _promo(
    wish: Wish, facts: Facts, parts: Sequence[PartOffer], at: datetime, refusals: list[Refusal]
) -> PromoCode | None:
    if facts.promo is None:
        return None
    if wish.discount and wish.discount.amount:
        refusals.append(PromoRefused("promo_beside_discount"))
        return None
    zone = facts.calendar.zone
    bookings = [(one.tariff.service, one.period.days(zone)[0]) for part in parts for one in part.bookings]
    with refusals_to(refusals.append):
        return usable_code(facts.promo, bookings, today=facts.calendar.today(at))
    return None


def _pass(wish: Wish, facts: Facts, parts: Sequence[PartOffer], at: datetime, refusals: list[Refusal]) -> Pass | None:
    if not wish.pass_id:
        return None
    if wish.promo_code or (wish.discount and wish.discount.amount):
        refusals.append(PassRefused("pass_beside_discount"))
        return None
    bookings = [(one.tariff, one.period, part.places) for part in parts for one in part.bookings]
    with refusals_to(refusals.append):
        used = usable_pass(facts.used_pass, bookings, zone=facts.calendar.zone, at=at)
        left = used.left - units_of_bookings(bookings, facts.calendar.zone)
        if wish.shown_left not in (None, left):
            refusals.append(PassLeftChanged(left=left, unit=used.unit))
        return used
    return None


def _price(
    wish: Wish,
    booker: Booker,
    parts: Sequence[PartOffer],
    calendar: Calendar,
    refusals: list[Refusal],
    *,
    promo: PromoCode | None,
    by_pass: bool,
) -> Price | None:
    if wish.discount and wish.discount.amount and not wish.discount_reason.strip():
        refusals.append(ReasonMissing())
    extras = _extras(parts, refusals)
    bookings = [
        PricedBooking(
            tariff=booking.tariff,
            units=booking.units(calendar.zone),
            places=part.places,
            extras=extras[part.number],
            by_pass=by_pass,
        )
        for part in parts
        for booking in part.bookings
    ]
    if not bookings or not all(part.bookings for part in parts):
        return None
    with refusals_to(refusals.append):
        price = price_of(bookings, discount=wish.discount, discount_limit=booker.discount_limit, promo=promo)
        if promo and all(line.amount >= 0 for line in price.lines):
            refusals.append(PromoRefused("promo_gives_nothing"))
        return price
    return None


def _extras(parts: Sequence[PartOffer], refusals: list[Refusal]) -> list[list[tuple[Extra, int]]]:
    found: list[list[tuple[Extra, int]]] = []
    for part in parts:
        wanted = {pk: quantity for pk, quantity in part.wish.extras.items() if quantity}
        on_sale = part.tariff.service.extras_on_sale if part.tariff and wanted else []
        known = [(extra, wanted[extra.pk]) for extra in on_sale if extra.pk in wanted]
        if len(known) < len(wanted):
            refusals.append(ForeignExtra(part=part.number))
        found.append(known)
    return found


def _method(
    wish: Wish, methods: Sequence[MethodOffer], price: Price | None, refusals: list[Refusal]
) -> PaymentMethod | None:
    if price and not price.total:
        return PaymentMethod.FREE
    return chosen_method(wish.payment_method, methods, refusals, email=wish.email)


def chosen_method(
    asked: str, methods: Sequence[MethodOffer], refusals: list[Refusal], *, email: str
) -> PaymentMethod | None:
    """Return the chosen payment method, refused or not; None if it is not offered."""
    offer = next((offer for offer in methods if offer.method == asked), None)
    if offer is None:
        refusals.append(MethodRefused("method_not_offered" if asked else "method_missing"))
    elif offer.reason:
        refusals.append(MethodRefused(offer.reason))
    elif offer.method == PaymentMethod.ONLINE and not email:
        refusals.append(EmailMissing())
    return offer.method if offer else None


def _deadline(
    services: Sequence[Service], parts: Sequence[PartOffer], method: PaymentMethod | None, booker: Booker, at: datetime
) -> datetime | None:
    starts = [booking.period.start for part in parts for booking in part.bookings]
    if method != PaymentMethod.ONLINE or not starts:
        return None
    return deadline_for(services, min(starts), at, is_own=booker.is_customer, longest_wait=booker.longest_wait)


def _left_out(parts: Sequence[PartOffer]) -> tuple[date, ...]:
    return tuple(day for part in parts for day in part.skipped)


def _compare_with_shown(wish: Wish, price: Price | None, parts: Sequence[PartOffer], refusals: list[Refusal]) -> None:
    if wish.shown_left_out not in (None, _left_out(parts)):
        refusals.append(DaysChanged())
    shown: Decimal | None = wish.shown_total
    if price and shown is not None and shown != price.total:
        refusals.append(PriceChanged(old=shown, new=price.total))


def _check_company(
    wish: Wish,
    booker: Booker,
    facts: Facts,
    refusals: list[Refusal],
    *,
    customer: User | None,
    method: PaymentMethod | None,
    price: Price | None,
) -> None:
    if wish.company_id and customer and not facts.company:
        refusals.append(UnknownChoice("company_not_of_customer", field="company"))
    if method != PaymentMethod.INVOICE or price is None:
        return
    if facts.credit is None and booker.on_account:
        refusals.append(MethodRefused("method_not_offered"))
    if facts.credit:
        with refusals_to(refusals.append):
            facts.credit.check(price.total)
