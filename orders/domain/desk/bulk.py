"""One thing done with many orders: looked at before, then done order by order, each in a transaction of its own."""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from coworking.models import Location
from olvery.shared.jobs import later
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.desk import cancelling, cash
from orders.domain.money.balance import balances_of
from orders.domain.online import links
from orders.domain.online.gateway import Gateway
from orders.models import BulkAction, BulkItem, BulkKind, BulkState, Order

CARRY_OUT = "orders.carry_out_bulk"
KEPT = timedelta(days=30)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Planned:
    """What would be done with an order, roubles that go back or come in, or why nothing."""

    order: Order
    amount: Decimal
    refusal: Refusal | None


def plan(kind: BulkKind, orders: Sequence[Order], *, at: datetime) -> list[Planned]:
    """Return what would be done with each order now; those of links come with their `link`. Three queries at most."""
    terms = cancelling.terms_of_each(orders, at=at) if kind == BulkKind.CANCEL else {}
    balances = {} if terms else balances_of(orders)
    planned = []
    for order in orders:
        amount = terms[order.pk].by_policy if terms else balances[order.pk].due
        planned.append(Planned(order, amount, _refusal(kind, order, amount, at=at)))
    return planned


def _refusal(kind: BulkKind, order: Order, amount: Decimal, *, at: datetime) -> Refusal | None:
    try:
        if kind == BulkKind.CANCEL:
            cancelling.check_cancelling(order, at=at)
        elif kind == BulkKind.LINK:
            links.check_resending(order, getattr(order, "link", None), at=at, due=amount)
        elif not amount:
            raise cash.PaymentRefused("nothing_to_pay")
        else:
            cash.check_payment(order, amount, amount)
    except Refusal as refusal:
        return refusal
    return None


def ask(
    kind: BulkKind, amounts: Mapping[int, Decimal], *, token: uuid.UUID, by: User, location: Location, **facts: Any
) -> BulkAction:
    """Save what is to be done with these orders of a location, with the sums that were shown, and queue it.

    `facts` are the other fields of the action. A form that is sent twice asks once.
    """
    with transaction.atomic():
        defaults = {"kind": kind, "location": location, **facts}
        action, is_new = BulkAction.objects.get_or_create(by=by, form_token=token, defaults=defaults)
        if is_new:
            orders = Order.objects.at_locations([location.pk]).filter(pk__in=amounts).order_by("-pk")
            BulkItem.objects.bulk_create(
                BulkItem(action=action, order=order, amount=amounts[order.pk]) for order in orders.only("pk")
            )
            later(CARRY_OUT, action_id=action.pk)
    return action


def carry_out(action_id: int, *, word: Callable[[Refusal], str], gateway: Gateway | None, at: datetime) -> None:
    """Do what is left of an action; `word` says why an order is left out. May run twice, or at two places at once.

    The work gets the time it is by then.
    """
    began = timezone.now()
    for item_id in BulkItem.objects.filter(action=action_id).waiting().order_by("pk").values_list("pk", flat=True):
        _carry_out_one(item_id, word=word, gateway=gateway, at=at + (timezone.now() - began))


def _carry_out_one(item_id: int, *, word: Callable[[Refusal], str], gateway: Gateway | None, at: datetime) -> None:
    """Do it with one order, and note in the same transaction that it is done."""
    try:
        with locks.short_waits():
            item = locks.lock_bulk_item(item_id)
            if item.state == BulkState.WAITING:
                _do(item, gateway=gateway, at=at)
                _end(item_id, BulkState.DONE, at=at)
    except Refusal as refusal:
        _end(item_id, BulkState.REFUSED, at=at, text=word(refusal))
    except Exception:  # the other orders have their turn; who asked is told, and so is the log
        log.exception("item %s of a bulk action is broken", item_id)
        _end(item_id, BulkState.FAILED, at=at)


def _do(item: BulkItem, *, gateway: Gateway | None, at: datetime) -> None:
    action, number, by = item.action, item.order_id, item.action.by
    if action.kind == BulkKind.CANCEL:
        cancelling.cancel_as_shown(number, by=by, reason=action.reason, shown=item.amount, at=at, gateway=gateway)
    elif action.kind == BulkKind.LINK:
        links.resend_link(number, at=at)
    else:
        cash.take_payment(
            number,
            item.amount,
            method=action.method,
            moved_at=action.moved_at or at,
            document=action.document,
            token=item.token,
            by=by,
            at=at,
        )


def _end(item_id: int, state: BulkState, *, at: datetime, text: str = "") -> None:
    """Note what became of an order, unless another worker has."""
    BulkItem.objects.filter(pk=item_id).waiting().update(state=state, text=text[:500], ended_at=at)


def forget_old(at: datetime) -> int:
    """Delete actions after a month, what was typed for them included; return how many there were."""
    old = BulkAction.objects.filter(asked_at__lt=at - KEPT)
    _rows, by_model = old.delete()
    return by_model.get(BulkAction._meta.label, 0)
