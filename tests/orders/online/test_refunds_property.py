"""Whatever is requested and answered, no more goes back than was paid."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from orders.domain.money.balance import refundable
from orders.domain.money.facts import Reply
from orders.domain.online import refunds
from orders.domain.online.notifications import take_refund
from orders.domain.online.refunds import RefundRefused, apply_refund
from orders.models import Message, Order, PaymentAttempt, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.online.sequences import sequences
from tests.orders.online.test_refunds import ask
from tests.orders.steps import pay, request_of, seen, send_all

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
STANDING = ("requested", "pending", "succeeded")


# Any requests and answers


requests = st.tuples(
    st.just("ask"), st.one_of(st.integers(1, 70000), st.sampled_from([60000, 59900, 59950, 30000, 29950]))
)
answers = st.tuples(st.sampled_from(["send", "succeed", "cancel", "fail", "external", "news"]), st.integers(1, 60000))
steps = st.lists(st.one_of(requests, answers), min_size=4, max_size=10)


def total(rows: Iterable[Any]) -> Decimal:
    """Return the sum of refunds, ours or the provider's."""
    return sum((row.amount for row in rows), Decimal())


def carry_out(step: tuple[str, int], attempt: PaymentAttempt, gateway: FakeGateway) -> None:
    name, number = step
    ours = list(Refund.objects.order_by("pk"))
    pending = [row for row in ours if row.status == "pending"]
    if name == "ask":
        amount, free = Decimal(number) / 100, attempt.amount - total(row for row in ours if row.status in STANDING)
        assert refundable(attempt) == max(free, 0)
        try:
            ask(attempt, gateway, str(amount))
        except RefundRefused:
            assert amount > free or 0 < free - amount < 1
        else:
            assert amount == free or amount <= free - 1
    elif name == "send":
        send_all(gateway)
    elif name == "external":
        told_of = gateway.payment(attempt.provider_id or "", patience=SECOND)
        free_there = told_of.amount - total(
            row for row in gateway.refunds_since(told_of.created_at) if row.status != "canceled"
        )
        amount = Decimal(number) / 100
        if amount == free_there or free_there - amount >= 1:
            take_refund(gateway.external_refund(attempt.provider_id or "", amount), at=now())
    elif name == "fail":
        requested = [row for row in ours if row.status == "requested"]
        if requested:
            refunds.fail_refund(requested[number % len(requested)].pk, Reply(text="400"), at=now())
            request = request_of(requested[number % len(requested)])
            request.state = "rejected"
            request.save()
    elif name in ("succeed", "cancel") and pending:
        chosen = pending[number % len(pending)]
        told = gateway.settle_refund(chosen.provider_id or "", {"succeed": "succeeded", "cancel": "canceled"}[name])
        apply_refund(chosen.pk, told, at=now())
    elif name == "news" and ours:
        chosen = ours[number % len(ours)]
        if chosen.provider_id:
            apply_refund(chosen.pk, gateway.refund(chosen.provider_id, patience=SECOND), at=now())


@sequences
@given(steps=steps)
def test_whatever_is_asked_for_and_answered_no_more_goes_back_than_was_paid(
    order: Order, steps: list[tuple[str, int]]
) -> None:
    """Neither what went back nor what we request exceeds what was paid; the ledger follows the provider to the kopeck.

    Only together with an unannounced refund from the cabinet may our pending refunds be too much: the
    provider then refuses them.
    """
    with transaction.atomic():
        gateway = FakeGateway(refunds_stay_pending=True)
        attempt = pay(order, gateway)
        for step in steps:
            carry_out(step, attempt, gateway)
            known = list(Refund.objects.all())
            assert total(row for row in known if row.status == "succeeded") <= attempt.amount
            assert total(row for row in known if row.status in STANDING and row.source == "staff") <= attempt.amount
        told = gateway.payment(attempt.provider_id or "", patience=SECOND)
        moved = [amount for kind, _method, amount in seen(order).ledger if kind == "refund"]
        assert -sum(moved) == told.refunded
        settled = Refund.objects.filter(status="succeeded")
        assert sorted(-amount for amount in moved) == sorted(settled.values_list("amount", flat=True))
        assert Message.objects.filter(kind="refunded").count() == settled.count()
        transaction.set_rollback(True)
