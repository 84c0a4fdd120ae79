"""One action on many orders or tickets: shown first, then carried out one by one, each in its own transaction."""

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from coworking.models import Location
from olvery.shared.jobs import later
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.desk import bulk_orders, bulk_tickets
from orders.domain.desk.bulk_plan import Shown
from orders.domain.online.gateway import Gateway
from orders.models import BulkAction, BulkItem, BulkKind, BulkState, Order, OrderLine

CARRY_OUT = "orders.carry_out_bulk"
KEPT = timedelta(days=30)
log = logging.getLogger(__name__)


def ask(
    kind: BulkKind, shown: Sequence[Shown], *, token: uuid.UUID, by: User, location: Location, **facts: Any
) -> BulkAction:
    """Save an action on a location's orders as they were shown, and queue it.

    `facts` are the other fields of the action. A form that is sent twice makes one action.
    """
    with transaction.atomic():
        defaults = {"kind": kind, "location": location, **facts}
        action, is_new = BulkAction.objects.get_or_create(by=by, form_token=token, defaults=defaults)
        if is_new:
            BulkItem.objects.bulk_create(
                BulkItem(
                    action=action,
                    order_id=one.order,
                    amount=one.amount,
                    tickets=list(one.tickets),
                    ends_order=one.ends_order,
                    units_returned=one.back.returned if one.back else None,
                    units_kept=one.back.kept if one.back else None,
                )
                for one in _known(kind, shown, location)
            )
            later(CARRY_OUT, action_id=action.pk)
    return action


def _known(kind: BulkKind, shown: Iterable[Shown], location: Location) -> list[Shown]:
    """Return the items that belong to orders of the location and their tickets, each once, newest orders first."""
    once = {(one.order, one.tickets): one for one in shown if bool(one.tickets) == kind.is_of_tickets}
    orders = Order.objects.at_locations([location.pk]).filter(pk__in=[one.order for one in once.values()])
    numbers = set(orders.values_list("pk", flat=True))
    tickets = set(chain.from_iterable(one.tickets for one in once.values()))
    pairs = set(OrderLine.objects.filter(order__in=numbers, ticket__in=tickets).values_list("order_id", "ticket_id"))
    known = [
        one
        for one in once.values()
        if one.order in numbers and all((one.order, ticket) in pairs for ticket in one.tickets)
    ]
    return sorted(known, key=lambda one: one.order, reverse=True)


def carry_out(action_id: int, *, word: Callable[[Refusal], str], gateway: Gateway | None, at: datetime) -> None:
    """Carry out the rest of an action; `word` gives the reason for an item left out. May run twice, even concurrently.

    Each item is done at the time of its own turn.
    """
    began = timezone.now()
    for item_id in BulkItem.objects.filter(action=action_id).waiting().order_by("pk").values_list("pk", flat=True):
        _carry_out_one(item_id, word=word, gateway=gateway, at=at + (timezone.now() - began))


def _carry_out_one(item_id: int, *, word: Callable[[Refusal], str], gateway: Gateway | None, at: datetime) -> None:
    """Carry out one item, and record in the same transaction that it is done."""
    try:
        with locks.short_waits():
            item = locks.lock_bulk_item(item_id)
            if item.state == BulkState.WAITING:
                _do(item, gateway=gateway, at=at)
                _end(item_id, BulkState.DONE, at=at)
    except Refusal as refusal:
        _end(item_id, BulkState.REFUSED, at=at, text=word(refusal))
    except Exception:  # the other items still run; the person who asked is told, and the log records it
        log.exception("item %s of a bulk action is broken", item_id)
        _end(item_id, BulkState.FAILED, at=at)


def _do(item: BulkItem, *, gateway: Gateway | None, at: datetime) -> None:
    (bulk_tickets if item.action.kind.is_of_tickets else bulk_orders).do(item, gateway=gateway, at=at)


def _end(item_id: int, state: BulkState, *, at: datetime, text: str = "") -> None:
    """Record the outcome of an item, unless another worker has."""
    BulkItem.objects.filter(pk=item_id).waiting().update(state=state, text=text[:500], ended_at=at)


def forget_old(at: datetime) -> int:
    """Delete actions after a month, with everything typed for them; return how many there were."""
    old = BulkAction.objects.filter(asked_at__lt=at - KEPT)
    _rows, by_model = old.delete()
    return by_model.get(BulkAction._meta.label, 0)
