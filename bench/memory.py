"""How much memory a web process holds after ten thousand requests, and how long the site takes to start."""

from collections.abc import Sequence
from itertools import count
from statistics import median

from django.db import connection
from django.urls import reverse

from bench import database, server
from bench.form import values_of
from bench.results import Results
from bench.sides import Side
from bench.targets import COLD_START_SECONDS, GROWTH_MB, WEB_PROCESS_MB
from orders.models import Order

STARTS, REQUESTS, BROWSERS = 5, 10_000, 4
LOOKS = (1_000, 5_000, REQUESTS)


def run(results: Results, sides: Sequence[Side]) -> None:
    """Start the site a few times, then request from one process whatever a manager opens."""
    side = sides[0]
    side.use()
    url = database.url(side.name)
    fields = {**values_of(side.manager, side.location), "for": "customer", "customer_q": "иван петров"}
    orders = list(Order.objects.filter(location=side.location).order_by("-pk").values_list("pk", flat=True)[:500])
    connection.close()
    results.table("The web server", "", "figure", "target", "")
    started = []
    for _start in range(STARTS):
        with server.running(url) as site:
            started.append(site.started_in)
    seconds = median(started)
    word = results.judge(seconds > COLD_START_SECONDS, f"the site starts in {seconds:.2f} s")
    results.row("from the command to the first page, s", f"{seconds:.2f}", f"≤ {COLD_START_SECONDS}", word)
    with server.running(url, processes=1) as site:
        seen = _ask_for_everything(site, fields, orders)
    for requests, megabytes in seen.items():
        word = results.judge(megabytes > WEB_PROCESS_MB, f"a web process holds {megabytes:.0f} MB")
        results.row(f"a web process after {requests:,} requests, MB", megabytes, f"≤ {WEB_PROCESS_MB}", word)
    growth = seen[LOOKS[-1]] - seen[LOOKS[-2]]
    word = results.judge(growth > GROWTH_MB, f"a web process grows by {growth:.1f} MB in its second half")
    results.row("growth in the second half, MB", growth, f"≤ {GROWTH_MB}", word)


def _ask_for_everything(site: server.Server, fields: dict[str, str], orders: list[int]) -> dict[int, float]:
    """Send the requests from several browsers and return the memory after some of them."""
    first = server.Browser(site.port)
    first.sign_in("manager@olvery.test")
    turns, seen = count(), dict[int, float]()
    posts = [reverse(f"orders:{name}") for name in ("create-people", "create-availability", "create-quote")]
    pages = [reverse("orders:list"), reverse("orders:tickets"), reverse("orders:create")]

    def work() -> None:
        browser = server.Browser(site.port, first.cookies)
        for turn in iter(turns.__next__, None):
            if turn >= REQUESTS:
                return
            kind = turn % 10
            if kind < 3:
                browser.get(pages[kind])
            elif kind < 6:
                browser.post(posts[kind - 3], fields, is_htmx=True)
            else:
                browser.get(reverse("orders:detail", args=[orders[turn % len(orders)]]))
            if turn + 1 in LOOKS:
                seen[turn + 1] = site.memory_mb()

    server.at_once(work, BROWSERS)
    return dict(sorted(seen.items()))
