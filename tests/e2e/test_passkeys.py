"""A passkey in a real browser: the only place that makes one."""

from typing import Any

from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.factories import make_location, make_manager

PASSWORD = "olvery-demo"
REFUSE_ONCE = """name => {
  const asked = navigator.credentials[name].bind(navigator.credentials);
  navigator.credentials[name] = () => {
    navigator.credentials[name] = asked;
    return Promise.reject(new DOMException("cancelled", "NotAllowedError"));
  };
}"""
# The first request is not answered until the page is told to: a second press meanwhile asks for nothing.
COUNT_REQUESTS = """name => {
  const asked = navigator.credentials[name].bind(navigator.credentials);
  window.requests = 0;
  navigator.credentials[name] = async options => {
    window.requests += 1;
    await new Promise(resolve => (window.goOn = resolve));
    return asked(options);
  };
}"""


def test_a_passkey_is_added_and_signs_in_after_a_device_has_refused(
    page: Page, live_server: LiveServer, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = True
    cache.clear()
    person = make_manager(location=make_location(), password=PASSWORD)
    site = live_server.url.replace("127.0.0.1", "localhost")  # an IP address has no passkeys
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": kind})

    page.goto(f"{site}/manage/orders/")
    sign_in(page, person.email or "")
    page.get_by_role("link", name="Добавить").click()
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Подтвердить").click()
    page.get_by_label("Название, чтобы различать ключи").fill("Ноутбук")
    page.wait_for_load_state()  # the script asks the device
    press_after_a_refusal(page, "Добавить ключ", "create")
    expect(page.get_by_role("heading", name="Коды восстановления")).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{site}/manage/orders/")
    sign_in(page, person.email or "")
    press_after_a_refusal(page, "Войти ключом доступа", "get")
    expect(page).to_have_url(f"{site}/manage/orders/")


def press_after_a_refusal(page: Page, name: str, way: str) -> None:
    """Press the button while the device refuses, again on the same page, and once more before it answers."""
    button, told = page.get_by_role("button", name=name), page.locator("#passkey-refused")
    page.evaluate(REFUSE_ONCE, way)
    button.click()
    expect(told).to_be_visible()
    page.evaluate(COUNT_REQUESTS, way)
    button.click()
    expect(told).to_be_hidden()
    button.click()
    assert page.evaluate("requests") == 1
    expect(told).to_be_hidden()
    page.evaluate("goOn()")


def sign_in(page: Page, email: str) -> None:
    page.locator("#id_login").fill(email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
