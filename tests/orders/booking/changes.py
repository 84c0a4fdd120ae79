"""Changing tickets as a manager does, and looking at the result."""

from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Ticket
from orders.domain.booking.change_wish import ChangeWish, TicketChange
from orders.domain.booking.changing import Plan, plan_of
from orders.domain.booking.transitions import tickets_of
from orders.domain.booking.wish import Booker
from orders.domain.desk import changing
from orders.models import Order, OrderEvent, OrderLine
from tests.moments import WEDNESDAY, clock
from tests.orders.conftest import now


def r(text: str) -> Decimal:
    """Return roubles."""
    return Decimal(text).quantize(Decimal("0.01"))


def units(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.001"))


SUM = r("600")
ONE, TWO = units("1"), units("2")


def when(start: str = "10", end: str = "12", day: date = WEDNESDAY) -> When:
    """Return some hours as they are typed."""
    return When(day=day, start=clock(start), end=clock(end))


def plan(order: Order, *, by: User, ticket: int | None = None, **wanted: Any) -> Plan:
    """Plan a change of one ticket, the first unless another is named; `wanted` are fields of either wish."""
    of_wish = {name: wanted.pop(name) for name in ("override_reason", "reason", "returned") if name in wanted}
    change = TicketChange(number=ticket or tickets_of(order)[0], **wanted)
    return plan_several(order, change, by=by, **of_wish)


def plan_several(order: Order, *changes: TicketChange, by: User, **wanted: Any) -> Plan:
    """Plan changes of several tickets of an order as it is now."""
    there = Order.objects.select_related("location").get(pk=order.pk)
    wish = ChangeWish(tickets=changes, **wanted)
    return plan_of(there, wish, booker=Booker.manager(by, there.location), at=now())


def change(order: Order, *, by: User, **wanted: Any) -> OrderEvent:
    """Plan a change and carry it out."""
    return changing.carry_out(plan(order, by=by, **wanted))


def lines(order: Order) -> list[tuple[str, Decimal, Decimal]]:
    """Return kind, quantity and sum of the price lines."""
    return list(OrderLine.objects.filter(order=order).order_by("pk").values_list("kind", "quantity", "amount"))


def ticket_of(order: Order) -> Ticket:
    """Return the only ticket of an order."""
    return Ticket.objects.select_related("seat").get(pk__in=tickets_of(order))


def reasons(planned: Plan) -> list[str]:
    """Return why a plan is refused."""
    return [refusal.reason for refusal in planned.refusals]
