"""On a phone the bars at the bottom cover no field that has the focus."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.factories import make_order

# The field with the focus, if a bar lies over a part of it; the last one has come round if it is the first again.
COVERED = """bars => {
  const field = document.activeElement, { top, bottom } = field.getBoundingClientRect();
  const above = [...document.querySelectorAll(bars)].filter((bar) => !bar.contains(field) && bar.checkVisibility());
  const over = above.some((bar) => bar.getBoundingClientRect().top < bottom);
  return field.matches("input, select, textarea, summary") && over && top < innerHeight ? field.id : "";
}"""


def covered(page: Page, bars: str) -> set[str]:
    """Go through the fields by Tab, there and back; return those that a bar covers."""
    found = set()
    for key in ("Tab", "Shift+Tab"):
        for _field in range(45):
            page.keyboard.press(key)
            found.add(page.evaluate(COVERED, bars))
    return found - {""}


@pytest.mark.parametrize("height", [700, 460], ids=["page", "keyboard is open"])
def test_no_field_of_an_order_lies_below_a_bar(page: Page, live_server: LiveServer, desk: Desk, height: int) -> None:
    page.set_viewport_size({"width": 390, "height": height})
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/new/?service={desk.open_space.pk}")
    for summary in page.locator("#order summary").all():
        summary.click()
    page.locator("#customer_q").focus()
    assert covered(page, ".save-bar, .side") == set()

    order = make_order(tariff=desk.open_space.tariffs.get(unit="day"), customer=desk.caller, by=desk.manager)
    ticket = order.lines.get(kind="tariff").ticket_id
    page.goto(f"{live_server.url}/manage/orders/{order.pk}/")
    page.locator(f'a[href*="/tickets/{ticket}/change/"]').first.click()
    expect(page.locator("#change-visitor_q")).to_be_attached()
    assert covered(page, "dialog footer") == set()
