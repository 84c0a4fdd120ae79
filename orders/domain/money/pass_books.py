"""The books of passes: sold with their order, used by the tickets of others, given back, refunded, expired.

The price of a pass is money of the order that sold it, and of no other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum

from accounts.models import User
from olvery.shared.money import NO_MONEY, to_kopecks
from olvery.shared.periods import DAY, Period, local_days
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.money.balance import Balance, balance_of
from orders.domain.money.excess import owed_back
from orders.models import Order, OrderStatus, Pass, PassEntry, PassEntryKind

Units = Mapping[int, int]  # by the number of a ticket
# The condition of orders that sell a pass which is not granted yet.
NOT_GRANTED = Q(pass_units__isnull=False, sold_pass__isnull=True)


class PassRefused(Refusal):
    """The order cannot be paid from the pass."""

    field = "pass_id"


def term_of(days: int, zone: ZoneInfo, *, at: datetime) -> Period:
    """Return the validity of a pass sold now: to the end of the last of so many days, today included."""
    today = at.astimezone(zone).date()
    return Period(at, local_days(today, today + (days - 1) * DAY, zone).end)


def grant_if_paid(order: Order, *, by: User | None, at: datetime) -> None:
    """Grant the pass that a locked order sells, once it is paid: its days count from then."""
    if order.pass_units is None or order.status != OrderStatus.CONFIRMED or order.due:
        return
    if Pass.objects.filter(pk=order.pk).exists():
        return
    begin_term(order, at=at)
    sold = Pass.objects.create(
        order=order,
        owner_id=order.customer_id,
        service_id=order.service_id,
        also_services=order.also_services,
        name=order.tariff_name,
        unit=order.tariff.unit,
        units=order.pass_units,
        price=order.total,
        period=order.period,
    )
    PassEntry.objects.create(of_pass=sold, kind=PassEntryKind.GRANTED, units=sold.units, by=by, at=at)


def term_from_now(order: Order, *, at: datetime) -> Period:
    """Return the validity of the pass of a sale if its days count from now."""
    zone = order.location.zone
    first, last = order.period.days(zone)
    return term_of((last - first).days + 1, zone, at=at)


def begin_term(order: Order, *, at: datetime) -> None:
    """Count the days of a pass that is not granted yet, starting now."""
    order.period = term_from_now(order, at=at)
    order.save(update_fields=["period"])


def is_granted(order: Order) -> bool:
    """Whether the pass that an order sells has been granted. One query, for sales only."""
    return order.sells_pass and Pass.objects.filter(pk=order.pk).exists()


def paid_without_pass() -> QuerySet[Order]:
    """Return the paid sales whose pass was never granted. There should be none."""
    paid = Order.objects.filter(status__in=[OrderStatus.CONFIRMED, OrderStatus.COMPLETED], due=0)
    return paid.filter(NOT_GRANTED).order_by("pk")


def check_usable(used: Pass, needed: int, *, at: datetime) -> None:
    """Raise PassRefused unless this many units of a pass can be used now."""
    if used.ended_at or used.period.end <= at:
        raise PassRefused("pass_over")
    if needed > 0 and used.order.due:
        raise PassRefused("pass_unpaid")
    if needed > used.left:
        raise PassRefused("pass_too_little", left=used.left, needed=needed, unit=used.unit)


def use(order: Order, units: Units, *, by: User | None, at: datetime) -> None:
    """Use units of the pass that an order is paid from. The order is locked or new. Raises PassRefused."""
    move(order, units, kept=0, by=by, at=at)


def move(order: Order, more: Units, *, kept: int, by: User | None, at: datetime) -> list[PassEntry]:
    """Use more units by ticket, or return them if negative, some of them being `kept`; return the entries.

    Units that come back to an expired pass are lost with it. Raises PassRefused.
    """
    assert order.from_pass_id is not None  # noqa: S101 - of an order that is paid from one
    used = locks.lock_pass(order.from_pass_id)
    needed = sum(more.values()) + kept
    if any(units > 0 for units in more.values()):
        check_usable(used, needed, at=at)
    elif used.ended_at:
        return []
    entries = [
        PassEntry(
            kind=PassEntryKind.USED if units > 0 else PassEntryKind.RETURNED,
            units=-units,
            ticket_id=ticket,
            order=order,
        )
        for ticket, units in more.items()
        if units
    ]
    if kept:
        entries.append(PassEntry(kind=PassEntryKind.KEPT, units=-kept, order=order))
    return _enter(used, entries, by=by, at=at)


def take_back(order: Order, entries: Iterable[int], *, by: User | None, at: datetime) -> None:
    """Undo entries of a locked order, by their keys. Raises PassRefused if units that came back are used again."""
    undone = list(PassEntry.objects.filter(order=order, pk__in=list(entries)))
    if not undone or order.from_pass_id is None:
        return
    used = locks.lock_pass(order.from_pass_id)
    check_usable(used, sum(entry.units for entry in undone), at=at)
    opposite = [
        PassEntry(
            kind=PassEntryKind.RETURNED if entry.units < 0 else PassEntryKind.USED,
            units=-entry.units,
            ticket_id=entry.ticket_id,
            order=order,
        )
        for entry in undone
    ]
    _enter(used, opposite, by=by, at=at)


def held_by(order: Order) -> dict[int, int]:
    """Return the units of the pass that each ticket of an order uses. One query."""
    return held_by_each([order.pk])[order.pk]


def held_by_each(orders: Iterable[int]) -> defaultdict[int, dict[int, int]]:
    """Return the units of the pass that each ticket of these orders uses, by order number. One query."""
    entries = PassEntry.objects.filter(order__in=list(orders), ticket__isnull=False)
    held = defaultdict[int, dict[int, int]](dict)
    sums = entries.values_list("order", "ticket").annotate(sum=-Sum("units"))
    for order, ticket, units in sums.order_by("order", "ticket"):
        if units:
            held[order][ticket] = units
    return held


def given_back_last(order: Order) -> dict[int, int]:
    """Return what each ticket gave back the last time units came back: everything, if the order expired unpaid."""
    returned = PassEntry.objects.filter(order=order, kind=PassEntryKind.RETURNED).order_by("-pk")
    last = returned.first()
    return {entry.ticket_id: entry.units for entry in returned.filter(at=last.at) if entry.ticket_id} if last else {}


def close(order: Order, kind: PassEntryKind, *, by: User | None, at: datetime) -> None:
    """Close the pass that a locked order has sold, refunded or expired, with everything left on it."""
    if is_granted(order):
        sold = locks.lock_pass(order.pk)
        if not sold.ended_at:
            _enter(sold, [PassEntry(kind=kind, units=-sold.left)], by=by, at=at)


def hold(order: Order) -> None:
    """Lock the pass that a locked order sells, so that nobody uses it while its money is checked."""
    if is_granted(order):
        locks.lock_pass(order.pk)


def value_of(sold: Pass, units: int) -> Decimal:
    """Return what this many units were sold for, roubles."""
    return to_kopecks(sold.price * units / sold.units)


def most_back(order: Order, balance: Balance) -> Decimal:
    """Return how much of an order's money may go back, roubles: for a pass no more than its unused units are worth."""
    sold = Pass.objects.filter(pk=order.pk).first() if order.sells_pass else None
    if sold is None:
        return balance.at_hand
    return min(balance.at_hand, balance.excess + value_of(sold, sold.left))


def follow_refund(order: Order, amount: Decimal, *, by: User | None, at: datetime) -> None:
    """Take the units from a pass that a refund of its locked order pays for, before the order becomes cheaper."""
    if not is_granted(order):
        return
    beyond = max(amount - owed_back(order, balance_of(order)), NO_MONEY)
    sold = locks.lock_pass(order.pk)
    # The fewest units sold for this sum, with kopecks rounded: at 1,000 ₽ for 30 hours, 33.33 ₽ are one hour.
    units = next((units for units in range(sold.left) if value_of(sold, units) >= beyond), sold.left)
    if units:
        _enter(sold, [PassEntry(kind=PassEntryKind.REFUNDED, units=-units)], by=by, at=at)


def _enter(used: Pass, entries: list[PassEntry], *, by: User | None, at: datetime) -> list[PassEntry]:
    """Save entries, those that add to the pass first."""
    for entry in entries:
        entry.of_pass, entry.by, entry.at = used, by, at
    return PassEntry.objects.bulk_create(sorted(entries, key=lambda entry: -entry.units))
