"""Settings in a browser: what is typed in one section is not lost by saving another."""

from playwright.sync_api import Dialog, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Membership, Role
from coworking.models import Service
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk


def test_a_section_that_is_not_saved_says_so_and_is_not_left_unasked(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    location = desk.open_space.location
    Membership.objects.create(user=desk.manager, location=location, role=Role.LOCATION_ADMINISTRATOR)
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/coworking/services/{desk.open_space.pk}/")
    name, buffer = page.locator("#about-name"), page.locator("#places-buffer_minutes")
    about, places = page.locator("#about"), page.locator("#places")
    unsaved = about.get_by_text("не сохранено")
    in_list = page.locator('.settings-nav [href="#about"] .tone')
    save = about.locator(".setting-foot [type=submit]")

    was = name.input_value()
    expect(in_list).to_be_hidden()
    name.press_sequentially(" 2")
    expect(unsaved).to_be_visible()
    expect(in_list).to_be_visible()
    expect(save).to_have_attribute("data-variant", "primary")
    name.fill(was)
    expect(unsaved).to_be_hidden()
    name.press_sequentially(" 2")

    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    buffer.fill("15")
    places.locator(".setting-foot [type=submit]").click()
    expect(unsaved).to_be_visible()
    assert (asked, name.input_value(), buffer.input_value()) == (["beforeunload"], f"{was} 2", "15")
    assert Service.objects.get(pk=desk.open_space.pk).buffer_minutes == 0

    buffer.fill("0")
    save.click()
    expect(page.locator("#toasts")).to_contain_text("Раздел «Об услуге» сохранён.")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{was} 2")
    expect(unsaved).to_be_hidden()
    assert (asked, troubles) == (["beforeunload"], [])

    buffer.fill("")
    buffer.press("Control+Enter")
    expect(places).to_contain_text("Обязательное поле.")
    expect(buffer).to_be_focused()  # though the address names a section, which a browser goes to
