"""«Сегодня» by keyboard alone."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from coworking.models import Location, Visit
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.factories import make_order, make_user
from tests.moments import TUESDAY
from tests.orders.booking.changes import when


def test_whoever_is_marked_leaves_the_focus_to_the_next(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    Location.objects.update(visits_from=TUESDAY, entry_minutes=120)
    tariff = desk.open_space.tariffs.get(unit="hour")
    orders = [
        make_order(
            tariff=tariff, customer=person, by=desk.manager, when=when(start, "15", TUESDAY), payment_method=method
        )
        for person, start, method in ((desk.caller, "09:30", "invoice"), (make_user(), "10", "on_site"))
    ]
    first, second = (order.lines.get().ticket_id for order in orders)
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/", wait_until="networkidle")
    page.locator(f"#in-{first}").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#pay-{second}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog [data-submit]")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"#pay-{second}")).to_have_count(0)
    expect(page.locator(f"#in-{second}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f"#in-{second}")).to_have_count(0)
    expect(page.locator("#today :focus")).to_have_count(1)
    assert Visit.objects.count() == 2
    assert troubles == []
