"""A bar is moved by mouse, by clicks and by keys, and all three ask the same question."""

import re
from datetime import time

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from coworking.domain.rules import When
from coworking.models import OpeningHours, Ticket
from olvery.shared.clocks import END_OF_DAY
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk, open_board
from tests.factories import make_block, make_order, seat_of
from tests.moments import WEDNESDAY, hours

DAY = "/manage/coworking/calendar/?day=2026-11-25"


@pytest.fixture
def board(page: Page, live_server: LiveServer, desk: Desk) -> Page:
    """Open Wednesday, which ends at 24:00, with one bar from 10 to 12 on seat T2."""
    OpeningHours.objects.update(closes_at=END_OF_DAY)
    tariff = desk.quiet_zone.tariffs.get(unit="hour")
    make_order(tariff=tariff, customer=desk.caller, by=desk.manager, seat_ids=(seat_of(desk.quiet_zone, "T2").pk,))
    sign_in(page, desk.manager, live_server.url)
    open_board(page, live_server.url + DAY)
    return page


def expect_asked(page: Page, desk: Desk, start: str, end: str, label: str) -> None:
    """Check that the dialog asks about this change."""
    dialog = page.locator("#dialog[open]")
    expect(dialog.locator("[name=start]")).to_have_value(start)
    expect(dialog.locator("[name=end]")).to_have_value(end)
    expect(dialog.locator("[name=seat]")).to_have_value(str(seat_of(desk.quiet_zone, label).pk))
    expect(dialog.locator("[name=day]")).to_have_value("25.11.2026")


def middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).first.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def expect_back(page: Page) -> None:
    """Close the dialog: the bar is where it was, with the focus."""
    page.keyboard.press("Escape")
    expect(page.locator("[data-moving]")).to_have_count(0)
    expect(page.locator("[role=gridcell]:has(> .bar)")).to_have_class("s8 w8")
    expect(page.locator(".bar[data-movable]")).to_be_focused()
    assert Ticket.objects.get().seat.label == "T2"  # type: ignore[union-attr]


def test_by_keys(board: Page, desk: Desk, troubles: list[str]) -> None:
    page = board
    page.locator(".bar[data-movable]").focus()
    for key in ("m", "ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("#calendar-news")).to_have_text("T3, 11:00–13:30")
    page.keyboard.press("Enter")
    expect_asked(page, desk, "11:00", "13:30", "T3")
    expect_back(page)
    page.keyboard.press("m")
    page.keyboard.press("ArrowLeft")
    expect_back(page)  # cancelled before any question
    expect(page.locator("#calendar-news")).to_have_text("")
    make_block(service=desk.quiet_zone, seat=seat_of(desk.quiet_zone, "T3"), period=hours("10", "12"))
    for key in ("m", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#dialog [data-refusal]")).to_contain_text("T3")
    expect_back(page)
    expect(page.locator(".bar-refusal")).to_contain_text("T3")
    expect(page.locator("#calendar-news")).to_contain_text("T3")
    for key in ("m", *["ArrowRight"] * 25):  # once more than fits
        page.keyboard.press(key)
    expect(page.locator(".bar-refusal")).to_have_count(0)
    expect(page.locator("#calendar-news")).to_have_text("T2, 22:00–24:00")
    page.keyboard.press("Enter")
    expect_asked(page, desk, "22:00", "24:00", "T2")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Бронь изменена")
    expect(page.locator(".bar[data-mark]")).to_be_focused()
    assert Ticket.objects.get().period == hours("22", "24")
    assert troubles == []


def put_down_half_an_hour_later(page: Page) -> list[Route]:
    """Move the bar by keys; the request for its dialog is held, and returned to be released."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/tickets/*/change/**", hold)
    page.locator(".bar[data-movable]").focus()
    for key in ("m", "ArrowRight"):
        page.keyboard.press(key)
    with page.expect_request("**/tickets/*/change/**"):
        page.keyboard.press("Enter")
    return held


def test_keys_before_the_answer_leave_the_bar_where_it_was_put_down(
    board: Page, desk: Desk, troubles: list[str]
) -> None:
    page, held = board, put_down_half_an_hour_later(board)
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#calendar-news")).to_have_text("T2, 10:30–12:30")
    expect(page.locator("[data-moving]")).to_have_class("s10 w8")
    [asked] = held
    asked.continue_()
    expect_asked(page, desk, "10:30", "12:30", "T2")
    expect_back(page)
    assert troubles == []


def test_a_bar_that_is_parked_before_the_answer_is_asked_about_no_more(
    board: Page, desk: Desk, troubles: list[str]
) -> None:
    page = board
    put_down_half_an_hour_later(page)
    with page.expect_event("requestfailed"):
        page.keyboard.press("p")
    expect(page.locator("#strip .bar")).to_be_focused()
    assert page.locator("#dialog[open]").count() == 0
    assert Ticket.objects.get().period == hours("10", "12")
    assert troubles == []


def test_by_dragging(board: Page, desk: Desk, troubles: list[str]) -> None:
    page = board
    x, y = middle(page, ".bar[data-movable]")
    _x, down = middle(page, "[data-label=T3]")
    hour = middle(page, ".slot >> text=15:00")[0] - middle(page, ".slot >> text=14:00")[0]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + hour / 2, y + 10)
    page.mouse.move(x + hour * 2, down, steps=4)
    page.mouse.up()
    expect_asked(page, desk, "12:00", "14:00", "T3")
    expect_back(page)
    box = page.locator(".bar[data-movable]").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 3 + hour, y, steps=4)
    page.mouse.up()
    expect_asked(page, desk, "10:00", "13:00", "T2")
    expect_back(page)
    assert troubles == []


def test_by_clicks(board: Page, desk: Desk, troubles: list[str]) -> None:
    page = board
    page.locator(".bar[data-movable]").click()
    page.wait_for_url("**ticket=*")
    page.get_by_role("button", name="Перенести на доске").click()
    page.locator("[data-label=T4] .slot", has_text="15:00").click()
    expect_asked(page, desk, "15:00", "17:00", "T4")
    expect_back(page)
    page.locator("#main").focus()
    page.keyboard.press("m")  # as the button of the card says
    page.keyboard.press("ArrowDown")
    expect(page.locator("#calendar-news")).to_have_text("T3, 10:00–12:00")
    expect_back(page)
    assert troubles == []


def test_in_steps_that_are_no_quarters_of_an_hour(page: Page, live_server: LiveServer, desk: Desk) -> None:
    tariff = desk.quiet_zone.tariffs.get(unit="hour")
    tariff.step_minutes = 20
    tariff.save(update_fields=["step_minutes"])
    when = When(WEDNESDAY, start=time(10, 20), end=time(11, 40))
    seat = seat_of(desk.quiet_zone, "T2")
    make_order(tariff=tariff, customer=desk.caller, by=desk.manager, seat_ids=(seat.pk,), when=when)
    sign_in(page, desk.manager, live_server.url)
    open_board(page, live_server.url + DAY)
    bar, cell = page.locator(".bar[data-movable]"), page.locator("[role=gridcell]:has(> .bar)")
    for keys, start, end, label in (
        (["ArrowDown"], "10:20", "11:40", "T3"),
        (["ArrowRight"], "11:20", "12:40", "T2"),
        (["Shift+ArrowRight"], "10:20", "12:40", "T2"),
    ):
        bar.focus()
        for key in ("m", *keys):
            page.keyboard.press(key)
        expect(cell).to_have_class(re.compile(r"^s\d+ w\d+$"))
        page.keyboard.press("Enter")
        expect_asked(page, desk, start, end, label)
        page.keyboard.press("Escape")
        expect(page.locator("[data-moving]")).to_have_count(0)
    bar.focus()
    page.keyboard.press("m")
    page.locator("[data-label=T4] .slot", has_text="14:00").click()
    expect_asked(page, desk, "14:00", "15:20", "T4")
