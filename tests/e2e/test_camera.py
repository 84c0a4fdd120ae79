"""The camera of the door, in a browser that cannot read codes itself."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Page, Playwright, expect
from pytest_django.live_server_helper import LiveServer

from coworking.domain.ticket_codes import code_of
from coworking.models import Ticket, Visit
from olvery.shared.periods import Period
from orders.views.door.kept import has_reader
from tests.e2e.conftest import QUIET, browser_path, sign_in
from tests.e2e.desk import Desk
from tests.factories import make_order
from tests.moments import NOW, hours

WIDTH, HEIGHT, MODULE, LEFT, TOP = 640, 480, 5, 120, 60
BLACK, WHITE, GREY = b"\x10", b"\xeb", b"\x80"

if not os.environ.get("BROWSER_REQUIRED"):
    pytestmark = pytest.mark.skipif(not has_reader(), reason="NO READER: npm is needed, see README.md")


def film_of(code: str) -> bytes:
    """Return a film of one frame, YUV4MPEG2: the code on a white ground, as held before a camera."""
    modules = [list(row) for row in segno.make(code, error="m").matrix_iter(border=4)]
    rows = []
    for y in range(HEIGHT):
        line = modules[(y - TOP) // MODULE] if 0 <= (y - TOP) // MODULE < len(modules) else []
        dark = b"".join((BLACK if module else WHITE) * MODULE for module in line)
        rows.append((WHITE * LEFT + dark).ljust(WIDTH, WHITE)[:WIDTH])
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\nFRAME\n".encode()
    return header + b"".join(rows) + GREY * (WIDTH * HEIGHT // 2)


@pytest.fixture
def ticket(desk: Desk) -> Ticket:
    tariff = desk.open_space.tariffs.get(name="Час")
    make_order(tariff=tariff, customer=desk.caller, by=desk.manager, payment_method="invoice")
    until_noon = Period(NOW, hours("10", "12").start.replace(day=24, hour=12))
    Ticket.objects.update(period=until_noon, occupied=until_noon)
    return Ticket.objects.get()


@pytest.fixture
def camera(playwright: Playwright, ticket: Ticket, tmp_path: Path) -> Iterator[Page]:
    """A phone with its camera in front of the ticket's code."""
    film = tmp_path / "code.y4m"
    film.write_bytes(film_of(code_of(ticket)))
    flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    browser = playwright.chromium.launch(
        executable_path=browser_path(), args=[*QUIET, *flags, f"--use-file-for-fake-video-capture={film}"]
    )
    yield browser.new_page(viewport={"width": 390, "height": 844}, locale="ru-RU")
    browser.close()


def test_a_ticket_held_before_the_camera_is_read_with_and_without_network(
    camera: Page, live_server: LiveServer, desk: Desk, ticket: Ticket
) -> None:
    sign_in(camera, desk.manager, live_server.url)
    camera.goto(f"{live_server.url}/manage/check-in/")
    assert camera.evaluate("'BarcodeDetector' in window") is False
    camera.get_by_role("button", name="Камера").click()
    expect(camera.locator("#scan h1")).to_have_text("Проходите")
    assert Visit.objects.get().ticket == ticket
    head, view = (camera.locator(f".scan-page > {part}").bounding_box() for part in ("header", "video"))
    assert head
    assert view
    assert view["y"] > head["y"] + head["height"]

    expect(camera.locator("#door-kept span")).to_be_visible()
    camera.context.set_offline(True)
    camera.reload()
    camera.get_by_role("button", name="Камера").click()
    expect(camera.locator("#scan h1")).to_have_text(re.compile("Проверить не можем|Уже здесь"))
    expect(camera.locator(".pass")).to_contain_text(str(ticket.pk))
