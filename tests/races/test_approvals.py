"""Two people who decide on the same request at the same moment."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from coworking.models import PaymentMethod
from orders.domain.desk import deciding, refunding
from orders.models import LedgerEntry, MoneyApproval, MoneyCase, Order
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff
from tests.moments import NOW
from tests.orders.steps import WHY, take
from tests.races.guards import at_once, unlock

pytestmark = pytest.mark.usefixtures("now")


def asked_for() -> tuple[MoneyCase, list[User]]:
    """Save an order with a requested refund of 600 ₽, and two people who may approve it."""
    location = make_location(approval_limit=0)
    asker, *others = (make_manager(location=location) for _ in range(3))
    order = make_order(tariff=make_tariff(service=make_pool(location=location), price="3000"), by=asker)
    take(order, "3000", by=asker)
    refunding.refund_at_desk(
        order.pk,
        Decimal(600),
        method=PaymentMethod.ON_SITE,
        moved_at=NOW,
        document="",
        reason=WHY,
        token=uuid.uuid4(),
        by=asker,
        at=NOW,
    )
    return MoneyCase.objects.get(), others


def given_back() -> int:
    return LedgerEntry.objects.filter(kind="refund").count()


def test_two_who_approve_at_once_give_back_once() -> None:
    case, people = asked_for()
    results = at_once([lambda by=by: deciding.approve(case=case, by=by, at=NOW) for by in people])
    assert sorted(type(result).__name__ for result in results) == ["CaseClosed", "LedgerEntry"]
    assert (given_back(), MoneyApproval.objects.get().state) == (1, "approved")


def test_one_who_approves_and_one_who_turns_down_leave_one_decision() -> None:
    case, people = asked_for()
    results = at_once(
        [
            lambda: deciding.approve(case=case, by=people[0], at=NOW),
            lambda: deciding.decline(case=case, by=people[1], at=NOW),
        ]
    )
    assert sum(type(result).__name__ == "CaseClosed" for result in results) == 1
    assert given_back() == (MoneyApproval.objects.get().state == "approved")


def test_control_without_the_lock_the_decision_and_the_token_two_approvals_give_back_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case, people = asked_for()
    unlock(monkeypatch)
    booked = deciding.refunding.book_refund

    def with_a_new_token(order: Order, asked: MoneyApproval, **wanted: Any) -> LedgerEntry:
        asked.form_token = uuid.uuid4()
        return booked(order, asked, **wanted)

    monkeypatch.setattr(deciding.refunding, "book_refund", with_a_new_token)
    monkeypatch.setattr(deciding, "_decide", lambda *args, **wanted: None)
    at_once([lambda by=by: deciding.approve(case=case, by=by, at=NOW) for by in people])
    assert given_back() == 2
