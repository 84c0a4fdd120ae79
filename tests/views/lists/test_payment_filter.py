"""The money in the list of orders: filters and badges agree with the balance of every order."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from coworking.models import PaymentMethod, Tariff
from orders.domain.desk.cash import correct_entry
from orders.domain.money.balance import balance_in, with_sums
from orders.domain.money.ledger import enter
from orders.domain.money.summary import store_summaries, wrong_summaries
from orders.domain.online.expiry import expire_overdue
from orders.models import EntryKind, LedgerEntry, Order, PaymentStatus
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff
from tests.gateways.fake import FakeGateway
from tests.once import once
from tests.orders.conftest import SHOP
from tests.orders.steps import cancel, give_back, look, pay, press_pay, refund, send_all, take
from tests.views.lists.test_lists import found

pytestmark = pytest.mark.django_db


NIGHT, HOUR = timedelta(hours=23, minutes=50), timedelta(minutes=55)


class Desk:
    """Makes orders in every state that money can bring them into."""

    def __init__(self, tariff: Tariff, manager: User, gateway: FakeGateway) -> None:
        self.tariff, self.manager, self.gateway = tariff, manager, gateway

    def order(self, method: str = "on_site", **wanted: Any) -> Order:
        """Return a new order of 600 ₽."""
        return make_order(tariff=self.tariff, by=self.manager, payment_method=method, at=timezone.now(), **wanted)

    def taken(self, amount: str = "600") -> Order:
        """Return an order with money taken at the desk."""
        order = self.order()
        take(order, amount, by=self.manager)
        return order

    def paid(self) -> Order:
        """Return an order that was paid online."""
        order = self.order("online")
        pay(order, self.gateway)
        return order

    def corrected(self, order: Order, right: str, *, kind: str = "charge") -> Order:
        """Correct the order's entry of a kind."""
        entry = order.entries.get(kind=kind)
        at, by = timezone.now(), self.manager
        correct_entry(entry.pk, Decimal(right), reason="Опечатка", token=uuid4(), by=by, at=at)
        return order

    def corrected_beyond_cost(self, order: Order) -> Order:
        """Correct the order's entry to 700 ₽, as earlier versions did."""
        entry, at = order.entries.get(), timezone.now()
        enter(
            LedgerEntry(
                order=order,
                kind=EntryKind.CORRECTION,
                method=entry.method,
                amount=Decimal(100),
                at=at,
                recorded_at=at,
                reason="Опечатка",
                by=self.manager,
                corrects=entry,
            )
        )
        return order

    def cancelled(self, order: Order, *, returned: str | None = None) -> Order:
        """Cancel an order; what goes back online is on its way."""
        cancel(order, self.gateway, by=self.manager, returned=returned)
        return order

    def given_back(self, order: Order, amount: str) -> Order:
        """Give money back by hand."""
        give_back(order, amount, by=self.manager)
        return order

    def returned_online(self, amount: str) -> Order:
        """Return an order with a refund through the provider."""
        order = self.paid()
        refund(order, self.gateway, amount, by=self.manager)
        send_all(self.gateway)
        return order

    def pressed(self) -> Order:
        """Return an order whose customer is at the provider's page."""
        order = self.order("online")
        press_pay(order, self.gateway)
        return order

    def declined(self) -> Order:
        """Return an order whose payment was declined."""
        order = self.pressed()
        attempt = order.attempts.get()
        self.gateway.decline(attempt.provider_id or "", "insufficient_funds")
        look(attempt, self.gateway)
        return order


@pytest.fixture(scope="module")
def _sold(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[], tuple[Tariff, User]]]:
    yield from once(django_db_blocker, make_orders)


@pytest.fixture
def cash(_sold: Callable[[], tuple[Tariff, User]], db: None, clock: time_machine.Coordinates, client: Client) -> Desk:
    """A desk with an order in every state, a day after the first of them, whose manager is signed in."""
    clock.shift(NIGHT + HOUR)
    tariff, manager = _sold()
    client.force_login(manager)
    return Desk(tariff, manager, FakeGateway(shop_id=SHOP, now=timezone.now, first_number=1000))


@override_settings(YOOKASSA_SHOP_ID=SHOP)
def make_orders() -> tuple[Tariff, User]:
    """Save an order in every state; return what was sold and by whom."""
    location = make_location()
    tariff = make_tariff(service=make_pool(location=location, capacity=100), price="300")
    manager = make_manager(location=location)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        bring_into_every_state(Desk(tariff, manager, FakeGateway(shop_id=SHOP, now=timezone.now)), clock)
    return tariff, manager


def bring_into_every_state(cash: Desk, clock: time_machine.Coordinates) -> None:
    cash.order("online")
    late = cash.order("online")
    clock.shift(NIGHT)
    press_pay(late, cash.gateway)
    clock.shift(HOUR)
    assert expire_overdue(cash.gateway, timezone.now()) == 2
    make_late_payment(cash, late)
    cash.order()
    cash.order("invoice")
    cash.order("online")
    cash.pressed()
    cash.declined()
    cash.taken()
    cash.taken("1")
    cash.paid()
    cash.corrected(cash.taken(), "0")
    cash.corrected_beyond_cost(cash.taken())
    cash.corrected(cash.taken(), "500")
    cash.cancelled(cash.order())
    cash.cancelled(cash.order("online"))
    cash.cancelled(cash.pressed())
    cash.cancelled(cash.taken(), returned="0")
    cash.cancelled(cash.taken(), returned="600")
    cash.cancelled(cash.paid(), returned="100")
    cash.cancelled(cash.taken("200"), returned="200")
    cash.given_back(cash.taken(), "600")
    cash.given_back(cash.taken(), "1")
    cash.corrected(cash.given_back(cash.taken(), "100"), "0", kind="refund")
    cash.given_back(cash.cancelled(cash.taken(), returned="250"), "250")
    cash.returned_online("600")
    cash.returned_online("100")
    cash.cancelled(cash.returned_online("100"))
    free = make_tariff(service=cash.tariff.service, price="0")
    make_order(tariff=free, by=cash.manager, payment_method="", at=timezone.now())


def make_orders_paid_otherwise(cash: Desk) -> None:
    """Save orders paid by a method other than booked, or by two methods."""
    for booked, taken in (("online", "600"), ("online", "200"), ("invoice", "600")):
        take(cash.order(booked), taken, by=cash.manager)
    both = cash.order("online")
    take(both, "200", by=cash.manager)
    pay(both, cash.gateway)


def make_late_payment(cash: Desk, order: Order) -> None:
    """Let an expired order be paid after its time has begun, so that the money goes back."""
    attempt = order.attempts.get()
    cash.gateway.pay(attempt.provider_id or "")
    look(attempt, cash.gateway)
    send_all(cash.gateway)


def test_orders_in_every_state_are_filled_in_bulk(cash: Desk) -> None:
    spoiled = Order.objects.update(total=1, paid=2, due=3, payment_status="unpaid", paid_by=["free"])
    assert len(list(wrong_summaries(Order.objects.all()))) == spoiled
    store_summaries(Order.objects.all())
    assert list(wrong_summaries(Order.objects.all())) == []


def test_the_filter_agrees_with_the_status_of_orders_in_every_state(client: Client, cash: Desk) -> None:
    orders = list(with_sums(Order.objects.order_by("-pk")))
    expected: dict[str, list[int]] = defaultdict(list)
    for order in orders:
        expected[balance_in(order).payment_status].append(order.pk)
    assert set(expected) == set(PaymentStatus)

    for status in PaymentStatus:
        assert found(client, payment=status) == expected[status], status
    assert found(client, payment=list(PaymentStatus)) == [order.pk for order in orders]
    two = [PaymentStatus.PAID, PaymentStatus.UNPAID]
    assert found(client, payment=two) == sorted(expected["paid"] + expected["unpaid"], reverse=True)
    assert found(client, payment="junk") == [order.pk for order in orders]
    assert list(wrong_summaries(Order.objects.all())) == []
    both = found(client, payment="unpaid", status="confirmed")
    assert both == [order.pk for order in orders if (order.payment_status, order.status) == ("unpaid", "confirmed")]


def test_the_filter_by_method_finds_the_orders_that_say_so(client: Client, cash: Desk) -> None:
    make_orders_paid_otherwise(cash)
    said = {
        order.pk: {str(one) for one in balance_in(order).paid_by or [order.payment_method]}
        for order in with_sums(Order.objects.order_by("-pk"))
    }
    assert {"online", "on_site"} in said.values()

    for method in PaymentMethod.values:
        expected = [pk for pk, methods in said.items() if method in methods]
        assert found(client, method=method) == expected != [], method
    two = ["online", "free"]
    assert found(client, method=two) == [pk for pk, methods in said.items() if methods & {*two}]
    paid = found(client, method="online", payment="paid")
    statuses = dict(Order.objects.values_list("pk", "payment_status"))
    assert paid == [pk for pk, methods in said.items() if "online" in methods and statuses[pk] == "paid"] != []
