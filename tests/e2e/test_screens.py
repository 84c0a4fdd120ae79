"""Every screen: accessible in both themes, without complaints of the browser, and light."""

import gzip
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from coworking.models import Ticket
from olvery.static_storage import STYLESHEET, without_comments
from orders.models import Order
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.factories import make_order

MOST_KILOBYTES = 45
STYLE_KILOBYTES = 24
SCRIPT_KILOBYTES = 12
WIDTHS = (390, 768, 1440)
OPTION = ".listbox [role=option]"
AXE = Axe().axe_script
# Buttons fade into the theme; the hand of a waiting clock goes on turning.
FADED = """Promise.all(
    document.getAnimations().filter(one => one instanceof CSSTransition).map(one => one.finished)
)"""


@pytest.fixture(autouse=True)
def _order(desk: Desk) -> None:
    make_order(tariff=desk.quiet_zone.tariffs.get(unit="hour"), customer=desk.caller, by=desk.manager)


def axe(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA: everything in the light theme, and in the dark one the colours.

    A theme changes nothing but colours.
    """
    tags = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = _violations(page, tags)
    page.emulate_media(color_scheme="dark")
    page.evaluate(FADED)
    found += _violations(page, {"type": "rule", "values": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    return found


def _violations(page: Page, only: dict[str, object]) -> list[str]:
    if page.evaluate("!window.axe"):
        page.evaluate(AXE)
    options = {"runOnly": only, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(options).then(results => results.violations)", options)
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


MANAGER_SCREENS = (
    "/manage/orders/",
    "/manage/orders/new/",
    "/manage/orders/{order}/",
    "/manage/orders/{order}/cancel/",
    "/manage/coworking/tickets/",
    "/manage/coworking/tickets/?ticket={ticket}",
    "/manage/coworking/tickets/{ticket}/",
    "/manage/money/",
    "/manage/money/day/",
    "/accounts/sign-ins/",
    "/accounts/factors/",
    "/accounts/factors/app/add/",
    "/accounts/factors/keys/add/",
)
CUSTOMER_SCREENS = ("/my/orders/?view=all", "/my/orders/{order}/", "/my/bookings/", "/my/bookings/{ticket}/")
OPEN_SCREENS = ("/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/")


@pytest.mark.parametrize("who", ["manager", "caller", "nobody"])
def test_screens_are_accessible_and_quiet(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str], who: str
) -> None:
    if who != "nobody":
        sign_in(page, getattr(desk, who), live_server.url)
    screens = {"manager": MANAGER_SCREENS, "caller": CUSTOMER_SCREENS, "nobody": OPEN_SCREENS}[who]
    numbers = {"order": Order.objects.get().number, "ticket": Ticket.objects.get().number}
    for screen in screens:
        page.goto(live_server.url + screen.format(**numbers))
        assert axe(page) == [], screen
    assert troubles == []


def test_the_filled_form_is_accessible(page: Page, live_server: LiveServer, desk: Desk) -> None:
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/new/")
    page.locator("#customer_q").press_sequentially("ива пет")
    expect(page.locator(OPTION)).to_have_count(1)
    assert axe(page) == []
    page.locator(OPTION).first.click()
    page.select_option("#service", label="Тихая зона")
    expect(page.locator("#seats label.seat").first).to_be_visible()
    assert axe(page) == []
    page.locator("[data-submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    assert axe(page) == []


def test_no_screen_is_wider_than_the_window(page: Page, live_server: LiveServer, desk: Desk) -> None:
    sign_in(page, desk.manager, live_server.url)
    numbers = {"order": Order.objects.get().number, "ticket": Ticket.objects.get().number}
    for screen in MANAGER_SCREENS:
        page.goto(live_server.url + screen.format(**numbers))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            root = page.locator("html")
            assert root.evaluate_handle("element => element.scrollWidth").json_value() <= width, (screen, width)


def test_styles_and_scripts_stay_small() -> None:
    styles = compressed(Path(str(finders.find(STYLESHEET))).read_bytes())
    sources = (settings.BASE_DIR / "static" / "js").glob("*.js")
    scripts = sum(compressed(without_comments(path.read_text()).encode()) for path in sources)
    htmx = compressed(Path(str(finders.find("django_htmx/htmx-2.min.js"))).read_bytes())
    assert styles <= STYLE_KILOBYTES * 1024, styles
    assert scripts <= SCRIPT_KILOBYTES * 1024, scripts
    assert styles + scripts + htmx <= MOST_KILOBYTES * 1024, styles + scripts + htmx


def compressed(content: bytes) -> int:
    """Return the size that is sent."""
    return len(gzip.compress(content, 9))
