"""What is done in Safari: its engine as Linux has it, on a display that nobody sees."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import ActionChains, Keys, Remote
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as seen
from selenium.webdriver.support.wait import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from accounts.models import User
from orders.models import Order
from tests.e2e.conftest import PATIENCE, session_of
from tests.e2e.desk import Desk
from tests.factories import make_order

NO_WEBKIT = "NO WEBKIT: apt-get install webkit2gtk-driver xvfb; what is done in Safari is SKIPPED"

if not os.environ.get("BROWSER_REQUIRED"):
    is_missing = not (shutil.which("WebKitWebDriver") and shutil.which("Xvfb"))
    pytestmark = pytest.mark.skipif(is_missing, reason=NO_WEBKIT)


class Safari:
    """A window, and what somebody does in it."""

    def __init__(self, driver: Remote, address: str) -> None:
        self.driver, self.address, self.wait = driver, address, WebDriverWait(driver, PATIENCE / 1000, 0.05)

    def sign_in(self, user: User) -> None:
        self.driver.get(f"{self.address}/accounts/login/")
        self.driver.delete_all_cookies()
        self.driver.add_cookie(session_of(user))

    def open(self, path: str) -> None:
        self.driver.get(self.address + path)

    def find(self, selector: str) -> WebElement:
        """Wait for what is to be seen."""
        return self.wait.until(seen.visibility_of_element_located((By.CSS_SELECTOR, selector)))

    def await_focus(self, selector: str) -> None:
        self.find(f"{selector}:focus")

    def press_on(self, selector: str) -> None:
        """Press in the middle of it, whatever lies there."""
        ActionChains(self.driver).move_to_element(self.find(selector)).click().perform()

    def press(self, *keys: str, held: str = "") -> None:
        chain = ActionChains(self.driver)
        for key in keys:
            chain = chain.key_down(held).send_keys(key).key_up(held) if held else chain.send_keys(key)
        chain.perform()


@pytest.fixture(scope="module")
def _driver(live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    """Start the browser, which ends before the server that it keeps connections to."""
    screen = ["Xvfb", "-displayfd", "1", "-screen", "0", "1600x1000x24"]
    with ExitStack() as stack:
        display = subprocess.Popen(screen, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        stack.enter_context(display)  # waits until it has ended
        stack.callback(display.terminate)
        assert display.stdout
        own = {"DISPLAY": f":{display.stdout.readline().strip()}", "HOME": str(tmp_path_factory.mktemp("webkit"))}
        service = Service(str(shutil.which("WebKitWebDriver")), env={**os.environ, **own})
        service.start()
        stack.callback(service.stop)
        connection = RemoteConnection(client_config=ClientConfig(service.service_url))
        driver = stack.enter_context(Remote(connection, options=Options()))
        driver.set_window_size(1440, 900)
        yield driver


@pytest.fixture
def safari(_driver: Remote, live_server: LiveServer, desk: Desk) -> Safari:
    """The browser of a manager."""
    safari = Safari(_driver, live_server.url)
    safari.sign_in(desk.manager)
    return safari


def test_an_order_is_taken_by_keyboard_alone(safari: Safari, desk: Desk) -> None:
    safari.open("/manage/orders/new/")
    safari.await_focus("#customer_q")
    safari.press("ива пет")
    safari.find(".listbox [role=option]")
    safari.press(Keys.ENTER)
    safari.await_focus("#service")
    safari.press(Keys.ARROW_DOWN, Keys.TAB, Keys.TAB)
    safari.await_focus("#day")
    safari.press("завтра 10-11")
    safari.wait.until(seen.text_to_be_present_in_element((By.CSS_SELECTOR, "#quote .sum"), "300"))
    safari.press(Keys.ENTER, held=Keys.CONTROL)
    safari.wait.until(seen.url_contains("/?created=1"))
    order = Order.objects.get()
    assert (order.customer, order.service, order.total) == (desk.caller, desk.open_space, 300)


def test_the_link_of_a_row_covers_its_row_alone(safari: Safari, desk: Desk) -> None:
    """There a row of a table holds nothing that is positioned."""
    for _ in range(2):
        make_order(tariff=desk.open_space.tariffs.get(unit="day"), customer=desk.caller, by=desk.manager)
    last = Order.objects.latest("number").number
    safari.open("/manage/orders/")
    safari.find("[popovertarget=f-status]").click()
    safari.find("#f-status [value=confirmed]").click()
    safari.wait.until(seen.url_contains("status=confirmed"))
    safari.press(Keys.ESCAPE)
    safari.press_on("tbody tr:first-child td:last-child")
    safari.wait.until(seen.url_contains(f"/manage/orders/{last}/"))
