"""The browser that all tests share."""

import pytest
from playwright.sync_api import Browser, BrowserContext
from pytest_django.live_server_helper import LiveServer

from tests.e2e.conftest import forget

LEAVE = """async () => {
    localStorage.setItem("theme", "dark");
    document.cookie = "seen=1";
    await caches.open("door");
    await new Promise(done => { indexedDB.open("door", 1).onsuccess = done; });
    await navigator.serviceWorker.register("/manage/check-in/worker.js");
}"""
LEFT = """async () => ({
    stored: localStorage.length,
    cookies: document.cookie,
    caches: await caches.keys(),
    databases: (await indexedDB.databases()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""
NOTHING = {"stored": 0, "cookies": "", "caches": [], "databases": 0, "workers": 0}


def test_leftovers_of_a_test_in_the_browser_are_cleared(context: BrowserContext, live_server: LiveServer) -> None:
    page = context.new_page()
    page.goto(f"{live_server.url}/services/")
    page.evaluate(LEAVE)
    left = page.evaluate(LEFT)
    assert [name for name, value in left.items() if value == NOTHING[name]] == []
    context.set_offline(True)

    forget(context, live_server.url)
    page = context.new_page()
    page.goto(f"{live_server.url}/services/")
    assert page.evaluate(LEFT) == NOTHING


def test_a_clock_that_a_test_has_set_in_the_profile_of_all_is_found(browser: Browser, live_server: LiveServer) -> None:
    with browser.new_context() as profile:
        profile.new_page()
        forget(profile, live_server.url)
        profile.clock.install()
        with pytest.raises(AssertionError, match="use `clocked`"):
            forget(profile, live_server.url)
