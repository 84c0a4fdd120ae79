"""The board of the calendar in a browser: how long drawing, scrolling and dragging a bar take.

The responses are fetched first and then served to the browser from memory: the tickets are in a transaction that
nobody else sees, and the server's time is measured elsewhere.
"""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from playwright.sync_api import CDPSession, Page, Route, sync_playwright

from bench.results import Results
from bench.targets import BOARD_MS
from olvery.demo.pictures import browser_path
from olvery.shared import page_parts
from olvery.static_storage import STYLESHEET, join_imports

SITE = "http://bench.invalid"
TIMES = 11
STEPS = 30  # of a scroll, of a drag
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

LAYOUT, ALL = {"RecalcStyleDuration", "LayoutDuration"}, {"TaskDuration"}

LISTEN = """
window.reports = [];
document.addEventListener('securitypolicyviolation', event => reports.push(event.violatedDirective));
"""
# Ends when the boxes of the new board are known, and the frame with them is drawn.
SWAP = """url => new Promise(done => {
    document.addEventListener('htmx:afterSettle', () => {
        document.querySelector('.board').getBoundingClientRect();
        requestAnimationFrame(() => setTimeout(done));
    }, {once: true});
    htmx.ajax('GET', url, {target: '#calendar', swap: 'outerHTML'});
})"""
FRAME = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
# The times between two frames while a step is made in each of them.
SCROLL = """steps => new Promise(done => {
    const gaps = [];
    let before = null;
    const box = document.scrollingElement;
    const step = at => {
        if (before !== null) gaps.push(at - before);
        before = at;
        if (gaps.length === steps) return done(gaps);
        box.scrollTop += box.scrollHeight / steps;
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
})"""


@dataclass(frozen=True, slots=True)
class Work:
    """The working time of the page's main thread, milliseconds: for style and layout, and in total."""

    layout: float
    all: float


def run(results: Results, client: Client, query: dict[str, object]) -> None:
    """Measure the board of a day with every row, or say that there is no browser."""
    results.table("Calendar: every row in a browser", "", "median, ms", "slowest", "target", "")
    path = browser_path()
    if path is None:
        results.note("NOT MADE: there is no browser, see CONTRIBUTING.md.")
        return
    answers = _answers(client, query)
    with _unlimited(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="ru-RU")
        page.add_init_script(LISTEN)
        page.route("**/*", lambda route: _serve(route, answers))
        address = f"{reverse('orders:calendar')}?{urlencode(query)}"
        page.goto(SITE + address, wait_until="networkidle")
        metrics = page.context.new_cdp_session(page)
        # Excludes the time of other processes on a busy machine.
        metrics.send("Performance.enable", {"timeDomain": "threadTicks"})
        swaps = [_worked(metrics, lambda: page.evaluate(SWAP, address)) for _time in range(TIMES)]
        _row(results, "styles and boxes of a board that is swapped", [swap.layout for swap in swaps])
        _row(results, "all of the swap: parsed, laid out, painted", [swap.all for swap in swaps], None)
        _row(results, "the window gets another width", [_resized(page, metrics, number) for number in range(TIMES)])
        _row(results, "a frame while it is scrolled", page.evaluate(SCROLL, STEPS))
        _row(results, "a step of a bar that is dragged", _dragged(page, metrics))
        _reports(results, page)
        browser.close()


def _answers(client: Client, query: dict[str, object]) -> dict[bool | str, Any]:
    """Return the page, and the board alone, as the calendar gives them, and what scripts need of every page."""
    address, plain = reverse("orders:calendar"), {"Accept-Encoding": "identity"}
    board = {"HX-Request": "true", "HX-Target": "calendar", **plain}
    return {
        False: client.get(address, query, headers=plain),
        True: client.get(address, query, headers=board),
        **{parts: client.get(parts, headers=plain) for parts in page_parts.addresses()},
    }


def _serve(route: Route, answers: dict[bool | str, Any]) -> None:
    """Serve the calendar and files; the only other request polls for changes."""
    path = urlsplit(route.request.url).path
    if path.startswith("/static/"):
        name = path.removeprefix("/static/")
        file = str(finders.find(name))
        body = join_imports(name, _source) if name == STYLESHEET else _source(name)
        route.fulfill(body=body, content_type=TYPES[file.rpartition(".")[2]])
    elif path == reverse("orders:calendar"):
        answer = answers["hx-request" in route.request.headers]
        route.fulfill(body=answer.content, headers=dict(answer.headers.items()))
    elif path in answers:
        route.fulfill(body=answers[path].content, content_type=TYPES["js"])
    else:
        route.fulfill(status=204)


def _source(name: str) -> str:
    with open(str(finders.find(name))) as file:
        return file.read()


def _resized(page: Page, metrics: CDPSession, number: int) -> float:
    """Return how long a new width takes: the styles, the boxes and the picture."""

    def resize() -> None:
        page.set_viewport_size({"width": 1440 - 120 * (number % 2 + 1), "height": 900})
        page.evaluate(FRAME)

    return _worked(metrics, resize).all


def _dragged(page: Page, metrics: CDPSession) -> list[float]:
    """Drag a bar over the board and back to where it was; return how long each step takes."""
    page.set_viewport_size({"width": 1440, "height": 900})
    bar = page.locator(".bar[data-movable]").first
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()

    def drag(step: int) -> None:
        page.mouse.move(x + 12 * (step % 10), y + 14 * (step % 6))
        page.evaluate(FRAME)

    taken = [_worked(metrics, partial(drag, step)).all for step in range(STEPS)]
    assert page.locator("[data-moving]").count() == 1, "the bar was not picked up"
    page.mouse.move(x, y)
    page.mouse.up()
    return taken


def _worked(metrics: CDPSession, do: Callable[[], object]) -> Work:
    """Do something and return how long the page's main thread has worked for it."""
    before = _metrics(metrics)
    do()
    after = _metrics(metrics)
    taken = {name: (after[name] - before[name]) * 1000 for name in LAYOUT | ALL}
    return Work(layout=sum(taken[name] for name in LAYOUT), all=sum(taken[name] for name in ALL))


def _metrics(metrics: CDPSession) -> dict[str, float]:
    return {one["name"]: float(one["value"]) for one in metrics.send("Performance.getMetrics")["metrics"]}


def _row(results: Results, name: str, taken: list[float], most: int | None = BOARD_MS) -> None:
    missed = most is not None and median(taken) > most
    word = results.judge(missed, f"{name}: {median(taken):.0f} ms, target {most}") if most else ""
    results.row(name, median(taken), max(taken), most or "", word)


def _reports(results: Results, page: Page) -> None:
    reports = page.evaluate("reports")
    results.expect(not reports, f"the browser refused {reports} by the policy of the page")
    results.note(f"Reports of the content security policy: {len(reports)}.")


@contextmanager
def _unlimited() -> Iterator[None]:
    """Let the browser reserve more address space than the memory limit of a measurement."""
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limits[1], limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
