"""A customer cancels their order."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from coworking.models import CancellationStep
from orders.models import Order, OrderEvent, Refund
from tests.factories import make_order, make_seats, make_tariff, make_user, make_visit
from tests.gateways.fake import FakeGateway
from tests.html import text_of
from tests.orders.booking.changes import ticket_of
from tests.orders.conftest import now
from tests.orders.steps import pay, take
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


@pytest.fixture
def order(client: Client, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> Order:
    """600 ₽ for Wednesday, 10 to 12; up to 24 hours before everything goes back, then a half."""
    monkeypatch.setattr("orders.gateways.gateway", lambda: gateway)
    tariff = make_tariff(service=make_seats(), name="Час", price="300")
    for hours_before, percent in ((24, 100), (0, 50)):
        CancellationStep.objects.create(service=tariff.service, hours_before=hours_before, percent=percent)
    order = make_order(tariff=tariff, customer=make_user(), payment_method="online")
    client.force_login(order.customer)
    return order


def page(client: Client, order: Order) -> str:
    return text_of(client.get(f"/my/orders/{order.pk}/cancel/").content.decode()).replace("\u00a0", " ")


def test_the_refund_is_shown_first_and_then_made(client: Client, order: Order, gateway: FakeGateway) -> None:
    pay(order, gateway)
    assert "Вам вернётся 600 ₽" in page(client, order)
    answer = client.post(f"/my/orders/{order.pk}/cancel/", {"shown": "600.00", "reason": "Заболел"})
    order.refresh_from_db()
    event = OrderEvent.objects.filter(kind="status_changed").latest("pk")
    assert (answer.status_code, answer["Location"]) == (302, f"/my/orders/{order.pk}/")
    assert (order.status, event.by, event.reason) == ("cancelled", order.customer, "Заболел")
    assert Refund.objects.get().amount == Decimal(600)


def test_an_order_without_money_is_cancelled_without_a_word(client: Client, order: Order) -> None:
    assert "Заказ не был оплачен" in page(client, order)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    client.post(f"/my/orders/{order.pk}/cancel/", {"shown": "0.00", "reason": ""})
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert OrderEvent.objects.filter(kind="status_changed").latest("pk").reason == "Отменил заказчик"


def test_a_sum_that_is_another_meanwhile_is_shown_before_anything_is_done(
    client: Client, order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    clock.shift(2 * HOUR)  # less than a day is left
    before = saved_rows()
    answer = client.post(f"/my/orders/{order.pk}/cancel/", {"shown": "600.00", "reason": "Заболел"})
    html = answer.content.decode().replace("\u00a0", " ")
    assert (answer.status_code, saved_rows()) == (422, before)
    assert "теперь вернётся 300 ₽" in html
    assert 'name="shown" value="300.00"' in html
    assert "Заболел" in html


@pytest.mark.parametrize("shown", ["", "много", "601"])
def test_junk_cancels_nothing(client: Client, order: Order, gateway: FakeGateway, shown: str) -> None:
    pay(order, gateway)
    before = saved_rows()
    assert client.post(f"/my/orders/{order.pk}/cancel/", {"shown": shown}).status_code == 422
    assert saved_rows() == before


def test_customers_do_not_cancel_orders_that_have_begun(
    client: Client, order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    clock.move_to(order.period.start)
    before = saved_rows()
    assert client.get(f"/my/orders/{order.pk}/cancel/").status_code == 302
    answer = client.post(f"/my/orders/{order.pk}/cancel/", {"shown": "0.00"})
    assert (answer.status_code, saved_rows()) == (422, before)
    assert f"/my/orders/{order.pk}/cancel/" not in client.get(f"/my/orders/{order.pk}/").content.decode()


def test_what_somebody_has_come_on_early_is_not_cancelled_alone(
    client: Client, order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    clock.move_to(order.period.start - QUARTER)
    assert client.get(f"/my/orders/{order.pk}/cancel/").status_code == 200
    make_visit(ticket=ticket_of(order), at=now())
    before = saved_rows()
    assert client.get(f"/my/orders/{order.pk}/cancel/").status_code == 302
    answer = client.post(f"/my/orders/{order.pk}/cancel/", {"shown": "300.00"})
    assert (answer.status_code, saved_rows()) == (422, before)
    assert "Бронирование уже началось" in answer.content.decode()


def test_money_from_the_desk_waits_for_a_person(client: Client, order: Order) -> None:
    take(order, "600", by=order.created_by)
    client.post(f"/my/orders/{order.pk}/cancel/", {"shown": "600.00"})
    assert not Refund.objects.exists()
    assert list(order.cases.values_list("kind", "amount")) == [("refund_due", Decimal(600))]  # type: ignore[attr-defined]


def test_pressing_twice_cancels_once(client: Client, order: Order, gateway: FakeGateway) -> None:
    pay(order, gateway)
    codes = [client.post(f"/my/orders/{order.pk}/cancel/", {"shown": "600.00"}).status_code for _twice in range(2)]
    assert codes == [302, 422]
    assert Refund.objects.count() == 1
