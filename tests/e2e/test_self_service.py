"""A customer books alone, on a phone."""

import gzip
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from coworking.models import Photo
from orders.models import Order
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.factories import make_promo_code
from tests.pictures import make_detailed_pictures

MOST_TAPS = 12
MOST_KILOBYTES = 60  # of the first page, before anybody scrolls
BYTES_OF_HEADERS = 400  # of an answer
PRESSED_TWICE = "button => (button.click(), button.click(), [button.textContent, button.ariaDisabled])"


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size({"width": 390, "height": 844})
    return page


def test_two_hours_pressed_before_an_answer_are_both_chosen(
    phone: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    sign_in(phone, desk.caller, live_server.url)
    phone.goto(f"{live_server.url}/services/{desk.quiet_zone.pk}/?day=2026-11-25")
    phone.evaluate("() => ['at-10', 'at-12'].forEach(id => document.getElementById(id).click())")
    expect(phone.locator(".span-text b")).to_have_text("10:00–13:00")
    expect(phone.locator("#summary")).to_contain_text("900\u00a0₽")
    phone.locator("#at-14").click()
    expect(phone.locator(".span-text b")).to_have_text("14:00–15:00")
    phone.route("**/services/*/?*", lambda route: route.abort())
    phone.locator("#at-16").click()
    expect(phone.locator("#toasts")).to_contain_text("Сервер не ответил")
    phone.unroute_all()
    phone.locator("#at-16").click()  # again, not once more
    expect(phone.locator(".span-text b")).to_have_text("14:00–17:00")


def test_what_is_typed_before_an_answer_stays_and_is_told_when_its_field_is_left(
    phone: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    make_promo_code(location=desk.quiet_zone.location)
    sign_in(phone, desk.caller, live_server.url)
    phone.goto(f"{live_server.url}/services/{desk.quiet_zone.pk}/?day=2026-11-25&payment_method=on_site")
    phone.locator("#promo-more").click()
    held: list[Route] = []
    phone.route("**/services/*/?*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright writes to it
    with phone.expect_request("**/services/*/?*"):
        phone.locator("#at-10").click()
    code = phone.locator("#promo_code")
    code.press_sequentially("весна")
    held[0].continue_()
    phone.unroute_all()
    expect(phone.locator(".span-text b")).to_have_text("10:00–11:00")
    expect(code).to_have_value("весна")
    expect(code).to_be_focused()
    phone.keyboard.type(" 10")
    phone.keyboard.press("Tab")
    expect(phone.locator("#summary .sum")).to_contain_text("270\u00a0₽")
    expect(code).to_have_value("весна 10")
    assert troubles == []


def test_nothing_is_booked_before_the_summary_says_what_is_chosen(
    phone: Page, live_server: LiveServer, desk: Desk
) -> None:
    sign_in(phone, desk.caller, live_server.url)
    chosen = "day=2026-11-25&start=10:00&end=11:00&payment_method=on_site"
    phone.goto(f"{live_server.url}/services/{desk.quiet_zone.pk}/?{chosen}")
    held: list[Route] = []
    phone.route("**/services/*/?*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright writes to it
    book, friday = phone.get_by_role("button", name="Забронировать"), phone.locator("label:has(#day-2026-11-27)")
    with phone.expect_request("**/services/*/?*"):
        friday.click()
    book.click()
    held[0].abort()  # the connection drops
    expect(phone.locator("#toasts")).to_contain_text("Сервер не ответил")
    phone.unroute_all()
    with phone.expect_response("**/services/*/?*day=2026-11-27*"):
        book.click()
    expect(phone.locator("#summary .sub")).to_contain_text("27 ноября")
    assert not Order.objects.exists()
    book.click()
    phone.wait_for_url("**/my/orders/*/")
    assert f"{Order.objects.get().period.start:%d.%m}" == "27.11"


def test_the_minutes_of_a_time_are_typed_one_field_after_the_other(
    phone: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    sign_in(phone, desk.caller, live_server.url)
    phone.goto(f"{live_server.url}/services/{desk.quiet_zone.pk}/?day=2026-11-25&payment_method=on_site")
    phone.locator("#time-more").click()
    phone.locator("#start").fill("10:30")
    with phone.expect_response("**/services/*/?*"):
        phone.keyboard.press("Tab")
    expect(phone.locator("#summary [name=start]")).to_have_value("10:30")  # which was in the answer
    expect(phone.locator("#end")).to_be_focused()
    phone.keyboard.type("12")
    phone.keyboard.press("Tab")
    expect(phone.locator(".span-text b")).to_have_text("10:30–12:00")
    assert troubles == []


def test_a_known_customer_books_with_few_taps(
    phone: Page, live_server: LiveServer, desk: Desk, troubles: list[str], settings: Any
) -> None:
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = "100500", "test_sandbox"
    taps = 0

    def tap(text: str, role: str = "button") -> None:
        nonlocal taps
        taps += 1
        phone.get_by_role(role, name=text).first.click()  # type: ignore[arg-type]

    sign_in(phone, desk.caller, live_server.url)
    phone.goto(f"{live_server.url}/my/orders/")
    tap("Услуги", "link")
    tap("Завтра", "link")
    tap("Тихая зона", "link")
    tap("10:00")
    expect(phone.locator(".span-text b")).to_have_text("10:00–11:00")
    tap("12:00")
    expect(phone.locator(".span-text b")).to_have_text("10:00–13:00")
    taps += 1
    phone.locator("label.choice", has_text="Онлайн").click()
    expect(phone.locator("#summary")).to_contain_text("900\u00a0₽")
    assert phone.locator("html").evaluate("page => page.scrollWidth") <= 390
    taps += 1
    assert phone.get_by_role("button", name="Оплатить").evaluate(PRESSED_TWICE) == ["Сохраняем", "true"]
    phone.wait_for_url("**/pay/*/")
    expect(phone.get_by_role("button", name="Оплатить")).to_be_enabled()
    order = Order.objects.get()
    assert (order.customer, order.total, order.status) == (desk.caller, 900, "awaiting_payment")
    assert taps <= MOST_TAPS
    assert troubles == []


def test_the_first_page_is_light_and_its_menu_comes_when_it_is_opened(
    phone: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    owners: list[dict[str, Any]] = [{"location": desk.quiet_zone.location}] * 3
    owners += [{"service": desk.quiet_zone}, {"service": desk.open_space}]
    for owner, picture in zip(owners, make_detailed_pictures(len(owners)), strict=True):
        Photo.objects.create(picture=picture, alt="Зал", **owner)
    sign_in(phone, desk.caller, live_server.url)
    screen = {"width": 390, "height": 844, "deviceScaleFactor": 3, "mobile": True}
    phone.context.new_cdp_session(phone).send("Emulation.setDeviceMetricsOverride", screen)
    phone.goto(f"{live_server.url}/services/", wait_until="networkidle")
    sent = _sent(phone)
    assert sum(path.startswith("/pictures/") for path in sent) == len(owners)
    assert sum(sent.values()) <= MOST_KILOBYTES * 1024, sent
    phone.get_by_role("button", name="Ещё").click()
    expect(phone.locator("#me")).to_contain_text("Мой профиль")
    assert troubles == []


def _sent(page: Page) -> dict[str, int]:
    """Return the size of the page and of what it loaded, compressed and with headers, by path."""
    loaded = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    found = {}
    for url in {page.url, *loaded}:
        body = page.request.get(url).body()
        size = len(body) if url.endswith(".webp") else len(gzip.compress(body))
        found[urlsplit(url).path] = size + BYTES_OF_HEADERS
    return found


def test_keys_alone_choose_a_time_and_keep_the_place_on_the_page(
    phone: Page, live_server: LiveServer, desk: Desk
) -> None:
    sign_in(phone, desk.caller, live_server.url)
    phone.goto(f"{live_server.url}/services/{desk.quiet_zone.pk}/")
    first = phone.locator(".hours button:enabled").first
    clock = first.locator("b").inner_text()
    first.focus()
    phone.keyboard.press("Enter")
    expect(phone.locator(f"#at-{clock[:2]}")).to_have_attribute("aria-pressed", "true")
    expect(phone.locator(f"#at-{clock[:2]}")).to_be_focused()


def test_without_a_script_the_buttons_do_the_same(live_server: LiveServer, desk: Desk, page: Page) -> None:
    browser = page.context.browser
    assert browser
    context = browser.new_context(java_script_enabled=False, locale="ru-RU", viewport={"width": 390, "height": 844})
    plain, sent = context.new_page(), list[str]()
    plain.on("request", lambda request: sent.append(request.method) if request.is_navigation_request() else None)
    sign_in(plain, desk.caller, live_server.url)
    plain.goto(f"{live_server.url}/services/{desk.quiet_zone.pk}/")
    plain.locator(".week label").nth(1).click()
    plain.get_by_role("button", name="10:00").click()
    plain.get_by_role("button", name="11:00").click()
    expect(plain.locator(".span-text b")).to_have_text("10:00–12:00")
    plain.get_by_text("На месте").click()
    plain.get_by_role("button", name="Обновить").click()
    plain.get_by_role("button", name="Забронировать").click()
    plain.wait_for_url("**/my/orders/*/")
    assert plain.locator("html").evaluate("page => page.scrollWidth") <= 390
    context.close()
    assert Order.objects.get().total == 600
    assert sent == ["GET", "GET", "GET", "GET", "POST", "GET"]


def test_a_newcomer_books_on_a_phone_with_a_code(
    phone: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    phone.goto(f"{live_server.url}/services/{desk.quiet_zone.pk}/")
    phone.locator(".week label").nth(1).click()
    phone.get_by_role("button", name="10:00").click()
    phone.locator("label.choice", has_text="На месте").click()
    for label, text in {"Фамилия": "Ким", "Имя": "Ольга", "Телефон": "89215554433"}.items():
        phone.get_by_label(label).fill(text)
    phone.get_by_label("Электронная почта").fill("olga@example.com")
    phone.get_by_role("button", name="Получить код").click()
    expect(phone.get_by_label("Фамилия")).to_have_value("Ким")
    code = re.search(r"^[A-Z0-9-]{6,}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    phone.get_by_label("Код из письма").fill(code[0])
    phone.get_by_role("button", name="Забронировать").click()
    phone.wait_for_url("**/my/orders/*/")
    order = Order.objects.get()
    assert (order.customer_name, order.status, order.total) == ("Ким Ольга", "confirmed", 300)
    assert phone.locator("html").evaluate("page => page.scrollWidth") <= 390
    assert [text for text in troubles if "422" not in text] == []
