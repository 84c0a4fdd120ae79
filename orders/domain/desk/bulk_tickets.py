"""Bulk actions on tickets: what would be done with each, and doing it.

Visits belong to one ticket. Cancelling and sending go by order: one change and one letter for all its tickets.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from accounts.models import User
from coworking.domain import visits
from coworking.models import Ticket, TicketStatus, Visit, VisitSource
from olvery.shared.money import NO_MONEY
from olvery.shared.refusals import Refusal, Refused
from orders.domain import locks
from orders.domain.booking.change_wish import ChangeWish
from orders.domain.booking.changing import Plan, check_changing, plan_of
from orders.domain.booking.passes import GivenBack, given_back_by_each
from orders.domain.booking.wish import Booker
from orders.domain.desk import bulk_orders, cancelling, changing, door
from orders.domain.desk.bulk_plan import Planned, back_of
from orders.domain.desk.ticket_letters import post_of, send_again
from orders.domain.money.standing import standing
from orders.domain.online.gateway import Gateway
from orders.models import BulkItem, BulkKind, Order, OrderLine

Pair = tuple[Ticket, Order]


class TicketsAdded(Refusal):
    """The order that was to be cancelled with all its tickets has got more of them since."""

    reason = "tickets_added"


def plan(kind: BulkKind, pairs: Sequence[Pair], *, by: User, at: datetime) -> list[Planned]:
    """Return what would be done with these tickets now, by order or by ticket; refused tickets come one by one.

    Tickets were read with service, location, tariff and visitor, orders with their location. Four queries, plus those
    of `plan_of` for each order of which only some tickets are cancelled.
    """
    if kind == BulkKind.GIVE_UP:
        return _plan_giving_up(pairs, by=by, at=at)
    if kind == BulkKind.LETTER:
        return _plan_letters(pairs, at=at)
    visits.read_visits([ticket for ticket, _order in pairs])
    return [
        Planned(order=order, amount=NO_MONEY, refusal=_refusal(kind, ticket, order, at=at), tickets=(ticket,))
        for ticket, order in pairs
    ]


def _refusal(kind: BulkKind, ticket: Ticket, order: Order, *, at: datetime) -> Refusal | None:
    counted: list[Visit] = getattr(ticket, "visits_counted", [])
    inside = next((visit for visit in counted if visit.is_open), None)
    try:
        if kind == BulkKind.COME:
            visits.check_entry_beside(inside, ticket, at=at, owed=door.owed_at_door(order, at=at))
        elif inside is None:
            raise visits.NotInside
    except Refusal as refusal:
        return refusal
    return None


def _plan_letters(pairs: Sequence[Pair], *, at: datetime) -> list[Planned]:
    post = post_of({order.pk for _ticket, order in pairs}, [ticket.pk for ticket, _order in pairs], at=at)
    letters: dict[tuple[int, int | None], list[Pair]] = defaultdict(list)
    planned = []
    for ticket, order in pairs:
        try:
            post.check(ticket, order, at=at)
        except Refusal as refusal:
            planned.append(_left_out(ticket, order, refusal))
        else:
            letters[order.pk, ticket.pk if ticket.pk in post.passed_on else None].append((ticket, order))
    together = [
        Planned(
            order=some[0][1],
            amount=NO_MONEY,
            refusal=None,
            tickets=tuple(ticket for ticket, _order in some),
            email=post.address(*some[0]),
        )
        for some in letters.values()
    ]
    return together + planned


def _plan_giving_up(pairs: Sequence[Pair], *, by: User, at: datetime) -> list[Planned]:
    chosen: dict[int, list[Ticket]] = defaultdict(list)
    left_out, orders = [], {order.pk: order for _ticket, order in pairs}
    for ticket, order in pairs:
        try:
            check_changing(ticket, order, at=at)
        except Refusal as refusal:
            left_out.append(_left_out(ticket, order, refusal))
        else:
            chosen[order.pk].append(ticket)
    there = _tickets_there(chosen)
    whole = [orders[number] for number, tickets in chosen.items() if there[number] <= {one.pk for one in tickets}]
    terms, backs = cancelling.terms_of_each(whole, at=at), given_back_by_each(whole, at=at)
    planned = []
    for number, tickets in chosen.items():
        order, shown = orders[number], tuple(sorted(tickets, key=lambda one: one.pk))
        if number in terms:
            planned.append(_ending(order, shown, terms[number], backs.get(number)))
        else:
            planned.append(_giving_up(order, shown, by=by, at=at))
    return planned + left_out


def _tickets_there(orders: Iterable[int]) -> dict[int, set[int]]:
    """Return the ticket numbers of each of these orders, without cancelled tickets. One query."""
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order__in=list(orders), ticket__isnull=False).select_related("ticket"):
        lines[line.order_id].append(line)
    return {
        number: {
            one.line.ticket.pk
            for one in standing(of_order)
            if one.line.ticket and one.line.ticket.status != TicketStatus.CANCELLED
        }
        for number, of_order in lines.items()
    }


def _ending(order: Order, tickets: tuple[Ticket, ...], terms: cancelling.Terms, back: GivenBack | None) -> Planned:
    return Planned(
        order=order,
        amount=terms.by_policy,
        refusal=None,
        tickets=tickets,
        ends_order=True,
        email=order.email,
        back=back,
    )


def _giving_up(order: Order, tickets: tuple[Ticket, ...], *, by: User, at: datetime) -> Planned:
    wish = ChangeWish.cancelling(ticket.pk for ticket in tickets)
    change = plan_of(order, wish, booker=Booker.manager(by, order.location), at=at, alternatives=False)
    return Planned(
        order=order,
        amount=change.money.returned,
        refusal=next(iter(change.refusals), None),
        tickets=tickets,
        change=change,
        email=order.email,
        back=_back_by(change),
    )


def _back_by(change: Plan) -> GivenBack | None:
    """Return what a change gives back to the pass of its order; None if it has none."""
    return GivenBack(change.of_pass.returned, change.of_pass.kept) if change.order.from_pass_id else None


def _left_out(ticket: Ticket, order: Order, refusal: Refusal) -> Planned:
    return Planned(order=order, amount=NO_MONEY, refusal=refusal, tickets=(ticket,))


def do(item: BulkItem, *, gateway: Gateway | None, at: datetime) -> None:
    """Carry out the action on the tickets of one order. Raises Refusal."""
    action = item.action
    if action.kind == BulkKind.GIVE_UP:
        _give_up(item, gateway=gateway, at=at)
    elif action.kind == BulkKind.LETTER:
        send_again(item.order_id, item.tickets, at=at)
    else:
        for number in item.tickets:
            _visit(action.kind, number, item, at=at)


def _visit(kind: BulkKind, number: int, item: BulkItem, *, at: datetime) -> None:
    by = item.action.by
    if kind == BulkKind.LEAVE:
        door.let_out(number, by=by, at=at)
    else:
        scan_id = door.scan_of(item.token, number)
        door.let_in(number, scan_id=scan_id, source=VisitSource.LIST, by=by, at=at)


def _give_up(item: BulkItem, *, gateway: Gateway | None, at: datetime) -> None:
    """Cancel tickets as shown, and the order itself if they are all it has. Raises Refusal."""
    if item.ends_order:
        locks.lock_order(item.order_id)
        if not _tickets_there([item.order_id])[item.order_id] <= set(item.tickets):
            raise TicketsAdded
        bulk_orders.cancel(item, gateway=gateway, at=at)
        return
    order = Order.objects.select_related("location", "from_pass").get(pk=item.order_id)
    booker = Booker.manager(item.action.by, order.location)
    plan = plan_of(
        order, ChangeWish.cancelling(item.tickets, item.action.reason), booker=booker, at=at, alternatives=False
    )
    if plan.is_ready and plan.money.returned != item.amount:
        raise cancelling.TermsChanged(new=plan.money.returned)
    if plan.is_ready and order.from_pass and (back := _back_by(plan)) != back_of(item):
        raise cancelling.PassBackChanged(back=back, unit=order.from_pass.unit)
    try:
        changing.carry_out(plan)
    except Refused as refused:
        raise refused.refusals[0] from refused
