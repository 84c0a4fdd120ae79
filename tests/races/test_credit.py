"""The last of a company's limit goes to one of two orders; the control shows that both would have it."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Company
from olvery.shared.refusals import Refused
from orders.domain import locks
from orders.domain.booking import placing
from orders.domain.money import credit
from orders.models import Order
from tests.factories import make_company, make_location, make_manager, make_order, make_pool, make_tariff, make_user
from tests.races.guards import at_once, meet_after


def race(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Place two orders of 600 ₽ at two services for a company that may owe 1000 ₽; both are written first."""
    location, person = make_location(), make_user()
    company, manager = make_company(person, credit_limit=Decimal(1000)), make_manager(location=location)
    tariffs = [make_tariff(service=make_pool(location=location, name=name)) for name in ("Зал", "Студия")]
    meet_after(monkeypatch, placing, "_take_use", 2)
    asked = {"customer": person, "by": manager, "company_id": company.pk, "payment_method": "invoice"}
    return at_once([lambda tariff=tariff: make_order(tariff=tariff, **asked) for tariff in tariffs])


def test_one_of_two_orders_takes_the_last_of_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    results = race(monkeypatch)
    [refused] = [one for one in results if isinstance(one, Refused)]
    assert [(one.reason, one.facts) for one in refused.refusals] == [("credit_exceeded", {"left": Decimal(400)})]
    assert [order.due for order in Order.objects.all()] == [600]


def test_control_without_the_lock_both_orders_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "lock_company", lambda company_id: Company.objects.get(pk=company_id))
    meet_after(monkeypatch, credit, "credit_of", 2)
    assert all(isinstance(one, Order) for one in race(monkeypatch))
    assert [order.due for order in Order.objects.all()] == [600, 600]
