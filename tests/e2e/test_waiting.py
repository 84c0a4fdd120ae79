"""A customer on a phone waits for a full time, and a manager frees it."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from coworking.models import Unit
from orders.domain.booking import waiting
from orders.domain.desk.cancelling import cancel_order
from orders.models import WaitedOrder
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.factories import make_order
from tests.moments import NOW, WEDNESDAY
from tests.orders.booking.asking import at_hours


def test_a_full_time_is_waited_for_by_taps_and_comes_as_an_order(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    service = desk.quiet_zone
    tariff = service.tariffs.get(unit=Unit.HOUR)
    everybody = (None,) * service.seats.count()
    order = make_order(tariff=tariff, by=desk.manager, when=at_hours("10", "12"), visitor_ids=everybody)
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, desk.caller, live_server.url)
    page.goto(f"{live_server.url}/services/{service.pk}/?day={WEDNESDAY.isoformat()}")
    for clock in ("10:00", "11:00"):
        page.get_by_role("button", name=clock).click()
        expect(page.get_by_role("button", name=clock)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".span-text b")).to_have_text("10:00–12:00")
    page.locator("label.choice", has_text="На месте").click()
    line = page.locator("#summary")
    expect(line).to_contain_text("Вы первые в очереди.")
    assert page.locator("html").evaluate("page => page.scrollWidth") <= 390
    line.get_by_role("button", name="Встать в очередь").press("Enter")
    page.wait_for_url("**/my/waiting/")
    expect(page.get_by_role("heading", name="Тихая зона")).to_be_visible()

    cancel_order(order.pk, by=desk.manager, reason="Передумал", at=NOW)
    assert waiting.offer_places(service.pk, at=NOW) == 1
    page.reload()
    page.get_by_role("link", name="Тихая зона").click()
    page.wait_for_url(f"**/my/orders/{WaitedOrder.objects.get().order_id}/")
    assert troubles == []
