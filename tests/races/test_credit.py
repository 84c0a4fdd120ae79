"""The last of a company's limit goes to one of two orders; the control shows that both would have it.

A limit that is removed at the moment of an order also applies to it.
"""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Company
from coworking.domain.catalogue import tariffs_on_sale
from coworking.models import Location, PaymentMethod, Tariff
from olvery.shared.refusals import Refused
from orders.domain import locks
from orders.domain.booking import placing
from orders.domain.booking.self_service import place_own_order
from orders.domain.booking.wish import Booker
from orders.domain.desk.companies import change_company
from orders.domain.money import credit
from orders.models import Order
from tests.factories import (
    make_company,
    make_location,
    make_manager,
    make_order,
    make_pool,
    make_tariff,
    make_user,
    make_wish,
)
from tests.moments import NOW
from tests.races.guards import TIMEOUT, at_once, hold_until_another_waits, meet_after


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


def lose_the_limit(monkeypatch: pytest.MonkeyPatch, *, by_customer: bool) -> Any:
    """Remove the limit of a company after an order of 600 ₽ on account was written; return the outcome."""
    location, person = make_location(), make_user()
    tariff = make_tariff(service=make_pool(location=location, payment_methods=list(PaymentMethod.values)))
    company, manager = make_company(person, credit_limit=Decimal(1000)), make_manager(location=location)
    written = hold_until_another_waits(monkeypatch, placing, "_take_use")
    asked = {"customer": person, "company_id": company.pk, "payment_method": "invoice"}

    def order() -> Order:
        return place_own(tariff, location, asked) if by_customer else make_order(tariff=tariff, by=manager, **asked)

    def lose() -> int:
        assert written.wait(TIMEOUT)
        seen = {"seen": 10**9, "zone": location.zone}
        return change_company(company.pk, values={"credit_limit": None}, **seen, by=manager, at=NOW)

    result, changed = at_once([order, lose])
    assert (changed, Company.objects.get().credit_limit) == (1, None)
    return result


def place_own(tariff: Tariff, location: Location, asked: dict[str, Any]) -> Order:
    booker, tariffs = Booker.customer(asked["customer"], location), tariffs_on_sale(location, at=NOW)
    return place_own_order(make_wish(tariff=tariff, **asked), booker=booker, at=NOW, tariffs=tariffs)


def test_a_customer_orders_nothing_by_invoice_once_the_limit_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = lose_the_limit(monkeypatch, by_customer=True)
    assert isinstance(refused, Refused), refused
    assert [(one.reason, one.field) for one in refused.refusals] == [("method_not_offered", "payment_method")]
    assert not Order.objects.exists()


def test_a_manager_decides_about_an_invoice_without_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    order = lose_the_limit(monkeypatch, by_customer=False)
    assert (order.payment_method, order.status, order.due) == ("invoice", "confirmed", 600)
    assert list(Order.objects.all()) == [order]


def test_control_without_the_look_at_the_limit_the_customer_orders_by_invoice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "hold_to_limits", lambda more: True)
    order = lose_the_limit(monkeypatch, by_customer=True)
    assert (order.payment_method, order.status, order.due) == ("invoice", "confirmed", 600)
