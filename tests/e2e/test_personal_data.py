"""A person downloads their data, and asks to be erased, on a phone."""

import logging
import zipfile

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Erasure
from tests.e2e.conftest import named_in, sign_in
from tests.e2e.desk import Desk


def test_a_person_takes_their_data_along_and_asks_to_be_erased(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, desk.caller, live_server.url)
    page.goto(f"{live_server.url}/my/profile/")
    with page.expect_download() as given:
        page.get_by_role("button", name="Скачать мои данные").click()
    with zipfile.ZipFile(given.value.path()) as archive:
        told = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".html"))
    assert desk.caller.last_name in told

    page.get_by_role("link", name="Удалить мои данные…").click()
    page.get_by_role("button", name="Попросить удалить мои данные").click()
    expect(page.locator("main [role=status]")).to_contain_text("ждёт администратора")
    assert Erasure.objects.get().person == desk.caller
    assert page.locator("html").evaluate("page => page.scrollWidth") <= 390

    page.get_by_role("button", name="Отозвать запрос").click()
    expect(page.get_by_role("button", name="Попросить удалить мои данные")).to_be_visible()
    assert troubles == []


def test_a_name_in_the_log_would_be_found(desk: Desk, logged: list[str]) -> None:
    logging.getLogger("olvery").info("seen by %s", desk.caller.last_name)
    assert len(named_in(logged)) == 2
    logged.clear()
