"""Whatever is changed, undone, paid and given back: the books agree, and no more goes back than was sold."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from olvery.shared.refusals import Refusal, Refused
from orders.domain.desk.change_undoing import last_change, settle_change, undo_change
from orders.domain.money.balance import balance_of
from orders.domain.money.standing import standing
from orders.domain.money.summary import wrong_summaries
from orders.models import Order, OrderEvent, OrderLine, PaymentAttempt
from tests.gateways.fake import FakeGateway
from tests.orders.booking.changes import change, ticket_of, when
from tests.orders.conftest import now
from tests.orders.online.sequences import sequences
from tests.orders.steps import pay, refund, seen, send_all

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
KINDS = ["change", "change", "keep", "undo", "settle", "pay", "refund", "price", "send"]
steps = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 40)), min_size=4, max_size=9)


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
    elif name == "pay" and balance_of(order).due:
        pay(order, gateway)
    elif name == "refund":
        refund(order, gateway, str(10 * number + 1), by=manager)
    elif name == "price":
        type(order.tariff).objects.filter(pk=order.tariff_id).update(price=Decimal(200 + 7 * number))
    elif name == "send":
        send_all(gateway)


def assert_the_books_agree(order: Order, gateway: FakeGateway) -> None:
    balance = balance_of(Order.objects.get(pk=order.pk))
    lines = list(OrderLine.objects.filter(order=order))
    assert sum((one.amount for one in standing(lines)), Decimal()) == balance.total >= 0
    ticket = ticket_of(order)
    sold = sum(one.quantity for one in standing(lines) if one.line.kind == "tariff")
    assert sold * 3600 == (ticket.period.end - ticket.period.start).total_seconds()
    assert list(wrong_summaries(Order.objects.filter(pk=order.pk))) == []
    paid = PaymentAttempt.objects.filter(order=order, status="succeeded")
    theirs = sum(
        (
            told.amount - told.refunded
            for told in (gateway.payment(one.provider_id or "", patience=SECOND) for one in paid)
        ),
        Decimal(),
    )
    assert balance.paid - balance.returning <= theirs <= balance.paid
    assert sum(amount for _kind, _method, amount in seen(order).ledger) == balance.paid >= 0


@sequences
@given(steps=steps)
def test_whatever_is_changed_and_undone_the_books_agree(
    order: Order, manager: User, policy: None, steps: list[tuple[str, int]]
) -> None:
    """Σ of the provider is Σ of the ledger is the stored summary, and the lines are what the ticket has."""
    with transaction.atomic():
        gateway: Any = FakeGateway()
        pay(order, gateway)
        for step in steps:
            try:
                with transaction.atomic():
                    carry_out(step, order, gateway, manager)
            except (Refusal, Refused):
                pass
            assert_the_books_agree(order, gateway)
        transaction.set_rollback(True)
