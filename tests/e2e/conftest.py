"""A real browser against a real server."""

import logging
import os
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from olvery.demo.pictures import browser_path
from olvery.shared.logs import DiscreetFormatter, JsonFormatter
from olvery.static_storage import STYLESHEET, join_imports
from tests.e2e.desk import Desk, set_up_desk
from tests.moments import NOW

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
    # No page stays long enough for scripts to be optimized.
    "--js-flags=--no-opt,--no-maglev,--always-sparkplug",
]
NO_BROWSER = (
    "NO BROWSER: apt-get install chromium-headless-shell, or name another in CHROMIUM_PATH; browser tests are SKIPPED"
)

BROKEN_OFF = ("htmx:sendAbort", "htmx:afterRequest")
PATIENCE = 30_000  # milliseconds: a limit for what never comes; a busy machine takes seconds for a page
OWN = ("http://localhost:", "http://127.0.0.1:", "data:")

# Playwright's loop runs in the thread of the tests, and Django would think their queries asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the browser tests; without a browser skip them loudly, or fail where a skip is forbidden."""
    missing, here = browser_path() is None, Path(__file__).parent
    for item in items:
        if item.path.parent == here:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.django_db(transaction=True))
            if missing and not os.environ.get("BROWSER_REQUIRED"):
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Report at the very end that no browser was found."""
    if browser_path() is None:
        terminalreporter.section(NO_BROWSER, red=True, bold=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the machine's browser, without requests to its vendor."""
    path = browser_path()
    assert path, NO_BROWSER
    return {**browser_type_launch_args, "executable_path": path, "args": QUIET}


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    """Let expectations wait as long as everything else in Playwright."""
    expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session", autouse=True)
def _close_what_was_opened_beside_the_loop(playwright: Playwright) -> Iterator[None]:
    """Close the connection to the database before the loop ends.

    Django keeps separate connections for code next to a running loop; without a loop nobody would find it again.
    """
    yield
    connections.close_all()


@pytest.fixture(scope="session", autouse=True)
def _joined_stylesheet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Serve the stylesheet as collectstatic makes it: one file, before the sources it is joined from."""
    folder = tmp_path_factory.mktemp("static")
    sources = settings.BASE_DIR / "static"
    stylesheet = folder / STYLESHEET
    stylesheet.parent.mkdir()
    stylesheet.write_text(join_imports(STYLESHEET, lambda name: (sources / name).read_text()))
    with override_settings(STATICFILES_DIRS=[folder, *settings.STATICFILES_DIRS]):
        yield


@pytest.fixture(scope="session", autouse=True)
def _files_that_are_kept() -> Iterator[None]:
    """Let the browser cache static files, as on a real site: otherwise each page would request sixteen again.

    Without a header it goes by the age of a file, and these are newer than the clock of the tests.
    """
    serve = StaticFilesHandler.serve

    def serve_to_keep(handler: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
        answer = serve(handler, request)
        answer["Cache-Control"] = "max-age=31536000, immutable"
        return answer

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(StaticFilesHandler, "serve", serve_to_keep)
        yield


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Be a Russian browser in another time zone: the location's time counts."""
    return {
        **browser_context_args,
        "locale": "ru-RU",
        "timezone_id": "Asia/Vladivostok",
        "viewport": {"width": 1440, "height": 900},
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="session")
def _profile(
    django_db_setup: None, live_server: LiveServer, browser: Browser, browser_context_args: dict[str, Any]
) -> Iterator[BrowserContext]:
    """Set up one profile for all tests: a new one costs the browser a second.

    An empty tab stays open, from which the leftovers of a test are cleared. It keeps connections to the server, which
    keeps some to the database: they end in this order.
    """
    with browser.new_context(**browser_context_args) as profile:
        profile.new_page()
        yield profile


@pytest.fixture
def context(_profile: BrowserContext, live_server: LiveServer) -> Iterator[BrowserContext]:
    """The profile, which only caches files that do not change."""
    yield _profile
    forget(_profile, live_server.url)


@pytest.fixture
def clocked(browser: Browser, browser_context_args: dict[str, Any], live_server: LiveServer) -> Iterator[Page]:
    """A page whose clock the test sets: in a profile of its own, because that cannot be undone."""
    with browser.new_context(**browser_context_args) as profile:
        page = profile.new_page()
        page.clock.install()
        yield page


def forget(profile: BrowserContext, site: str) -> None:
    """Close what a test opened, and clear what it left."""
    empty, *tabs = profile.pages
    assert "[native code]" in empty.evaluate("String(setTimeout)"), "a clock stays in the profile: use `clocked`"
    for tab in tabs:
        tab.close()
    profile.set_offline(False)
    profile.clear_cookies()
    browser = profile.new_cdp_session(empty)
    browser.send("Storage.clearDataForOrigin", {"origin": site, "storageTypes": "all"})
    browser.detach()


@pytest.fixture(autouse=True)
def logged(transactional_db: None) -> Iterator[list[str]]:
    """Collect what the site logs during a test, as on the console, and check afterwards that it names nobody."""
    lines: list[str] = []
    root, handler = logging.getLogger(), _Collector(lines)
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lines
    root.setLevel(before)
    root.removeHandler(handler)
    assert named_in(lines) == []


class _Collector(logging.Handler):
    """Keeps lines in both forms that a site may choose."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines, self.forms = lines, [JsonFormatter(), DiscreetFormatter("{levelname} {name}: {message}", style="{")]

    def emit(self, record: logging.LogRecord) -> None:
        """Store the formatted record."""
        self.lines += [form.format(record) for form in self.forms]


def named_in(lines: list[str]) -> list[str]:
    """Return the lines with the last name, phone or e-mail of a person known to the site."""
    known = {text for person in User.objects.values_list("last_name", "phone", "email") for text in person if text}
    return [line for line in lines if any(str(text) in line for text in known)]


@pytest.fixture
def desk(transactional_db: None) -> Iterator[Desk]:
    """Be at the desk on Tuesday, 24 November 2026, at 9:00 in Moscow; the clock runs from there."""
    with time_machine.travel(NOW.astimezone(UTC), tick=True):
        yield set_up_desk()


@pytest.fixture
def troubles(page: Page) -> list[str]:
    """Collect the browser's complaints: script errors, refused content, requests to other sites.

    Requests of a page that is left are aborted, which htmx reports.
    """
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console",
        lambda message: (
            found.append(message.text) if message.type == "error" and not message.text.startswith(BROKEN_OFF) else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            None if "://localhost" in request.url or "://127.0.0.1" in request.url else found.append(request.url)
        ),
    )
    return found


def sign_in(page: Page, user: User, address: str) -> None:
    """Give the browser a session of this person."""
    page.context.add_cookies([{**session_of(user), "url": address}])


def session_of(user: User) -> dict[str, str]:
    """Save a session of this person and return its cookie."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": str(session.session_key)}
