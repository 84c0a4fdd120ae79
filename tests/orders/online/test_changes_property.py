"""Whatever is changed, undone, paid and refunded: the books agree, and no more goes back than was sold."""

import uuid
from datetime import timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from olvery.shared.refusals import Refusal, Refused
from orders.domain.desk.cash import correct_entry
from orders.domain.desk.change_undoing import last_change, settle_change, undo_change
from orders.domain.money.balance import balance_of
from orders.domain.online.notifications import take_refund
from orders.domain.online.refunds import apply_refund
from orders.models import LedgerEntry, Order, OrderEvent, PaymentAttempt, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.booking.changes import change, when
from tests.orders.books import assert_the_books_agree
from tests.orders.conftest import now
from tests.orders.online.sequences import sequences
from tests.orders.steps import cancel, give_back, pay, refund, send_all, take

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
CHANGES = ["change", "change", "keep", "undo", "undo", "settle", "price"]
MONEY = ["pay", "refund", "send", "bank", "take", "back", "correct", "cabinet", "cancel"]
LONG, SHORT, REFUSED = 3, 0, 1
# Deeds that chance alone seldom puts in this order: a bank refuses a refund once the order owes more, and the job of a
# change that was undone comes when there is an excess again.
TOGETHER = [
    [("change", SHORT), ("refund", 9), ("send", 0), ("change", LONG), ("bank", REFUSED)],
    [("change", LONG), ("change", SHORT), ("undo", 0), ("change", SHORT), ("settle", 0)],
]
numbers = st.integers(0, 40)
deeds = st.tuples(st.sampled_from(CHANGES + MONEY), numbers).map(lambda deed: [deed])
steps = st.lists(deeds | deeds | st.sampled_from(TOGETHER), min_size=3, max_size=6).map(
    lambda groups: list(chain.from_iterable(groups))
)


def carry_out(step: tuple[str, int], order: Order, gateway: FakeGateway, manager: User) -> None:
    name, number = step
    start, length = 9 + number % 5, 1 + number % 4
    time = when(f"{start}", f"{start + length}")
    if name == "change":
        change(order, by=manager, when=time)
    elif name == "keep":
        change(order, by=manager, when=time, returned=Decimal(number), reason="Так договорились")
    elif name == "undo" and (last := last_change(Order.objects.get(pk=order.pk))):
        undo_change(order.pk, last.pk, by=manager, at=now())
    elif name == "settle":
        for event in OrderEvent.objects.filter(order=order, kind="changed"):
            settle_change(event.pk, gateway, at=now())
    elif name == "price":
        type(order.tariff).objects.filter(pk=order.tariff_id).update(price=Decimal(200 + 7 * number))


def move_money(step: tuple[str, int], order: Order, gateway: FakeGateway, manager: User) -> None:
    name, number = step
    amount = Decimal(10 * number + 1)
    if name == "pay" and balance_of(order).due:
        pay(order, gateway)
    elif name == "refund":
        refund(order, gateway, str(amount), by=manager)
    elif name == "send":
        send_all(gateway)
    elif name == "bank" and (pending := Refund.objects.filter(status="pending").first()):
        said = "canceled" if number % 2 else "succeeded"
        apply_refund(pending.pk, gateway.settle_refund(pending.provider_id or "", said), at=now())
    elif name == "take":
        take(order, str(amount), by=manager)
    elif name == "back":
        give_back(order, str(amount), by=manager)
    elif name == "correct" and (entry := LedgerEntry.objects.filter(method="on_site", corrects=None).last()):
        correct_entry(entry.pk, amount, reason="Опечатка", token=uuid.uuid4(), by=manager, at=now())
    elif name == "cabinet":
        paid = PaymentAttempt.objects.latest("pk").provider_id or ""
        gone = sum(one.amount for one in gateway.refunds_of(paid, patience=SECOND) if one.status != "canceled")
        amount = min(amount, gateway.payment(paid, patience=SECOND).amount - gone)
        if amount:
            take_refund(gateway.external_refund(paid, amount), at=now())
    elif name == "cancel":
        cancel(order, gateway, by=manager, returned=str(amount) if number % 2 else None)


@sequences
@given(first=numbers, steps=steps)
def test_whatever_is_changed_and_undone_the_books_agree(
    order: Order, manager: User, policy: None, first: int, steps: list[tuple[str, int]]
) -> None:
    """Σ of the provider is Σ of the ledger is the stored summary, the lines are what the ticket has.

    Every rouble beyond the cost is in one open case.
    """
    with transaction.atomic():
        gateway: Any = FakeGateway(refunds_stay_pending=True)
        pay(order, gateway)
        for step in [("change", first), *steps]:  # without one there is nothing to undo
            do = move_money if step[0] in MONEY else carry_out
            try:
                with transaction.atomic():
                    do(step, order, gateway, manager)
            except (Refusal, Refused):
                pass
            assert_the_books_agree(order, gateway)
        transaction.set_rollback(True)
