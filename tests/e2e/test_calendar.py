"""The calendar with a mouse and with the keyboard alone."""

import re
from datetime import time

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from olvery.shared.clocks import END_OF_DAY
from orders.models import Order
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk, open_board
from tests.factories import make_order, seat_of
from tests.moments import hours

DAY = "/manage/coworking/calendar/?day=2026-11-25"
FOCUSED = ":focus"


@pytest.fixture
def calendar(page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]) -> Page:
    """Open Wednesday with one bar from 10 to 12 on seat T2."""
    tariff = desk.quiet_zone.tariffs.get(unit="hour")
    seats = (seat_of(desk.quiet_zone, "T2").pk,)
    make_order(tariff=tariff, customer=desk.caller, by=desk.manager, seat_ids=seats)
    sign_in(page, desk.manager, live_server.url)
    open_board(page, live_server.url + DAY)
    return page


def test_arrows_walk_and_enter_opens_the_card_of_a_bar_and_esc_leads_back(calendar: Page) -> None:
    page = calendar
    page.keyboard.press("j")
    expect(page.locator(FOCUSED)).to_have_text(re.compile("08:00"))
    assert page.locator(".board [tabindex='0']").count() == 1
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator(FOCUSED)).to_have_text(re.compile("Петров Иван"))
    page.keyboard.press("End")
    expect(page.locator(FOCUSED)).to_have_text(re.compile("20:00"))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**ticket=*")
    expect(page.locator("#card")).to_contain_text("T2")
    page.set_viewport_size({"width": 1440, "height": 400})
    page.evaluate("scrollTo(0, 200)")  # the card stays, with the buttons that move its ticket below it
    card, buttons = (page.locator(part).bounding_box() for part in ("#card .card-scroll", "[data-move-button]"))
    assert card
    assert buttons
    assert card["y"] + card["height"] <= buttons["y"] <= 400
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_have_count(0)
    expect(page.locator(FOCUSED)).to_have_text(re.compile("Петров Иван"))


def test_an_order_from_a_free_cell_comes_back_to_it_by_keyboard_alone(calendar: Page, troubles: list[str]) -> None:
    page = calendar
    page.locator(".slot").first.focus()
    for key in ("ArrowDown", "ArrowRight", "n"):
        page.keyboard.press(key)
    page.wait_for_url("**/manage/orders/new/**")
    expect(page.locator("#start")).to_have_value("09:00")
    page.locator("#customer_q").press_sequentially("ива пет")
    expect(page.locator(".listbox [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#phone")).not_to_have_value("")
    page.locator("#end").fill("11:00")
    page.keyboard.press("Tab")
    page.locator("label", has_text="На месте").first.click()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/manage/coworking/calendar/**mark=*")
    order = Order.objects.latest("number")
    assert order.period == hours("09", "11")
    expect(page.locator(".bar[data-mark]")).to_be_focused()
    expect(page.locator(".toast")).to_contain_text("создан")
    assert troubles == []


def test_the_board_is_printed_without_what_is_pressed_and_keys_turn_its_days(calendar: Page) -> None:
    page = calendar
    page.emulate_media(media="print")
    expect(page.locator(".bar b")).to_be_visible()
    for pressed in (".side", ".filters", ".slot >> nth=0", ".page-actions"):
        expect(page.locator(pressed).first).not_to_be_visible()
    page.emulate_media(media="screen")
    page.locator(".slot").first.focus()
    page.keyboard.press("PageDown")
    page.wait_for_url("**day=2026-11-26**")
    page.keyboard.press("t")
    page.wait_for_url("**day=2026-11-24**")


def test_filters_change_the_board_and_the_address(calendar: Page, desk: Desk, troubles: list[str]) -> None:
    page = calendar
    page.locator("label.filter").click()
    page.wait_for_url("**free=1**")
    page.locator("[popovertarget=f-service]").click()
    page.locator("#f-service label", has_text="Тихая зона").click()
    expect(page.locator(".board-group")).to_have_count(1)
    expect(page.locator("[data-later]")).to_have_attribute("href", re.compile(f"service={desk.quiet_zone.pk}"))
    assert troubles == []


def test_a_change_appears_by_itself_and_the_focus_stays(calendar: Page, desk: Desk, troubles: list[str]) -> None:
    page = calendar
    page.locator(".slot").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    before = page.locator(FOCUSED).get_attribute("href")
    tariff = desk.quiet_zone.tariffs.get(unit="hour")
    seats = (seat_of(desk.quiet_zone, "T3").pk,)
    make_order(tariff=tariff, customer=desk.caller, by=desk.manager, seat_ids=seats)
    expect(page.locator(".bar b")).to_have_count(2)
    expect(page.locator(FOCUSED)).to_have_attribute("href", before or "")
    expect(page.locator("#calendar-news")).to_have_text("Календарь изменился")
    assert troubles == []


def test_a_filter_is_heard_though_the_calendar_changes_meanwhile(
    calendar: Page, desk: Desk, troubles: list[str]
) -> None:
    page, held = calendar, list[Route]()
    page.locator("[popovertarget=f-service]").click()
    box = page.locator("#f-service label", has_text="Тихая зона")
    expect(box).to_be_visible()
    page.route("**/calendar/**", lambda route: held.append(route))  # noqa: PLW0108 - Playwright writes to it
    with page.expect_request("**/calendar/?*service=*"):
        box.click()
    page.keyboard.press("Escape")
    tariff = desk.quiet_zone.tariffs.get(unit="hour")
    make_order(tariff=tariff, customer=desk.caller, by=desk.manager, seat_ids=(seat_of(desk.quiet_zone, "T3").pk,))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # instead of waiting for seconds
    page.evaluate("new Promise(setTimeout)")
    filtered, *changes = held
    for change in changes:
        with page.expect_event("requestfinished"):
            change.continue_()
    filtered.continue_()
    expect(page.locator(".board-group")).to_have_count(1)
    expect(page.locator(".bar b")).to_have_count(2)
    assert troubles == []


def test_a_person_signed_out_meanwhile_is_asked_to_sign_in(calendar: Page, live_server: LiveServer) -> None:
    Session.objects.all().delete()
    calendar.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # instead of waiting for seconds
    calendar.wait_for_url(f"{live_server.url}/accounts/login/?next=/manage/coworking/calendar/**")


def test_places_are_blocked_and_lifted_over_the_calendar(calendar: Page, troubles: list[str]) -> None:
    page = calendar
    page.get_by_role("link", name="Заблокировать…").click()
    page.locator("#block-reason").fill("Замена розеток")
    for label in ("T3", "T4"):
        page.locator("#dialog label", has_text=label).click()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Создано 2 блокировки")
    expect(page.locator(".bar[data-state=blocked]:not(i)")).to_have_count(2)
    page.wait_for_load_state("load")
    expect(page.get_by_role("link", name="Заблокировать…")).to_be_focused()
    page.locator("a.bar[data-state=blocked]").first.click()
    expect(page.locator("#dialog [name=blocks]:checked")).to_have_count(1)
    for box in page.locator("#dialog [name=blocks]").all():
        box.check()
    page.locator("#dialog [type=submit]").click()
    expect(page.locator(".toast")).to_contain_text("Снято 2 блокировки")
    expect(page.locator("a.bar[data-state=blocked]")).to_have_count(0)
    expect(page.locator(".board-row .slot:focus")).to_have_count(1)
    assert troubles == []


def test_a_board_on_a_phone_begins_with_what_happens_and_names_stay_in_sight(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    location = desk.quiet_zone.location
    location.opening_hours.update(opens_at=time(0), closes_at=END_OF_DAY)
    for unit, label in (("hour", "T2"), ("day", "T3")):
        tariff = desk.quiet_zone.tariffs.get(unit=unit)
        make_order(tariff=tariff, customer=desk.caller, by=desk.manager, seat_ids=(seat_of(desk.quiet_zone, label).pk,))
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, desk.manager, live_server.url)
    present = location.day_at(timezone.now()), timezone.now().astimezone(location.zone).hour
    for address, hour in ((DAY, 10), (f"{DAY.partition('?')[0]}?day={present[0]}", present[1])):
        open_board(page, live_server.url + address)
        heads = page.get_by_role("columnheader")
        edge, first = heads.nth(0).bounding_box(), heads.nth(hour + 1).bounding_box()
        assert edge
        assert first
        hidden, most = page.locator(".schedule").evaluate("one => [one.scrollLeft, one.scrollWidth - one.clientWidth]")
        assert abs(min(first["x"] - edge["x"] - edge["width"], most) - hidden) < 2
        assert hidden > 0 or hour == 0
    open_board(page, live_server.url + DAY)
    stays = page.locator(".board-row[data-seat]", has_text="T3").locator(".bar b")
    for to in (0, 300, 2000):
        page.locator(".schedule").evaluate("(one, to) => { one.scrollLeft = to; }", to)
        box = stays.bounding_box()
        assert box
        assert 0 < box["x"] < box["x"] + box["width"] < 390
    assert troubles == []
