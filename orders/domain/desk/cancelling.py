"""Cancelling an order, and refunding its money: by the policy, or another sum with a reason."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Sum

from accounts.models import User
from coworking.domain import tickets
from coworking.domain.cancelling import Steps, percent_returned, returned_by_policy, steps_of
from coworking.models import Ticket, TicketStatus, Visit
from olvery.shared.money import NO_MONEY
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.booking.passes import GivenBack, given_back_by_cancelling
from orders.domain.booking.transitions import TRANSITIONS, TransitionRefused, change_status, tickets_of
from orders.domain.desk.cash import check_money
from orders.domain.desk.handing_over import tell_recipients
from orders.domain.desk.refunding import WhyMissing, reason_given, return_online
from orders.domain.messages import withdraw_messages, write_messages
from orders.domain.money import pass_books
from orders.domain.money.balance import Balance, balance_of, balances_of
from orders.domain.money.excess import sync_refund_due_case
from orders.domain.money.receipts import allocate
from orders.domain.money.standing import Standing, standing
from orders.domain.online.gateway import Gateway
from orders.domain.online.offset_receipts import write_offset_receipts
from orders.domain.online.payments import abandon_attempts
from orders.domain.online.refunds import RefundRefused
from orders.models import LineKind, MessageKind, Order, OrderEvent, OrderLine, OrderStatus, Refund


class PersonNeeded(Refusal):
    """More would go back than a program may return: a person has to confirm it."""

    reason = "refund_needs_person"


class PassBackChanged(Refusal):
    """What comes back to the pass of the order differs from what was shown."""

    reason = "pass_back_changed"


class TermsChanged(Refusal):
    """Time has passed, and the sum that goes back differs from the one shown."""

    reason = "terms_changed"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a cancellation at this moment gives back by the policy, and what there is to give back."""

    balance: Balance
    # Includes what we hold beyond the cost: it was never ours to keep.
    by_policy: Decimal
    # The share that the policy gives back, if it is the same for all tickets.
    percent: int | None
    # The most that may go back: all the money there is; for a pass, what its unused units were sold for.
    most: Decimal

    @property
    def of_price(self) -> Decimal:
        """The part of the price that goes back."""
        return self.by_policy - self.balance.excess


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a cancellation returns and keeps, roubles, as its event records it."""

    returned_online: Decimal
    returned_at_desk: Decimal
    kept: Decimal

    @property
    def returned(self) -> Decimal:
        return self.returned_online + self.returned_at_desk

    def as_facts(self) -> dict[str, str]:
        """Return the sums as the event stores them."""
        return {name: str(amount) for name, amount in asdict(self).items()}


def settlement_by(terms: Terms, returned: Decimal | None) -> Settlement:
    """Return what a cancellation returns and keeps; `returned` replaces the policy's sum.

    Raises RefundRefused if it is more than there is.
    """
    most, back = terms.most, terms.by_policy if returned is None else returned
    if not NO_MONEY <= back <= most:
        raise RefundRefused("more_than_refundable", field="returned", most=most)
    online = min(back, terms.balance.online)
    return Settlement(returned_online=online, returned_at_desk=back - online, kept=terms.balance.at_hand - back)


def terms_of(order: Order, *, at: datetime) -> Terms:
    """Return the terms of cancelling this order now: each ticket by the policy of its service."""
    return terms_of_each([order], at=at)[order.pk]


def terms_of_each(orders: Sequence[Order], *, at: datetime) -> dict[int, Terms]:
    """Return the terms of cancelling each of these orders now, by number. Three queries."""
    balances = balances_of(orders)
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order__in=[order.pk for order in orders]).select_related("ticket"):
        lines[line.order_id].append(line)
    steps = steps_of({key for order in orders for key in order.service_ids})
    return {order.pk: _terms(order, balances[order.pk], standing(lines[order.pk]), steps, at) for order in orders}


def _terms(order: Order, balance: Balance, stands: list[Standing], steps: Steps, at: datetime) -> Terms:
    if order.sells_pass:
        most = pass_books.most_back(order, balance)
        return Terms(balance=balance, by_policy=most, percent=None, most=most)
    # An unpaid order has nothing to keep; money that has come follows the policy.
    shares = _shares(order, stands, steps, at)
    percents = {percent for _amount, percent in shares}
    percent = percents.pop() if len(percents) == 1 else None
    paid = max(balance.at_hand - balance.excess - _kept_before(stands), NO_MONEY)
    of_price = _by_policy(paid, shares) if percent is None else returned_by_policy(paid, percent)
    return Terms(balance=balance, by_policy=balance.excess + of_price, percent=percent, most=balance.at_hand)


def _kept_before(stands: Iterable[Standing]) -> Decimal:
    """Return what changes have kept for given-up parts of the booking: it is not refundable."""
    return sum((one.amount for one in stands if one.line.kind == LineKind.KEPT), NO_MONEY)


def _shares(order: Order, stands: Iterable[Standing], steps: Steps, at: datetime) -> list[tuple[Decimal, int]]:
    """Return what each remaining ticket costs with its extras, roubles, and the percentage of it that goes back.

    Tickets of one booking form one share: they differ only in seat and visitor.
    """
    if order.booking_count == 1:
        of_service, start = steps[order.service_id], order.period.start
        return [(NO_MONEY, percent_returned(of_service, start=start, sold_at=order.created_at, at=at))]
    tickets_by_key, costs = {}, defaultdict[int, Decimal](Decimal)
    for one in stands:
        ticket = one.line.ticket
        if ticket and one.line.kind in (LineKind.TARIFF, LineKind.EXTRA):
            tickets_by_key[ticket.pk] = ticket
            costs[ticket.pk] += one.amount
    return [
        (
            costs[pk],
            percent_returned(steps[ticket.service_id], start=ticket.period.start, sold_at=order.created_at, at=at),
        )
        for pk, ticket in tickets_by_key.items()
    ]


def _by_policy(paid: Decimal, shares: list[tuple[Decimal, int]]) -> Decimal:
    """Spread what was paid over the tickets by their cost, and add up what each returns, roubles."""
    if not paid or not any(cost for cost, _percent in shares):
        return NO_MONEY
    parts = allocate(paid, [cost for cost, _percent in shares])
    returned = (returned_by_policy(part, percent) for part, (_cost, percent) in zip(parts, shares, strict=True))
    return sum(returned, NO_MONEY)


def cancel_order(
    number: int,
    *,
    by: User,
    reason: str,
    at: datetime,
    gateway: Gateway | None = None,
    returned: Decimal | None = None,
    at_hand: Decimal | None = None,
) -> Order:
    """Cancel an order, free its places, return the money and tell the customer.

    `returned` replaces the policy's refund; `at_hand` is the money we held when that was decided, None
    if nobody saw it. Online payments go back automatically; what was taken at the desk stays a case until
    a manager records that it was given back.
    Raises WhyMissing, TransitionRefused, MoneyMoved, RefundRefused, Busy.
    """
    reason = reason_given(reason, WhyMissing("cancelling_unexplained"))
    with locks.short_waits():
        order = locks.lock_order(number)
        _check_time(order, at=at)
        pass_books.hold(order)
        terms = terms_of(order, at=at)
        check_money(terms.balance.at_hand, at_hand)
        settlement = settlement_by(terms, returned)
        order.kept = settlement.kept
        order.save(update_fields=["kept"])
        change_status(order, OrderStatus.CANCELLED, by=by, at=at, reason=reason, facts=settlement.as_facts())
        valid = Ticket.objects.filter(pk__in=tickets_of(order), status=TicketStatus.ACTIVE)
        visitors = dict(valid.values_list("pk", "visitor"))
        tickets.release(tickets_of(order))
        abandon_attempts(order, at=at)
        return_online(order, settlement.returned_online, reason=reason, by=by, gateway=gateway, at=at)
        write_offset_receipts(order, gateway, at=at)
        sync_refund_due_case(order, at=at)
        withdraw_messages(order)
        write_messages(order, [MessageKind.CANCELLED], at=at)
        tell_recipients(order, visitors, at=at)
    return order


def check_cancelling(order: Order, *, at: datetime) -> None:
    """Raise TransitionRefused unless an order can be cancelled now."""
    if OrderStatus.CANCELLED not in TRANSITIONS[order.status]:
        raise TransitionRefused("transition_not_allowed", status=order.status)
    _check_time(order, at=at)


def _check_time(order: Order, *, at: datetime) -> None:
    # The days of a pass cannot be over before it is granted.
    is_over = order.period.end <= at and (not order.sells_pass or pass_books.is_granted(order))
    if is_over:
        raise TransitionRefused("time_is_over")


def check_own_cancelling(order: Order, *, at: datetime) -> None:
    """Raise TransitionRefused unless customers may cancel this order themselves: while it is open and has not begun.

    A pass begins when it is granted, a booking also when somebody comes early. Up to two more queries.
    """
    if OrderStatus.CANCELLED not in TRANSITIONS[order.status]:
        raise TransitionRefused("transition_not_allowed", status=order.status)
    if order.sells_pass:
        if pass_books.is_granted(order):
            raise TransitionRefused("pass_is_granted")
    elif order.period.start <= at or _came_early(order, at=at):
        raise TransitionRefused("booking_has_begun")


def _came_early(order: Order, *, at: datetime) -> bool:
    is_open = order.location.lets_in_from(order.period.start) <= at
    return is_open and Visit.objects.filter(ticket__in=tickets_of(order), undone_at=None).exists()


def can_cancel_own(order: Order, *, at: datetime) -> bool:
    """Whether customers may cancel this order themselves now."""
    try:
        check_own_cancelling(order, at=at)
    except TransitionRefused:
        return False
    return True


def cancel_own_order(
    number: int,
    *,
    by: User,
    reason: str,
    shown: Decimal,
    shown_back: GivenBack | None = None,
    at: datetime,
    gateway: Gateway | None = None,
) -> Order:
    """Cancel an order for its customer before it begins, if they get back what they were shown.

    `shown` is the money by the policy, roubles; `shown_back` the units returned to the order's pass, if it has one.
    Raises WhyMissing, TransitionRefused, TermsChanged, PassBackChanged, RefundRefused, Busy.
    """
    with locks.short_waits():
        order = locks.lock_order(number)
        locks.lock_tickets(tickets_of(order))  # nobody can come early while the money goes back
        check_own_cancelling(order, at=at)
        return cancel_as_shown(number, by=by, reason=reason, shown=shown, shown_back=shown_back, at=at, gateway=gateway)


def cancel_unattended(
    number: int, *, by: User, reason: str, at: datetime, gateway: Gateway | None = None, returned: Decimal | None = None
) -> Order:
    """Cancel an order for a program, which cannot give the confirmation of REFUND_CONFIRMED_ABOVE.

    Raises WhyMissing, TransitionRefused, RefundRefused, PersonNeeded, Busy.
    """
    with locks.short_waits():
        order = locks.lock_order(number)
        pass_books.hold(order)
        back = settlement_by(terms_of(order, at=at), returned).returned
        if settings.STAFF_SECOND_FACTOR and back > settings.REFUND_CONFIRMED_ABOVE:
            raise PersonNeeded(most=settings.REFUND_CONFIRMED_ABOVE)
        return cancel_order(number, by=by, reason=reason, at=at, gateway=gateway, returned=returned)


def cancel_as_shown(
    number: int,
    *,
    by: User,
    reason: str,
    shown: Decimal,
    shown_back: GivenBack | None = None,
    at: datetime,
    gateway: Gateway | None = None,
) -> Order:
    """Cancel an order if the policy still returns what the person was `shown`, roubles and units of its pass.

    Raises WhyMissing, TransitionRefused, TermsChanged, PassBackChanged, Busy.
    """
    with locks.short_waits():
        order = locks.lock_order(number)
        check_cancelling(order, at=at)
        if order.from_pass_id is not None:
            order.from_pass = used = locks.lock_pass(order.from_pass_id)
            back = given_back_by_cancelling(order, at=at)
            if back != shown_back:
                raise PassBackChanged(back=back, unit=used.unit)
        pass_books.hold(order)
        by_policy = terms_of(order, at=at).by_policy
        if by_policy != shown:
            raise TermsChanged(new=by_policy)
        return cancel_order(number, by=by, reason=reason, at=at, gateway=gateway)


def settlement_of(cancelled: OrderEvent) -> Settlement:
    """Return what the cancellation recorded by an event returned and kept, whatever happened before or since."""
    names = ("returned_online", "returned_at_desk", "kept")
    if all(name in cancelled.data for name in names):
        return Settlement(**{name: Decimal(cancelled.data[name]) for name in names})
    # For a cancellation recorded without its sums: as close as the books can tell.
    order = cancelled.order
    online = Refund.objects.filter(attempt__order=order, requested_at=cancelled.at).aggregate(sum=Sum("amount"))["sum"]
    at_desk = balance_of(order).excess
    return Settlement(returned_online=online or NO_MONEY, returned_at_desk=at_desk, kept=order.kept)
