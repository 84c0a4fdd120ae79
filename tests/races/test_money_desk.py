"""Managers who press the same button of the money desk at the same moment."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from orders.domain.desk import case_actions
from orders.domain.desk.case_actions import refund_again, settle
from orders.domain.money.balance import balance_of
from orders.domain.money.cases import CaseClosed, open_case
from orders.domain.money.ledger import lower_cost
from orders.models import CaseKind, MoneyCase, ProviderRequest, Refund
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff
from tests.gateways.fake import FakeGateway
from tests.moments import NOW
from tests.orders.steps import pay
from tests.races.guards import at_once

PRESSES = 4
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_ENVIRONMENT = "100500", "test"
    settings.YOOKASSA_CHECKOUT_HOSTS = ["yoomoney.ru"]


def failed_refund() -> tuple[MoneyCase, list[User], FakeGateway]:
    """Save a paid order whose refund of 100 ₽ did not go through, and the managers who see it."""
    gateway, location = FakeGateway(now=timezone.now), make_location()
    managers = [make_manager(location=location) for _ in range(PRESSES)]
    tariff = make_tariff(service=make_pool(location=location))
    attempt = pay(make_order(tariff=tariff, by=managers[0], payment_method="online"), gateway)
    lower_cost(attempt.order, Decimal(100), reason="Уступка")
    refund = Refund.objects.create(attempt=attempt, amount=Decimal(100), source="staff", status="canceled")
    open_case(CaseKind.REFUND_FAILED, at=NOW, order=attempt.order, refund=refund, amount=refund.amount)
    return MoneyCase.objects.get(), managers, gateway


def press_at_once() -> list[Any]:
    case, managers, gateway = failed_refund()
    presses = [lambda by=by: refund_again(case=case, by=by, gateway=gateway, at=NOW) for by in managers]
    return at_once(presses)


def asked_again() -> int:
    return Refund.objects.filter(status="requested").count()


def test_managers_who_return_at_once_return_once() -> None:
    results = press_at_once()
    kinds = sorted(type(result).__name__ for result in results)
    assert kinds == ["CaseClosed"] * (PRESSES - 1) + ["Refund"]
    assert asked_again() == ProviderRequest.objects.filter(refund__isnull=False).count() == 1
    assert MoneyCase.objects.get().closed_by == Refund.objects.get(status="requested").requested_by


def test_control_when_nobody_closes_the_case_or_counts_the_money_every_press_is_a_refund(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(case_actions, "close_by_hand", lambda case, **wanted: None)
    monkeypatch.setattr(case_actions, "balance_of", lambda order: replace(balance_of(order), paid=Decimal(5000)))
    press_at_once()
    assert asked_again() == PRESSES


def test_managers_who_settle_at_once_leave_one_note() -> None:
    case, managers, _gateway = failed_refund()
    notes = [lambda by=by: settle(case=case, resolution=f"Решил {by.pk}", by=by, at=NOW) for by in managers]
    results = at_once(notes)
    assert sorted(isinstance(result, CaseClosed) for result in results) == [False] + [True] * (PRESSES - 1)
    case.refresh_from_db()
    assert case.closed_by is not None
    assert case.resolution == f"Решил {case.closed_by.pk}"
