"""The editor of a seat plan by keys alone: chosen, moved, numbered, undone and saved."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Membership, Role
from coworking.models import PlanItem, Seat
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.pictures import make_picture


def test_by_keys(page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]) -> None:
    location = desk.quiet_zone.location
    Membership.objects.create(user=desk.manager, location=location, role=Role.LOCATION_ADMINISTRATOR)
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/coworking/services/{desk.quiet_zone.pk}/plan/")
    seats = list(Seat.objects.filter(service=desk.quiet_zone).order_by("table", "position", "pk"))
    first = page.locator(f"[data-key=seats-{seats[0].pk}]")
    before = first.get_attribute("transform")
    first.focus()
    for key in ("Space", "Tab", "Space", "ArrowRight", "Shift+ArrowDown", "r"):
        page.keyboard.press(key)
    expect(page.locator("[data-plan-count]")).to_have_text("2")
    expect(first).not_to_have_attribute("transform", before or "")
    for _ in range(3):
        page.keyboard.press("Control+z")
    expect(first).to_have_attribute("transform", before or "")
    for _ in range(3):
        page.keyboard.press("Control+Shift+z")
    page.locator("[data-plan-add=table]").press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Схема сохранена")
    spots = list(
        Seat.objects.filter(pk__in=[seat.pk for seat in seats[:2]]).order_by("x").values_list("x", "y", "turn")
    )
    assert spots == [(7, 6, 15), (12, 6, 15)]
    assert desk.quiet_zone.plan_items.get().kind == "table"
    assert troubles == []


def test_the_picture_under_the_seats_by_keys(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    location = desk.quiet_zone.location
    Membership.objects.create(user=desk.manager, location=location, role=Role.LOCATION_ADMINISTRATOR)
    spot = {"x": 42, "y": 31, "width": 80, "height": 60}
    item = PlanItem.objects.create(service=desk.quiet_zone, kind="picture", picture=make_picture(), **spot)
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/coworking/services/{desk.quiet_zone.pk}/plan/")
    image = page.locator("svg image")
    expect(image).to_have_attribute("opacity", "0.4")
    page.locator("[data-plan-choose=picture]").press("Enter")
    for key in ("ArrowRight", "Shift+ArrowDown", "ArrowLeft", "Control+z"):
        page.keyboard.press(key)
    page.locator("#plan-opacity").fill("75")
    page.locator("#plan-in-forms").check()
    expect(image).to_have_attribute("opacity", "0.75")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Схема сохранена")
    item.refresh_from_db()
    assert (item.x, item.y, item.width, item.height, item.opacity, item.is_in_forms) == (44, 32, 80, 60, 75, True)
    assert troubles == []
