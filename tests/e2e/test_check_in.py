"""The door of a phone: scan after scan with the keyboard alone."""

import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from coworking.models import Ticket, Visit
from olvery.shared.periods import Period
from orders.views.door import check_in
from tests.e2e.conftest import PATIENCE, sign_in
from tests.e2e.desk import Desk
from tests.factories import make_order
from tests.moments import NOW, hours

FIELD = "[name=q]:not([type=hidden])"
REFUSED = "status of 422"
# A camera that sees the value of `shown`.
CAMERA = """
globalThis.shown = "";
globalThis.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return shown ? [{ rawValue: shown }] : []; }
};
navigator.mediaDevices.getUserMedia = async () => document.createElement("canvas").captureStream();
HTMLMediaElement.prototype.play = async () => {};
"""


def make_tickets(desk: Desk) -> tuple[Ticket, Ticket]:
    """Save a ticket that is valid now and one of tomorrow."""
    for _n in range(2):
        tariff = desk.open_space.tariffs.get(name="Час")
        make_order(tariff=tariff, customer=desk.caller, by=desk.manager, payment_method="invoice")
    now, later = Ticket.objects.order_by("pk")
    until_noon = Period(NOW, hours("10", "12").start.replace(day=24, hour=12))
    Ticket.objects.filter(pk=now.pk).update(period=until_noon, occupied=until_noon)
    return now, later


def test_scans_follow_each_other_without_a_mouse(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    valid, later = make_tickets(desk)
    sign_in(page, desk.manager, live_server.url)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/manage/check-in/")
    field, word = page.locator(FIELD), page.locator("#scan h1")
    expect(field).to_be_focused()

    page.keyboard.type(valid.code)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(word).to_have_text("Проходите")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    assert Visit.objects.count() == 1

    page.keyboard.type(f"{later.pk}\n")
    expect(word).to_have_text("Ещё рано")
    page.keyboard.type("nobody-1234\n")
    expect(word).to_have_text("Не нашли")
    expect(field).to_be_focused()

    page.keyboard.type(f"{valid.pk}\n")
    expect(word).to_have_text("Уже здесь")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Ушёл")).to_be_focused()
    page.keyboard.press("Enter")
    expect(word).to_have_text("Выход отмечен")
    assert Visit.objects.get().left_at is not None
    assert page.locator("html").evaluate_handle("element => element.scrollWidth").json_value() <= 390
    assert [trouble for trouble in troubles if REFUSED not in trouble] == []


def test_codes_that_are_read_before_the_last_one_has_its_answer_are_not_lost(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    valid, later = make_tickets(desk)
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/check-in/", wait_until="networkidle")
    field, word = page.locator(FIELD), page.locator("#scan h1")
    answered, answer = threading.Event(), check_in.render

    def held(*args: Any, **options: Any) -> Any:
        answered.wait(PATIENCE / 1000)
        return answer(*args, **options)

    monkeypatch.setattr(check_in, "render", held)
    page.keyboard.type(f"{valid.code}\n\n{later.pk}\nnobody-1\nnobo")
    answered.set()
    expect(word).to_have_text("Ещё рано")  # of the second: the next ones wait until somebody has looked at it
    expect(field).to_have_value("nobo")
    page.keyboard.type("dy-2\n")
    expect(word).to_have_text("Не нашли")
    expect(field).to_have_value("nobody-1")
    assert list(Visit.objects.values_list("ticket", flat=True)) == [valid.pk]
    assert [trouble for trouble in troubles if REFUSED not in trouble] == []


def test_the_door_works_without_javascript(live_server: LiveServer, desk: Desk, page: Page) -> None:
    valid, _later = make_tickets(desk)
    sign_in(page, desk.manager, live_server.url)
    cookies = page.context.cookies()
    plain = page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    plain.add_cookies(cookies)  # type: ignore[arg-type]
    there = plain.new_page()
    there.goto(f"{live_server.url}/manage/check-in/")
    there.fill(FIELD, str(valid.pk))
    there.get_by_role("button", name="Проверить").click()
    expect(there.locator("h1")).to_have_text("Проходите")
    there.get_by_role("button", name="Ушёл").click()
    expect(there.locator("h1")).to_have_text("Выход отмечен")
    plain.close()


def test_a_code_that_is_held_before_the_camera_is_read_once(clocked: Page, live_server: LiveServer, desk: Desk) -> None:
    page = clocked
    valid, later = make_tickets(desk)
    sign_in(page, desk.manager, live_server.url)
    page.add_init_script(CAMERA)
    page.goto(f"{live_server.url}/manage/check-in/", wait_until="networkidle")
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.method) if request.method == "POST" else None)
    page.get_by_role("button", name="Камера").click()
    word = page.locator("#scan h1")
    page.evaluate("code => { shown = code; }", valid.code)
    page.clock.run_for(1000)
    expect(word).to_have_text("Проходите")
    page.clock.run_for(2500)
    page.evaluate("code => { shown = code; }", str(later.pk))
    page.clock.run_for(1000)
    expect(word).to_have_text("Ещё рано")
    page.clock.run_for(10_000)  # the pause after the first code is over, and the one after the second begins
    page.wait_for_load_state("networkidle")
    assert len(asked) == 2

    page.evaluate("() => { shown = ''; }")
    page.clock.run_for(5000)
    page.evaluate("code => { shown = code; }", valid.code)
    page.clock.run_for(1000)
    expect(word).to_have_text("Уже здесь")
