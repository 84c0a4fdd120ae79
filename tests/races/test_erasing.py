"""An order and an erasure of its customer at the same moment: one comes first and refuses the other."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Erasure, Role, User
from olvery.shared.refusals import Refused
from orders.domain.booking import placing
from orders.domain.desk import erasing
from orders.models import Order
from tests.factories import make_manager, make_member, make_order, make_tariff, make_user
from tests.moments import NOW
from tests.races.guards import TIMEOUT, at_once

WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
LATER = NOW + timedelta(minutes=1)


def race(monkeypatch: pytest.MonkeyPatch, *, order_first: bool) -> list[Any]:
    """Let one of them write, and commit only when the other has begun to wait, or is done."""
    tariff, person = make_tariff(), make_user()
    location = tariff.service.location
    manager = make_manager(location=location)
    administrator = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    asked = erasing.ask(person, at=NOW)
    written = threading.Event()
    module, name = (placing, "_issue") if order_first else (erasing, "_erase_person")
    act = getattr(module, name)

    def act_slowly(*args: Any, **wanted: Any) -> Any:
        result = act(*args, **wanted)
        written.set()
        _wait_for_somebody_who_waits()
        return result

    monkeypatch.setattr(module, name, act_slowly)

    def order() -> Any:
        order_first or written.wait(TIMEOUT)
        return make_order(tariff=tariff, customer=person, by=manager, phone="+79265550000")

    def erase() -> Any:
        not order_first or written.wait(TIMEOUT)
        return erasing.erase(asked, by=administrator, location_id=location.pk, at=LATER)

    return at_once([order, erase])


def _wait_for_somebody_who_waits() -> None:
    """Return once another transaction waits for a lock, or after a second in which none does."""
    pause = threading.Event()
    for _ in range(20):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone():
                return
        pause.wait(0.05)


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
    with _without_triggers():
        order, erased = race(monkeypatch, order_first=False)
        assert (type(order), erased, anonymous_orders()) == (Order, None, 1)


@contextmanager
def _without_triggers() -> Iterator[None]:
    def switch(how: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE orders_order {how} TRIGGER order_not_of_erased_person")
            cursor.execute(f"ALTER TABLE coworking_ticket {how} TRIGGER ticket_not_of_erased_person")

    switch("DISABLE")
    try:
        yield
    finally:
        switch("ENABLE")
