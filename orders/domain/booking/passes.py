"""What a pass pays for: bookings of its services by its unit that end while it is valid."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from zoneinfo import ZoneInfo

from django.db.models import Sum

from accounts.models import User
from coworking.domain.cancelling import Steps, percent_returned, steps_of
from coworking.domain.rules import units_of
from coworking.models import Tariff, Ticket
from olvery.shared.periods import Period
from orders.domain.booking.wish import Booker, Wish
from orders.domain.money import pass_books
from orders.domain.money.pass_books import PassRefused
from orders.models import Order, OrderStatus, Pass, PassEntry, PassEntryKind

PaidBooking = tuple[Tariff, Period, int]  # with its places


def chosen_pass(wish: Wish, booker: Booker) -> Pass | None:
    """Return the pass of a wish, None for one that the customer does not have here. One query."""
    own = Pass.objects.at_locations([booker.location.pk]).filter(owner=wish.customer_id)
    return own.filter(pk=wish.pass_id).with_services().select_related("order").first()


def pass_units(tariff: Tariff, period: Period, zone: ZoneInfo) -> int:
    """Return the units of a pass that one ticket uses: a started hour counts as a whole one."""
    return ceil(units_of(tariff, period, zone))


def usable_pass(found: Pass | None, bookings: Sequence[PaidBooking], *, zone: ZoneInfo, at: datetime) -> Pass:
    """Return the pass if it pays for all of these bookings, each with its places. Raises PassRefused."""
    if found is None:
        raise PassRefused("pass_unknown")
    for tariff, period, _places in bookings:
        check_fits(found, tariff, period)
    pass_books.check_usable(found, units_of_bookings(bookings, zone), at=at)
    return found


def units_of_bookings(bookings: Sequence[PaidBooking], zone: ZoneInfo) -> int:
    """Return the units of a pass that bookings use in total."""
    return sum(pass_units(tariff, period, zone) * places for tariff, period, places in bookings)


def check_fits(used: Pass, tariff: Tariff, period: Period) -> None:
    """Raise PassRefused unless a pass pays for this tariff at this time."""
    if tariff.service_id not in used.service_ids:
        raise PassRefused("pass_other_service", services=used.service_names)
    if tariff.unit != used.unit:
        raise PassRefused("pass_other_unit", unit=used.unit)
    if period.end > used.period.end:
        zone = used.service.location.zone
        raise PassRefused("pass_over_by_then", day=used.period.days(zone)[1])


def follow_status(order: Order, *, was: OrderStatus, by: User | None, at: datetime) -> None:
    """Update passes after a status change of a locked order, whether it sells a pass or is paid from one.

    Cancelling returns units by the cancellation terms of the service, or all of them before payment. Raises
    PassRefused.
    """
    if order.sells_pass:
        _follow_sale(order, by=by, at=at)
    elif order.from_pass_id is None:
        return
    elif order.status in (OrderStatus.EXPIRED, OrderStatus.CANCELLED):
        held = pass_books.held_by(order)
        kept = 0 if was == OrderStatus.AWAITING_PAYMENT else kept_of(held, sold_at=order.created_at, at=at)
        pass_books.move(order, {ticket: -units for ticket, units in held.items()}, kept=kept, by=by, at=at)
    elif was == OrderStatus.EXPIRED:
        use_again(order, by=by, at=at)


def _follow_sale(order: Order, *, by: User | None, at: datetime) -> None:
    if order.status == OrderStatus.CANCELLED:
        pass_books.close(order, PassEntryKind.REFUNDED, by=by, at=at)
    elif order.status == OrderStatus.COMPLETED:
        pass_books.close(order, PassEntryKind.EXPIRED, by=by, at=at)
    else:
        pass_books.grant_if_paid(order, by=by, at=at)


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The units that come back to a pass, and those that stay used."""

    returned: int
    kept: int


def given_back_by_cancelling(order: Order, *, at: datetime) -> GivenBack | None:
    """Return what cancelling an order now gives back to its pass; None if it has none. Four queries at most."""
    return given_back_by_each([order], at=at).get(order.pk)


def given_back_by_each(orders: Iterable[Order], *, at: datetime) -> dict[int, GivenBack]:
    """Return what cancelling each of these orders now gives back to its pass, by number, if it has one.

    Three queries at most, if the orders were read with their passes.
    """
    paid = {order.pk: order for order in orders if order.from_pass}
    if not paid:
        return {}
    held = pass_books.held_by_each(paid)
    there = Ticket.objects.in_bulk([ticket for units in held.values() for ticket in units])
    steps = steps_of({ticket.service_id for ticket in there.values()})
    return {number: _given_back(order, held[number], there, steps, at) for number, order in paid.items()}


def _given_back(
    order: Order, held: pass_books.Units, there: Mapping[int, Ticket], steps: Steps, at: datetime
) -> GivenBack:
    units = sum(held.values())
    if order.from_pass and order.from_pass.ended_at:  # what comes back is lost with it
        return GivenBack(0, units)
    if order.status == OrderStatus.AWAITING_PAYMENT:
        return GivenBack(units, 0)
    freed = [there[number] for number, count in held.items() if count > 0]
    kept = units_kept(held, _percents(steps, freed, sold_at=order.created_at, at=at))
    return GivenBack(units - kept, kept)


def given_back_at(order: Order, at: datetime) -> GivenBack | None:
    """Return what came back to the pass of an order at a moment, or None. One query if it has a pass."""
    if order.from_pass_id is None:
        return None
    entries = PassEntry.objects.filter(order=order, at=at, kind__in=[PassEntryKind.RETURNED, PassEntryKind.KEPT])
    units = dict(entries.values_list("kind").annotate(sum=Sum("units")).order_by("kind"))
    if not units:
        return None
    kept = -units.get(PassEntryKind.KEPT, 0)
    return GivenBack(units.get(PassEntryKind.RETURNED, 0) - kept, kept)


def use_again(order: Order, *, by: User | None, at: datetime) -> None:
    """Take the units again that an order gave back when it expired, unless it has them already. Raises PassRefused."""
    if order.from_pass_id is not None and not pass_books.held_by(order):
        pass_books.use(order, pass_books.given_back_last(order), by=by, at=at)


def kept_of(freed: pass_books.Units, *, sold_at: datetime, at: datetime) -> int:
    """Return how many freed units stay used by the terms, a started unit counting as whole. Two queries."""
    there = Ticket.objects.in_bulk([number for number, units in freed.items() if units > 0])
    percents = percents_of(there.values(), sold_at=sold_at, at=at)
    return units_kept(freed, percents)


def units_kept(freed: pass_books.Units, percents: Mapping[int, int]) -> int:
    """Return how many of these units stay used, given the percentage of each ticket that comes back."""
    return sum(freed[number] - freed[number] * percent // 100 for number, percent in percents.items())


def percents_of(there: Iterable[Ticket], *, sold_at: datetime, at: datetime) -> Mapping[int, int]:
    """Return the percentage of each ticket of an order made at `sold_at` that comes back now. One query."""
    found = list(there)
    return _percents(steps_of({ticket.service_id for ticket in found}), found, sold_at=sold_at, at=at)


def _percents(steps: Steps, there: Iterable[Ticket], *, sold_at: datetime, at: datetime) -> Mapping[int, int]:
    return {
        ticket.number: percent_returned(steps[ticket.service_id], start=ticket.period.start, sold_at=sold_at, at=at)
        for ticket in there
    }
