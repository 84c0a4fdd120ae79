"""An order and an erasure of its customer at the same moment: one comes first and refuses the other."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Erasure, Role, User
from olvery.shared.refusals import Refused
from orders.domain.booking import placing
from orders.domain.desk import erasing
from orders.models import Order
from tests.factories import make_manager, make_member, make_order, make_tariff, make_user
from tests.moments import NOW
from tests.races.guards import TIMEOUT, at_once, hold_until_another_waits, without_trigger

LATER = NOW + timedelta(minutes=1)


def race(monkeypatch: pytest.MonkeyPatch, *, order_first: bool) -> list[Any]:
    """Let one of them write, and commit only when the other has begun to wait, or is done."""
    tariff, person = make_tariff(), make_user()
    location = tariff.service.location
    manager = make_manager(location=location)
    administrator = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    asked = erasing.ask(person, at=NOW)
    module, name = (placing, "_issue") if order_first else (erasing, "_erase_person")
    written = hold_until_another_waits(monkeypatch, module, name)

    def order() -> Any:
        order_first or written.wait(TIMEOUT)
        return make_order(tariff=tariff, customer=person, by=manager, phone="+79265550000")

    def erase() -> Any:
        not order_first or written.wait(TIMEOUT)
        return erasing.erase(asked, by=administrator, location_id=location.pk, at=LATER)

    return at_once([order, erase])


def anonymous_orders() -> int:
    return Order.objects.filter(customer__erased_at__isnull=False).count()


def test_an_order_that_comes_first_refuses_the_erasure(monkeypatch: pytest.MonkeyPatch) -> None:
    order, erased = race(monkeypatch, order_first=True)
    assert (type(order), type(erased)) == (Order, Refused)
    assert (Erasure.objects.get().done_at, anonymous_orders()) == (None, 0)
    assert User.objects.get(pk=order.customer_id).email


def test_an_erasure_that_comes_first_refuses_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    order, erased = race(monkeypatch, order_first=False)
    assert (isinstance(order, Refused), erased) == (True, None)
    assert (Erasure.objects.get().done_at, Order.objects.count()) == (LATER, 0)


def test_control_without_guards_somebody_anonymous_has_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "versions_of", lambda *args, **wanted: [])
    with (
        without_trigger("orders_order", "order_not_of_erased_person"),
        without_trigger("coworking_ticket", "ticket_not_of_erased_person"),
    ):
        order, erased = race(monkeypatch, order_first=False)
        assert (type(order), erased, anonymous_orders()) == (Order, None, 1)
