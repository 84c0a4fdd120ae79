"""A promo code by keys, on a phone and at the desk."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from orders.models import Order
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.factories import make_promo_code
from tests.moments import WEDNESDAY


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size({"width": 390, "height": 844})
    return page


def test_a_customer_types_a_code_and_pays_less(
    phone: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    make_promo_code(location=desk.quiet_zone.location)
    sign_in(phone, desk.caller, live_server.url)
    chosen = f"day={WEDNESDAY.isoformat()}&start=10:00&end=12:00&payment_method=on_site"
    phone.goto(f"{live_server.url}/services/{desk.quiet_zone.pk}/?{chosen}")
    phone.locator("#promo-more").focus()
    phone.keyboard.press("Enter")
    phone.keyboard.press("Tab")
    phone.keyboard.type("нет такого")
    phone.keyboard.press("Enter")
    expect(phone.locator("#promo_code_error")).to_contain_text("Такого промокода здесь нет.")
    expect(phone.locator("#promo_code")).to_be_focused()
    phone.locator("#promo_code").fill("весна 10")
    phone.keyboard.press("Enter")
    expect(phone.locator("#summary .sum")).to_contain_text("540\u00a0₽")
    expect(phone.locator("#promo_code_error")).to_have_count(0)
    assert phone.locator("html").evaluate("page => page.scrollWidth") <= 390
    phone.get_by_role("button", name="Забронировать").click()
    phone.wait_for_url("**/my/orders/*/")
    order = Order.objects.get()
    assert (order.total, order.promo_code.code if order.promo_code else "") == (540, "ВЕСНА-10")
    assert troubles == []
