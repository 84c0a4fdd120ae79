"""A form that outlives the sign-in: one press goes on with it after a new one in another tab."""

from django.conf import settings
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Company
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk


def test_a_form_goes_on_with_one_press_after_a_sign_in_in_another_tab(
    page: Page, live_server: LiveServer, desk: Desk
) -> None:
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/companies/new/")
    page.get_by_label("Компания").fill("ООО «Ветер»")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="Добавить").click()
    expect(page.get_by_text("Всё введённое на месте")).to_be_visible()
    page.wait_for_load_state()  # without its script the page would only be shown again, with the right token

    sign_in(page, desk.manager, live_server.url)  # which gives another token, too
    page.context.add_cookies([{"name": settings.CSRF_COOKIE_NAME, "value": "a" * 32, "url": live_server.url}])
    page.get_by_role("button", name="Продолжить").click()

    expect(page.get_by_text("Пока ничего не сделано")).to_be_visible()
    expect(page.get_by_label("Компания")).to_have_value("ООО «Ветер»")
    assert not Company.objects.exists()
