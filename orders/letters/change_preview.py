"""The letter about a change as it would be sent if the change were carried out now."""

from copy import copy
from dataclasses import replace

from django.utils import translation

from coworking.models import Ticket
from orders.documents.lines import LANGUAGE
from orders.domain.booking.change_places import TicketState
from orders.domain.booking.changing import Plan
from orders.domain.desk.changing import change_as_json
from orders.letters.compose import link_of, preview, what_changed
from orders.letters.mail import Text
from orders.models import MessageKind, OrderStatus


def change_letter(plan: Plan) -> Text | None:
    """Return the letter of a plan; None if it cannot be carried out or the order has no e-mail."""
    order, money = copy(plan.order), plan.money
    if not plan.is_ready or not order.email:
        return None
    if plan.confirms:
        order.status = OrderStatus.CONFIRMED  # as it will be
    balance = replace(money.balance, status=order.status, total=money.total)
    with translation.override(LANGUAGE):
        changed = what_changed(change_as_json(plan), order.location.zone)
    about = {
        **changed,
        "balance": balance,
        "tickets": [_ticket(state) for state in plan.states],
        "link_url": link_of(order, balance, at=plan.at),
    }
    return preview(order, MessageKind.CHANGED, about=about, at=plan.at)


def _ticket(state: TicketState) -> Ticket:
    return Ticket(service=state.service, tariff=state.tariff, seat=state.seat, period=state.period)
