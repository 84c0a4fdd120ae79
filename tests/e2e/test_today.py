"""«Сегодня» by keyboard alone."""

from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from coworking.models import Location, Ticket, Visit
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.factories import make_order, make_user
from tests.moments import TUESDAY
from tests.orders.booking.changes import when


def test_two_rows_pressed_one_after_the_other_are_both_marked(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    Location.objects.update(visits_from=TUESDAY, entry_minutes=120)
    tariff = desk.open_space.tariffs.get(unit="hour")
    for person in (desk.caller, make_user()):
        terms = {"by": desk.manager, "when": when("10", "15", TUESDAY), "payment_method": "invoice"}
        make_order(tariff=tariff, customer=person, **terms)
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/", wait_until="networkidle")
    held: list[Route] = []  # as if the connection were still being opened
    page.route("**/visit/", lambda route: held.append(route), times=1)  # noqa: PLW0108 - Playwright writes to it
    buttons = [page.locator(f"#in-{number}") for number in Ticket.objects.values_list("pk", flat=True)]
    with page.expect_request("**/visit/"):
        buttons[0].click()
    buttons[1].dblclick()
    [first] = held
    first.continue_()
    for button in buttons:
        expect(button).to_have_count(0)
    assert Visit.objects.count() == 2
    assert troubles == []


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
