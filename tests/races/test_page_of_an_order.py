"""An order's page takes several queries: money that moves between two of them is shown once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from accounts.models import User
from orders.domain.desk.cancelling import cancel_order
from orders.domain.queries import order_money
from orders.models import Order
from orders.views.order import order_page
from tests.gateways.fake import FakeGateway
from tests.moments import NOW
from tests.orders.steps import send_all
from tests.races.guards import TIMEOUT
from tests.races.paying import pay

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


@pytest.fixture
def cancelled(order: Order, gateway: FakeGateway, managers: list[User]) -> Order:
    """A cancelled order whose money is on its way back."""
    pay(order, gateway)
    cancel_order(order.pk, by=managers[0], reason="Заболел", at=NOW, gateway=gateway)
    return order


def page_while_the_money_goes_back(
    client: Client, order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Open the page; the refund is confirmed between the query of its balance and the next."""
    read = order_money.balance_of

    def money_goes_back() -> None:
        send_all(gateway)
        connections.close_all()

    def move_after_reading(asked: Order) -> Any:
        balance = read(asked)
        thread = threading.Thread(target=money_goes_back)
        thread.start()
        thread.join(TIMEOUT)
        return balance

    monkeypatch.setattr(order_money, "balance_of", move_after_reading)
    return client.get(f"/manage/orders/{order.pk}/").context["money"]


def test_money_that_goes_back_meanwhile_is_shown_once(
    client: Client, cancelled: Order, gateway: FakeGateway, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(managers[0])
    money = page_while_the_money_goes_back(client, cancelled, gateway, monkeypatch)
    assert (money.balance.returning, money.balance.returned, money.balance.excess) == (600, 0, 0)
    assert [refund.status for refund in money.refunds] == ["requested"]


def test_control_read_at_several_moments_the_money_is_on_its_way_and_gone(
    client: Client, cancelled: Order, gateway: FakeGateway, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def many_moments() -> Iterator[None]:
        yield

    monkeypatch.setattr(order_page, "consistent_snapshot", many_moments)
    client.force_login(managers[0])
    money = page_while_the_money_goes_back(client, cancelled, gateway, monkeypatch)
    assert money.balance.returning == 600
    assert [refund.status for refund in money.refunds] == ["succeeded"]
