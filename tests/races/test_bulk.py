"""Two workers carry out one action: each order has its turn once."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from orders.domain import locks
from orders.domain.desk import bulk
from orders.domain.desk.bulk_plan import Shown
from orders.models import BulkAction, BulkItem, BulkKind, BulkState, Order
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff
from tests.moments import NOW
from tests.races.guards import TIMEOUT, at_once, until_another_waits


@pytest.fixture
def manager() -> User:
    return make_manager(location=make_location())


def carried_out_twice(manager: User, monkeypatch: pytest.MonkeyPatch, wait: Callable[[], Any]) -> list[int]:
    """Let two workers carry out an action of one order at once; return for which orders something was done.

    Whoever has done it waits for the other.
    """
    location, done = manager.memberships.get().location, list[int]()
    order = make_order(tariff=make_tariff(service=make_pool(location=location)), by=manager)

    def do(item: BulkItem, **_facts: Any) -> None:
        done.append(item.order_id)
        wait()

    monkeypatch.setattr(bulk, "_do", do)
    action = bulk.ask(
        BulkKind.LINK, [Shown(order.pk, order.total)], token=uuid4(), by=manager, location=location, language="ru"
    )
    assert at_once([lambda: bulk.carry_out(action.pk, word=str, gateway=None, at=NOW)] * 2) == [None, None]
    assert list(BulkItem.objects.values_list("order", "state")) == [(order.pk, BulkState.DONE)]
    return done


def test_two_workers_do_it_once(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert carried_out_twice(manager, monkeypatch, until_another_waits) == [Order.objects.get().pk]


def test_control_without_the_lock_two_workers_do_it_twice(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "lock_bulk_item", lambda pk: BulkItem.objects.select_related("action__by").get(pk=pk))
    both = threading.Barrier(2)
    assert carried_out_twice(manager, monkeypatch, lambda: both.wait(TIMEOUT)) == [Order.objects.get().pk] * 2


def test_one_form_sent_twice_at_once_is_one_action(manager: User) -> None:
    location, token = manager.memberships.get().location, uuid4()
    order = make_order(tariff=make_tariff(service=make_pool(location=location)), by=manager)
    facts: dict[str, Any] = {"token": token, "by": manager, "location": location, "language": "ru"}
    actions = at_once([lambda: bulk.ask(BulkKind.LINK, [Shown(order.pk, order.total)], **facts)] * 4)
    assert actions == [BulkAction.objects.get()] * 4
    assert BulkItem.objects.count() == 1
