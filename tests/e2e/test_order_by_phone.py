"""A manager takes orders by phone."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from coworking.domain.rules import When
from coworking.models import Ticket
from orders.models import Order
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.factories import make_order, seat_of
from tests.moments import MOSCOW

MOST_KEYS = 6
ALL_FREE = "4 из 4"
OPTION = ".listbox [role=option]"


@pytest.fixture
def form(page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]) -> Page:
    """The order form, just opened."""
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/new/")
    expect(page.locator("#customer_q")).to_be_focused()
    return page


class Keyboard:
    """Presses keys and counts all except the letters of a name and the digits of a time."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.pressed += key.count("+") + 1
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)


def today() -> datetime:
    return timezone.now().astimezone(MOSCOW)


def tomorrow() -> str:
    return (today() + timedelta(days=1)).date().isoformat()


def choose_caller(page: Page) -> None:
    page.locator("#customer_q").press_sequentially("ива пет")
    page.locator(OPTION).first.click()
    expect(page.locator("#phone")).to_have_value("+7 916 204-48-21")


def test_an_order_for_today_is_taken_by_keyboard_alone(form: Page, desk: Desk, troubles: list[str]) -> None:
    keys = Keyboard(form)
    start = 10
    keys.write("ива пет")
    expect(form.locator(OPTION)).to_have_count(1)
    keys.press("Enter")
    expect(form.locator("#service")).to_be_focused()
    expect(form.locator("#phone")).to_have_value("+7 916 204-48-21")
    keys.press("ArrowDown", "Tab", "Tab")
    expect(form.locator("#day")).to_be_focused()
    expect(form.locator("#day")).to_have_value(f"{today():%d.%m.%Y}")
    keys.write(f"сегодня {start}-{start + 1}")
    expect(form.locator("#quote .sum")).to_contain_text("300")
    keys.press("Control+Enter")
    form.wait_for_url("**/manage/orders/*/?created=1")

    order = Order.objects.get()
    assert order.customer == desk.caller
    assert order.created_by == desk.manager
    assert order.service == desk.open_space
    assert order.total == 300
    assert order.period.start.astimezone(MOSCOW).hour == start
    assert Ticket.objects.get().visitor == desk.caller
    assert keys.pressed <= MOST_KEYS, keys.pressed
    assert troubles == []


def test_a_day_is_typed_in_words(form: Page, desk: Desk) -> None:
    choose_caller(form)
    form.select_option("#service", label="Опенспейс")
    form.fill("#day", "завтра")
    expect(form.locator("#availability")).to_contain_text("Среда, 25 ноября")
    form.fill("#start", "10")
    form.fill("#end", "11")
    expect(form.locator("#quote .sum")).to_contain_text("300")
    form.fill("#places", "2")
    expect(form.locator("#visitors [role=combobox]")).to_have_count(2)
    expect(form.locator("#day")).to_have_value("25.11.2026")
    expect(form.locator("#quote .sum")).to_contain_text("600")  # an order at an unseen price is refused
    form.locator("[data-submit]").click()
    form.wait_for_url("**/?created=1")
    assert Order.objects.get().period.start.astimezone(MOSCOW).date() == date(2026, 11, 25)


def test_hours_typed_after_the_day_go_to_their_fields(form: Page) -> None:
    form.select_option("#service", label="Опенспейс")
    form.fill("#day", "завтра с 10 до 11:30")
    expect(form.locator("#quote .sum")).to_contain_text("450")
    form.locator("#start").focus()
    for field, text in {"day": "завтра", "start": "10", "end": "11:30"}.items():
        expect(form.locator(f"#{field}")).to_have_value(text)


def test_the_summary_of_mistakes_leads_to_a_field_for_typing_over_it(form: Page) -> None:
    choose_caller(form)
    form.select_option("#service", label="Опенспейс")
    form.fill("#day", "завтра с 10 до 9")
    form.keyboard.press("Control+Enter")
    expect(form.locator("#errors")).to_be_focused()
    form.locator("#errors a", has_text="Окончание").press("Enter")
    expect(form.locator("#end")).to_have_js_property("selectionEnd", 1)  # some milliseconds after the focus
    form.keyboard.type("11")
    expect(form.locator("#end")).to_have_value("11")


def test_a_day_is_chosen_from_the_month_by_keyboard(form: Page) -> None:
    form.select_option("#service", label="Опенспейс")
    expect(form.locator("#start")).to_be_visible()
    form.locator("#day").focus()
    form.keyboard.press("ArrowDown")
    expect(form.locator('[data-iso="2026-11-24"]')).to_be_focused()
    expect(form.locator('[data-iso="2026-11-24"]')).to_have_attribute("data-state", "free")
    expect(form.locator('[data-iso="2026-11-23"]')).to_have_attribute("data-state", "shut")
    for key in ("ArrowRight", "ArrowDown", "ArrowUp", "PageDown"):
        form.keyboard.press(key)
    expect(form.locator('[data-iso="2026-12-25"]')).to_be_focused()
    form.keyboard.press("Escape")
    expect(form.locator("#day")).to_be_focused()
    expect(form.locator("#day")).to_have_value("24.11.2026")
    form.keyboard.press("ArrowDown")
    expect(form.locator('[data-iso="2026-11-24"]')).to_be_focused()
    form.keyboard.press("ArrowRight")
    form.keyboard.press("Enter")
    expect(form.locator("#day")).to_be_focused()
    expect(form.locator("#day")).to_have_value("25.11.2026")
    expect(form.locator("#availability")).to_contain_text("Среда, 25 ноября")


def test_the_quick_lengths_are_one_stop_and_reach_the_closing_time(form: Page) -> None:
    form.select_option("#service", label="Опенспейс")
    form.fill("#start", "10")
    form.locator("#end").focus()
    form.keyboard.press("Tab")
    expect(form.get_by_role("button", name="1 ч")).to_be_focused()
    form.keyboard.press("ArrowLeft")
    expect(form.get_by_role("button", name="До закрытия")).to_be_focused()
    form.keyboard.press("Enter")
    expect(form.locator("#end")).to_have_value("21:00")
    form.keyboard.press("Tab")
    expect(form.get_by_role("toolbar").locator(":focus")).to_have_count(0)
    form.fill("#start", "22")
    form.get_by_role("button", name="2 ч").click()
    expect(form.locator("#end")).to_have_value("24:00")
    form.get_by_role("button", name="4 ч").click()
    expect(form.locator("#start")).to_be_focused()
    expect(form.locator("#end")).to_have_value("24:00")


def test_price_places_and_seats_follow_what_is_typed_and_a_double_click_makes_one_order(
    form: Page, desk: Desk, troubles: list[str]
) -> None:
    choose_caller(form)
    form.select_option("#service", label="Тихая зона")
    form.fill("#day", tomorrow())
    form.fill("#start", "10")
    form.fill("#end", "12:30")
    expect(form.locator("#availability")).to_contain_text(ALL_FREE)
    expect(form.locator("#quote .sum")).to_contain_text("750")

    form.fill("#places", "2")
    expect(form.locator("#visitors [role=combobox]")).to_have_count(2)
    expect(form.locator("#quote .sum")).to_contain_text("1\u00a0500")
    form.locator("label.seat", has_text="T3").click()
    form.locator("#visitor-1-q").press_sequentially("пет")
    form.locator(OPTION).first.click()
    expect(form.locator("#visitor-1-q")).to_have_value("Петров Иван Андреевич")
    expect(form.locator("label.seat", has_text="T3").locator("input")).to_be_checked()
    form.locator("[data-submit]").dblclick()
    form.wait_for_url("**/?created=1")

    assert Order.objects.count() == 1
    seats = set(Ticket.objects.values_list("seat__label", flat=True))
    assert seats == {"T3", "T4"}
    assert troubles == []


def test_nothing_jumps_and_a_press_on_save_counts_while_the_summary_is_replaced(
    form: Page, desk: Desk, troubles: list[str]
) -> None:
    choose_caller(form)
    form.select_option("#service", label="Тихая зона")
    form.fill("#day", tomorrow())
    form.fill("#start", "10")
    form.fill("#end", "12")
    expect(form.locator("#availability")).to_contain_text(ALL_FREE)
    expect(form.locator("#quote .sum")).to_contain_text("600")
    before = [form.locator(part).bounding_box() for part in ("#seats", "#visitors", "#quote")]

    form.fill("#end", "12:30")
    form.locator("[data-submit]").hover()
    form.mouse.down()
    expect(form.locator("#quote .sum")).to_contain_text("750")
    assert [form.locator(part).bounding_box() for part in ("#seats", "#visitors", "#quote")] == before
    form.mouse.up()
    form.wait_for_url("**/?created=1")

    assert Order.objects.get().total == 750
    assert troubles == []


def test_a_seat_taken_meanwhile_shows_the_nearest_alternatives_and_keeps_the_form(form: Page, desk: Desk) -> None:
    choose_caller(form)
    form.select_option("#service", label="Тихая зона")
    form.fill("#day", tomorrow())
    form.fill("#start", "10")
    form.fill("#end", "12")
    form.locator("label.seat", has_text="T1").click()
    form.locator("details:has(#comment) summary").click()
    form.fill("#comment", "Позвонить за час")
    expect(form.locator("#availability")).to_contain_text(ALL_FREE)
    take_seat_meanwhile(desk)
    form.locator("[data-submit]").click()

    expect(form.locator("#errors")).to_be_focused()
    expect(form.locator("#conflict .choice:not([value^=wait])")).to_have_count(3)
    expect(form.locator("#conflict [value=wait-seats]")).to_contain_text("Ждать только это место")
    expect(form.locator("#comment")).to_have_value("Позвонить за час")
    assert Order.objects.count() == 1

    form.locator("#conflict .choice").first.click()
    expect(form.locator("#conflict")).to_have_count(0)
    form.locator("[data-submit]").click()
    form.wait_for_url("**/?created=1")
    assert Order.objects.count() == 2


def take_seat_meanwhile(desk: Desk) -> None:
    make_order(
        tariff=desk.quiet_zone.tariffs.get(unit="hour"),
        by=desk.manager,
        at=timezone.now(),
        when=When(day=date.fromisoformat(tomorrow()), start=time(10), end=time(12)),
        seat_ids=(seat_of(desk.quiet_zone, "T1").pk,),
    )


def test_the_number_of_places_can_be_retyped_at_leisure(form: Page) -> None:
    form.select_option("#service", label="Опенспейс")
    places = form.locator("#places")
    places.fill("")
    form.locator("#start").fill("10")
    form.locator("#end").fill("11")
    expect(form.locator("#quote .sum")).to_contain_text("300")
    expect(places).to_have_value("")
    places.press_sequentially("3")
    expect(form.locator("#visitors [role=combobox]")).to_have_count(3)
    expect(places).to_have_value("3")
    expect(form.locator("#start")).to_have_value("10:00")


def test_an_order_is_taken_without_javascript(browser: Browser, live_server: LiveServer, desk: Desk) -> None:
    page = browser.new_context(java_script_enabled=False, locale="ru-RU").new_page()
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/new/")
    page.fill("#customer_q", "ива пет")
    page.locator("button[value='search:customer']").click()
    page.locator(OPTION).first.click()
    expect(page.locator("#phone")).to_have_value("+7 916 204-48-21")

    page.select_option("#service", label="Тихая зона")
    page.locator("noscript button[value=refresh], button[value=refresh]").first.click()
    page.fill("#day", tomorrow())
    page.fill("#start", "10")
    page.fill("#end", "12")
    page.locator("button[value=refresh]").last.click()
    expect(page.locator("#availability")).to_contain_text(ALL_FREE)
    expect(page.locator("#quote .sum")).to_contain_text("600")
    page.locator("[data-submit]").click()
    page.wait_for_url("**/?created=1")

    assert Order.objects.get().customer == desk.caller
    page.context.close()
