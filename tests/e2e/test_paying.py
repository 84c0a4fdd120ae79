"""A customer pays by the link, at the sandbox."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from coworking.models import Tariff, Unit
from olvery.yookassa_sandbox import Sandbox
from orders.models import Order, PaymentLink
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.factories import make_order
from tests.orders.steps import seen, take

SECRET = "only-for-a-loopback-address-of-a-test"


@pytest.fixture
def sandbox(settings: Any, live_server: LiveServer, desk: Desk) -> Iterator[Sandbox]:
    """A sandbox of the provider without notifications: the return to the site must suffice."""
    with Sandbox(now=timezone.now) as sandbox:
        settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = "100500", "test_sandbox"
        settings.YOOKASSA_API_URL = sandbox.api_url
        settings.YOOKASSA_CHECKOUT_HOSTS = [sandbox.base_url.removeprefix("http://")]
        settings.YOOKASSA_WEBHOOK_SECRET = SECRET
        settings.SITE_URL = live_server.url
        yield sandbox


@pytest.fixture
def order(sandbox: Sandbox, desk: Desk) -> Order:
    """600 ₽ for a desk tomorrow, made by the manager, to be paid online."""
    tariff = Tariff.objects.get(service=desk.quiet_zone, unit=Unit.HOUR)
    return make_order(
        tariff=tariff, customer=desk.caller, by=desk.manager, at=timezone.now(), email="petrov@example.com",
        payment_method="online",
    )  # fmt: skip


def address_of(order: Order, live_server: LiveServer) -> str:
    return f"{live_server.url}/pay/{PaymentLink.objects.get(order=order).token}/"


def press_pay(page: Page, sandbox: Sandbox) -> None:
    page.get_by_role("button", name="Оплатить").click()
    page.wait_for_url(f"{sandbox.base_url}/**")
    expect(page.get_by_text("ТЕСТОВАЯ КАССА").first).to_be_visible()


def test_without_signing_in_a_declined_card_is_explained_and_the_next_attempt_pays(
    page: Page, live_server: LiveServer, sandbox: Sandbox, order: Order, troubles: list[str]
) -> None:
    page.goto(address_of(order, live_server))
    press_pay(page, sandbox)
    page.locator("#decline").click()
    expect(page.get_by_text("недостаточно", exact=False).first).to_be_visible()
    assert seen(order).status == "awaiting_payment"
    press_pay(page, sandbox)
    page.locator("#pay").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Оплачено")
    after = seen(order)
    assert (after.status, after.tickets, after.payments) == ("confirmed", ["active"], ["canceled", "succeeded"])
    assert after.letters == ["created", "paid"]
    assert troubles == []


def test_the_second_tab_presses_pay_on_its_stale_page_and_is_told_that_it_is_paid(
    context: BrowserContext, live_server: LiveServer, sandbox: Sandbox, order: Order
) -> None:
    first, second = context.new_page(), context.new_page()
    for tab in (first, second):
        tab.goto(address_of(order, live_server))
    press_pay(first, sandbox)
    first.locator("#pay").click()
    expect(first.get_by_role("heading", level=1)).to_contain_text("Оплачено")
    after = seen(order)
    second.get_by_role("button", name="Оплатить").click()
    expect(second.get_by_role("heading", level=1)).to_contain_text("Оплачено")
    assert second.url.startswith(live_server.url)
    assert (seen(order), len(sandbox.payments())) == (after, 1)
    assert (after.status, after.payments, after.refunds) == ("confirmed", ["succeeded"], [])


def test_the_second_tab_presses_pay_on_the_stale_page_of_the_provider_and_is_not_charged(
    context: BrowserContext, live_server: LiveServer, sandbox: Sandbox, order: Order
) -> None:
    first, second = context.new_page(), context.new_page()
    for tab in (first, second):
        tab.goto(address_of(order, live_server))
        press_pay(tab, sandbox)
    assert first.url == second.url
    first.locator("#pay").click()
    expect(first.get_by_role("heading", level=1)).to_contain_text("Оплачено")
    after = seen(order)
    second.locator("#pay").click()
    expect(second.locator("#final")).to_contain_text("Оплачено")
    second.locator("#return").click()
    expect(second.get_by_role("heading", level=1)).to_contain_text("Оплачено")
    assert (seen(order), len(sandbox.payments())) == (after, 1)
    assert (after.status, after.payments, after.refunds) == ("confirmed", ["succeeded"], [])


def test_the_manager_sees_the_link_live(
    page: Page, live_server: LiveServer, sandbox: Sandbox, order: Order, desk: Desk, browser: Browser
) -> None:
    customer = browser.new_page()
    customer.goto(address_of(order, live_server))
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/{order.pk}/")
    expect(page.get_by_text("Открыта")).to_be_visible()
    page.get_by_text("QR на экран").click()
    expect(page.locator("#dialog svg.qr")).to_be_visible()
    take(order, "600", by=desk.manager)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # instead of waiting for seconds
    expect(page.locator(".page-title")).to_contain_text("Оплачен")
    expect(page.locator("#dialog")).to_be_hidden()
    customer.close()
