"""The pictures of README and guides: which screens of the demo they show, and how they are taken."""

import base64
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import timezone

from olvery.demo.people import PASSWORD
from olvery.demo.places import TIME_ZONE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

WIDTH, HEIGHT = 1280, 800
MOST_BYTES = 60 * 1024
QUALITIES = (75, 65, 55, 45, 35, 25)  # WebP qualities, per cent: the best that fits is used
MANAGER, CUSTOMER = "manager@olvery.test", "customer@olvery.test"
# The headless one needs half of the processor time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ROW = "table[data-rows] td:first-child > a"


@dataclass(frozen=True, slots=True)
class Picture:
    """A screen, whoever is signed in there, and what is done before it is taken."""

    name: str
    address: str
    who: str = MANAGER
    arrange: "Callable[[Page], object] | None" = None


def browser_path() -> str | None:
    """Return the browser named in CHROMIUM_PATH, or one found on the machine."""
    named = os.environ.get("CHROMIUM_PATH")
    return named or next((path for path in map(shutil.which, BROWSERS) if path), None)


def _working_day() -> str:
    """Return today, or the Friday before a weekend, when the demo's location is closed."""
    today = timezone.now().astimezone(ZoneInfo(TIME_ZONE)).date()
    return (today - timedelta(days=max(today.weekday() - 4, 0))).isoformat()


def _open_first(page: "Page") -> None:
    page.locator(ROW).first.click()
    page.wait_for_load_state("networkidle")


def _order_again(page: "Page") -> None:
    number = re.sub(r"\D", "", page.locator(ROW).first.inner_text())
    page.goto(f"{page.url.partition('?')[0]}new/?like={number}", wait_until="networkidle")


def _tick_three(page: "Page") -> None:
    for place in range(3):
        page.locator("[data-bulk] [name=pk]").nth(place).check()


def _open_service(page: "Page") -> None:
    page.locator("main a[href^='/services/']").first.click()
    page.wait_for_load_state("networkidle")


PICTURES = (
    Picture("today", "/manage/"),
    Picture("order-form", "/manage/orders/?status=confirmed", arrange=_order_again),
    Picture("orders", "/manage/orders/?status=confirmed", arrange=_tick_three),
    Picture("order", "/manage/orders/?status=awaiting_payment", arrange=_open_first),
    Picture("tickets", "/manage/coworking/tickets/?status=active", arrange=_open_first),
    Picture("calendar", "/manage/coworking/calendar/?day={working_day}"),
    Picture("check-in", "/manage/check-in/"),
    Picture("money", "/manage/money/"),
    Picture("reports", "/manage/reports/"),
    Picture("service", "/services/", who=CUSTOMER, arrange=_open_service),
    Picture("my-orders", "/my/orders/", who=CUSTOMER),
    Picture("my-booking", "/my/bookings/", who=CUSTOMER),
)


def take_pictures(browser: "Browser", site: str, folder: Path) -> dict[str, int]:
    """Take all pictures of the site into the folder, in the light theme, and return their sizes in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for who in dict.fromkeys(picture.who for picture in PICTURES):
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            locale="ru-RU",
            timezone_id="Europe/Moscow",
            color_scheme="light",
            reduced_motion="reduce",
        )
        _sign_in(context, site, who)
        for picture in (one for one in PICTURES if one.who == who):
            sizes[picture.name] = _take(context, site, picture, folder / f"{picture.name}.webp")
        context.close()
    return sizes


def _sign_in(context: "BrowserContext", site: str, who: str) -> None:
    page = context.new_page()
    page.goto(f"{site}/accounts/login/")
    page.locator("[name=login]").fill(who)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_load_state("networkidle")
    page.close()


def _take(context: "BrowserContext", site: str, picture: Picture, path: Path) -> int:
    page = context.new_page()
    page.goto(site + picture.address.format(working_day=_working_day()), wait_until="networkidle")
    if picture.arrange:
        picture.arrange(page)
    # Playwright itself only writes PNG and JPEG.
    session, data = context.new_cdp_session(page), b""
    for quality in QUALITIES:
        taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        data = base64.b64decode(taken["data"])
        if len(data) <= MOST_BYTES:
            break
    path.write_bytes(data)
    page.close()
    return len(data)
