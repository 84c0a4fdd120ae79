"""Bars are taken off the board, swapped, and moved in the week: by mouse, by keys, by touch."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from coworking.models import Ticket
from olvery.shared.periods import DAY as ONE_DAY
from orders.models import Order
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk, open_board
from tests.factories import make_order, seat_of
from tests.moments import hours
from tests.orders.booking.changes import when

DAY = "/manage/coworking/calendar/?day=2026-11-25"
WEEK = "/manage/coworking/calendar/?view=week&day=2026-11-25"

# Without a pause: a press of half a second is a long one.
SCROLLED = """(bar, touch) => {
  bar.dispatchEvent(new PointerEvent("pointerdown", touch));
  bar.dispatchEvent(new PointerEvent("pointermove", { ...touch, clientY: touch.clientY + 30 }));
  bar.dispatchEvent(new PointerEvent("pointercancel", touch));
}"""


@pytest.fixture
def pair(desk: Desk) -> list[Order]:
    """An order from 10 to 12 on seat T2, and one from 10 to 13 on T3."""
    tariff = desk.quiet_zone.tariffs.get(unit="hour")
    return [
        make_order(tariff=tariff, customer=desk.caller, by=desk.manager, when=time, seat_ids=(seat.pk,))
        for time, seat in (
            (when("10", "12"), seat_of(desk.quiet_zone, "T2")),
            (when("10", "13"), seat_of(desk.quiet_zone, "T3")),
        )
    ]


def bar(page: Page, order: Order) -> Any:
    return page.locator(f"#ticket-{order.lines.get(kind='tariff').ticket_id}")


def middle(target: Any) -> tuple[float, float]:
    box = target.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def seats() -> list[tuple[str, Any]]:
    there = Ticket.objects.select_related("seat").order_by("pk")
    return [(ticket.seat.label if ticket.seat else "", ticket.period) for ticket in there]


def test_two_bars_change_places_by_mouse_and_keys(
    page: Page, live_server: LiveServer, desk: Desk, pair: list[Order], troubles: list[str]
) -> None:
    before = seats()
    sign_in(page, desk.manager, live_server.url)
    open_board(page, live_server.url + DAY)
    first, second = (bar(page, order) for order in pair)
    x, y = middle(first)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 20, steps=2)
    page.mouse.move(*middle(page.locator("#strip")), steps=4)
    page.mouse.up()
    expect(page.locator("#strip .bar")).to_have_count(1)
    expect(page.locator("[data-label=T2] [data-freed]")).to_have_text("пока свободно")
    assert seats() == before
    second.focus()
    for key in ("m", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("[data-label=T2] [data-put] .bar")).to_be_focused()
    first.focus()
    for key in ("Enter", "ArrowDown", "Shift+ArrowRight", "Escape"):  # cancelled: it is on the strip again
        page.keyboard.press(key)
    expect(page.locator("#strip .bar")).to_be_focused()
    for key in ("Enter", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    dialog = page.locator("#dialog[open]")
    expect(dialog).to_contain_text("T2 → T3")
    expect(dialog).to_contain_text("T3 → T2")
    dialog.get_by_role("button", name="Переставить").click()
    expect(page.locator(".toast")).to_contain_text("Переставлено 2 билета")
    assert seats() == [("T3", hours("10", "12")), ("T2", hours("10", "13"))]
    assert troubles == []


@pytest.fixture
def between(desk: Desk) -> list[Order]:
    """Orders on T2 and T3 from 10:20, which is between two columns of the board."""
    tariff = desk.quiet_zone.tariffs.get(unit="hour")
    tariff.step_minutes = 20
    tariff.save(update_fields=["step_minutes"])
    return [
        make_order(tariff=tariff, customer=desk.caller, by=desk.manager, when=when("10:20", "11:40"), seat_ids=(pk,))
        for pk in (seat_of(desk.quiet_zone, label).pk for label in ("T2", "T3"))
    ]


@pytest.mark.parametrize("is_told", [True, False])
def test_two_bars_that_begin_between_two_columns_change_places_at_their_hours(
    page: Page, live_server: LiveServer, desk: Desk, between: list[Order], is_told: bool
) -> None:
    first, second = between
    sign_in(page, desk.manager, live_server.url)
    open_board(page, live_server.url + DAY)
    if not is_told:  # the user is faster than the answer with the hours of what is on the strip
        page.route("**/strip/?*", lambda route: None)
    bar(page, first).focus()
    page.keyboard.press("p")
    told = page.locator("#strip .bar[data-hours='10:20 11:40']")
    expect(told if is_told else page.locator("#strip .bar:not([data-hours])")).to_have_count(1)
    bar(page, second).focus()
    for key in ("m", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("[data-label=T2] [data-put] .bar")).to_be_focused()
    bar(page, first).focus()
    for key in ("Enter", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.locator("#dialog[open]").get_by_role("button", name="Переставить").click()
    expect(page.locator(".toast")).to_contain_text("Переставлено 2 билета")
    assert seats() == [("T3", hours("10:20", "11:40")), ("T2", hours("10:20", "11:40"))]


def test_a_bar_of_the_strip_that_begins_between_two_columns_is_moved_by_whole_columns(
    page: Page, live_server: LiveServer, desk: Desk, between: list[Order]
) -> None:
    sign_in(page, desk.manager, live_server.url)
    open_board(page, live_server.url + DAY)
    bar(page, between[0]).focus()
    page.keyboard.press("p")
    expect(page.locator("#strip .bar[data-hours='10:20 11:40']")).to_have_count(1)
    bar(page, between[0]).focus()
    for key in ("Enter", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.locator("#dialog[open]").get_by_role("button", name="Переставить").click()
    expect(page.locator(".toast")).to_contain_text("Переставлен 1 билет")
    assert seats()[0] == ("T2", hours("12:20", "13:40"))


def test_a_bar_that_does_not_fit_goes_back_and_says_why_and_leaving_saves_nothing(
    page: Page, live_server: LiveServer, desk: Desk, pair: list[Order], troubles: list[str]
) -> None:
    before = seats()
    sign_in(page, desk.manager, live_server.url)
    open_board(page, live_server.url + DAY)
    first, second = (bar(page, order) for order in pair)
    second.focus()
    page.keyboard.press("p")
    first.focus()
    for key in ("m", "ArrowDown", "ArrowDown", "Enter"):  # put on T4
        page.keyboard.press(key)
    make_order(
        tariff=desk.quiet_zone.tariffs.get(unit="hour"),
        customer=desk.caller,
        by=desk.manager,
        when=when("10", "12"),
        seat_ids=(seat_of(desk.quiet_zone, "T4").pk,),
    )
    page.locator("[data-strip-ask]").click()
    expect(page.locator("#dialog[open] [data-refused]")).to_contain_text("Место T4 в это время занято.")
    page.keyboard.press("Escape")
    expect(page.locator("[data-label=T2] .bar-refusal")).to_have_text("Место T4 в это время занято.")
    expect(first).to_be_focused()
    expect(first).to_have_accessible_description("Место T4 в это время занято.")
    expect(page.locator("#calendar-news")).to_contain_text("Место T4 в это время занято.")
    expect(page.locator("#strip .bar")).to_have_count(1)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    open_board(page, live_server.url + DAY)
    assert asked == ["beforeunload"]
    expect(page.locator("#strip")).to_be_hidden()
    expect(page.locator("[data-label=T3] .bar[data-movable]")).to_have_count(1)
    assert seats()[:2] == before
    assert [trouble for trouble in troubles if "422" not in trouble] == []


def test_a_ticket_goes_to_another_day_by_way_of_the_strip_and_late_answers_open_nothing(
    page: Page, live_server: LiveServer, desk: Desk, pair: list[Order], troubles: list[str]
) -> None:
    before = seats()
    sign_in(page, desk.manager, live_server.url)
    open_board(page, live_server.url + DAY)
    first = bar(page, pair[0])
    first.focus()
    page.keyboard.press("p")
    parked = page.locator("#strip .bar")
    expect(parked).to_contain_text("25.11.2026 10:00–12:00, T2")
    page.locator("[data-later]").click()
    expect(page.locator("#calendar-head h1")).to_contain_text("26")
    expect(parked).to_have_count(1)
    expect(page.locator("#calendar-filters [name=day]")).to_have_value("26.11.2026")
    parked.focus()
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    page.route("**/rearrange/?*", hold)
    for key in ("Enter", "ArrowUp"):
        page.keyboard.press(key)
    with page.expect_request("**/rearrange/?*"):
        page.keyboard.press("Enter")
    page.keyboard.press("Escape")  # cancelled before the answer comes
    with page.expect_response("**/rearrange/?*"):
        late[0].continue_()
    expect(page.locator("[data-label=T1] [data-put] .bar")).to_be_focused()
    # Whoever takes up a bar before the dialog has come goes on with that, and is asked again.
    for taken_up, again in (("m", ("Escape",)), ("p", ("Enter", "ArrowUp", "Enter", "Escape"))):
        with page.expect_request("**/rearrange/?*"):
            page.locator("[data-strip-ask]").click()
        page.locator("[data-label=T1] [data-put] .bar").focus()
        with page.expect_event("requestfailed"):
            page.keyboard.press(taken_up)
        for key in again:
            page.keyboard.press(key)
        expect(page.locator("[data-label=T1] [data-put] .bar")).to_be_focused()
    page.unroute("**/rearrange/?*")
    page.locator("#calendar-head").get_by_role("link", name="Неделя").click()
    expect(page.locator("[data-label=T1] [data-put] .bar")).to_have_count(1)
    assert page.locator("#dialog[open]").count() == 0
    assert seats() == before
    page.locator("[data-strip-ask]").click()
    page.locator("#dialog[open]").get_by_role("button", name="Переставить").click()
    expect(page.locator(".toast")).to_contain_text("Переставлен 1 билет")
    assert seats()[0] == ("T1", hours("10", "12").shifted(ONE_DAY))
    assert troubles == []


def test_a_bar_of_the_week_goes_to_another_day_by_keys_and_by_mouse(
    page: Page, live_server: LiveServer, desk: Desk, pair: list[Order], troubles: list[str]
) -> None:
    sign_in(page, desk.manager, live_server.url)
    open_board(page, live_server.url + WEEK)
    first, _second = (bar(page, order) for order in pair)
    first.focus()
    for key in ("m", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.locator("#calendar-news")).to_have_text("T1, Чт 26")
    page.keyboard.press("Enter")
    dialog = page.locator("#dialog[open]")
    for name, value in (("day", "26.11.2026"), ("start", "10:00"), ("end", "12:00")):
        expect(dialog.locator(f"[name={name}]")).to_have_value(value)
    expect(dialog.locator("[name=seat]")).to_have_value(str(seat_of(desk.quiet_zone, "T1").pk))
    page.keyboard.press("Escape")
    expect(first).to_be_focused()
    x, y = middle(first)
    day = middle(page.locator(".board-head a").nth(3))[0] - middle(page.locator(".board-head a").nth(2))[0]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + day * 2, y, steps=5)
    page.mouse.up()
    expect(dialog.locator("[name=day]")).to_have_value("27.11.2026")
    assert troubles == []


def test_a_long_press_picks_a_bar_up_and_a_tap_puts_it_down(
    browser: Browser, live_server: LiveServer, desk: Desk, pair: list[Order]
) -> None:
    page = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844}, locale="ru").new_page()
    sign_in(page, desk.manager, live_server.url)
    open_board(page, live_server.url + DAY)
    first = bar(page, pair[0])
    first.scroll_into_view_if_needed()
    x, y = middle(first)
    touch = {"pointerType": "touch", "isPrimary": True, "bubbles": True, "clientX": x, "clientY": y, "button": 0}
    first.evaluate(SCROLLED, touch)
    expect(page.locator("#strip")).to_be_hidden()
    first.dispatch_event("pointerdown", touch)
    expect(page.locator("[data-moving]")).to_have_count(1)
    first.dispatch_event("pointerup", touch)
    page.locator("[data-label=T4] .slot", has_text="15:00").tap()
    dialog = page.locator("#dialog[open]")
    expect(dialog.locator("[name=start]")).to_have_value("15:00")
    expect(dialog.locator("[name=seat]")).to_have_value(str(seat_of(desk.quiet_zone, "T4").pk))
    page.context.close()
