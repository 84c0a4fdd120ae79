"""The payment page in a browser: every stage is accessible, the clock ticks, the page moves on automatically."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from coworking.models import Service
from orders.models import Order
from tests.e2e.accessible import axe
from tests.e2e.desk import Desk
from tests.factories import make_order
from tests.gateways.fake import FakeGateway
from tests.orders.steps import send_all
from tests.views import pay_stages as stages
from tests.views.pay_stages import PROVIDER, STAGES, address_of

HEADING = "h1"
# Elements covered by others when the browser scrolls them into view from below, as it does on focus.
COVERED = """() => [...document.querySelectorAll("main :is(a[href], button, summary, .input)")].filter((it) => {
  it.scrollIntoView({ block: "end", behavior: "instant" });
  const { x, y, width, height } = it.getBoundingClientRect();
  const top = document.elementFromPoint(x + width / 2, y + height / 2);
  return it.checkVisibility() && height > 1 && top && !it.contains(top) && !top.contains(it);
}).map((it) => it.outerHTML.slice(0, 90))"""


@pytest.fixture
def gateway(settings: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    """The provider, in memory."""
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = "100500", "test_key"
    settings.YOOKASSA_CHECKOUT_HOSTS = ["yoomoney.ru"]
    gateway = FakeGateway(shop_id="100500", now=timezone.now)
    monkeypatch.setattr("orders.gateways.gateway", lambda: gateway)
    return gateway


def make_unpaid_order(desk: Desk) -> Order:
    tariff = desk.open_space.tariffs.get(unit="hour")
    return make_order(tariff=tariff, customer=desk.caller, by=desk.manager, at=timezone.now(), payment_method="online")


def show_provider(page: Page) -> None:
    """Answer for the provider, since the network is closed in tests."""
    shown = {"body": "<h1>Касса</h1>", "content_type": "text/html; charset=utf-8"}
    page.route(f"{PROVIDER}**", lambda route: route.fulfill(**shown))


def test_every_stage_is_accessible_quiet_and_fits_a_phone(
    page: Page, live_server: LiveServer, desk: Desk, gateway: FakeGateway, troubles: list[str]
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    Service.objects.filter(pk=desk.open_space.pk).update(capacity=len(STAGES))
    for stage, heading in STAGES.items():
        order = make_unpaid_order(desk)
        query = stage(order, gateway)
        page.goto(live_server.url + address_of(order) + query)
        expect(page.locator(HEADING)).to_contain_text(heading)
        assert axe(page) == [], stage
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, stage
    assert troubles == []


def test_a_focused_field_is_not_covered_by_the_bars_of_a_phone(
    page: Page, live_server: LiveServer, desk: Desk, gateway: FakeGateway
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    for address in (address_of(make_unpaid_order(desk)), f"/services/{desk.quiet_zone.pk}/"):
        page.goto(live_server.url + address)
        assert page.evaluate(COVERED) == []


def test_the_ring_ticks_the_last_minutes_are_said_aloud_and_at_the_end_the_page_asks_what_is_next(
    clocked: Page, live_server: LiveServer, desk: Desk, gateway: FakeGateway
) -> None:
    page = clocked
    order, said = make_unpaid_order(desk), page.get_by_role("status").and_(page.locator("[data-said]"))
    ring = page.locator(".ring text")
    Order.objects.update(deadline_at=timezone.now() + timedelta(minutes=6))
    page.goto(live_server.url + address_of(order))
    expect(ring).to_contain_text("5:")
    assert said.text_content() == ""
    page.clock.fast_forward(timedelta(minutes=1) // timedelta(milliseconds=1))
    expect(said).to_have_text("На оплату осталось 5 минут")
    expect(ring).to_contain_text("4:")
    page.clock.fast_forward(timedelta(minutes=4) // timedelta(milliseconds=1))
    expect(said).to_have_text("На оплату осталась одна минута")
    expect(ring).to_contain_text("0:")
    Order.objects.update(deadline_at=timezone.now())  # the clock of the site has not moved
    page.clock.fast_forward(timedelta(minutes=1) // timedelta(milliseconds=1))
    expect(page.locator(HEADING)).to_contain_text("Время на оплату вышло")


def test_a_starting_payment_goes_on_to_the_page_of_the_provider_by_itself(
    page: Page, live_server: LiveServer, desk: Desk, gateway: FakeGateway
) -> None:
    show_provider(page)
    order = make_unpaid_order(desk)
    stages.starting(order, gateway)
    page.goto(live_server.url + address_of(order))
    expect(page.locator(HEADING)).to_contain_text("Подключаемся")
    page.wait_for_timeout(1500)  # the worker's first pause
    send_all(gateway)
    expect(page.locator(HEADING)).to_have_text("Касса")


def test_a_payment_that_is_checked_is_shown_as_paid_by_itself(
    page: Page, live_server: LiveServer, desk: Desk, gateway: FakeGateway
) -> None:
    order = make_unpaid_order(desk)
    query = stages.checking(order, gateway)
    page.goto(live_server.url + address_of(order) + query)
    expect(page.locator(HEADING)).to_contain_text("Проверяем")
    gateway.pay(order.attempts.get().provider_id or "")
    expect(page.locator(HEADING)).to_contain_text("Оплачено")
    expect(page).to_have_title(f"Заказ {order.pk} оплачен · Olvery")


def test_the_button_is_pressed_once_and_works_again_after_coming_back(
    page: Page, live_server: LiveServer, desk: Desk, gateway: FakeGateway, troubles: list[str]
) -> None:
    order = make_unpaid_order(desk)
    page.goto(live_server.url + address_of(order))
    with page.expect_request(f"{PROVIDER}**"):  # requested but never reached: the network is closed
        page.get_by_role("button", name="Оплатить").dblclick()
    page.wait_for_function("location.protocol === 'chrome-error:'")
    page.go_back()
    with page.expect_request(f"{PROVIDER}**"):
        page.get_by_role("button", name="Оплатить").click()
    assert order.attempts.count() == 1
    assert [trouble for trouble in troubles if not trouble.startswith(PROVIDER)] == []
