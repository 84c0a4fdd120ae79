"""A long export: the time of a million rows, the worker's memory, and the speed of the list meanwhile."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import psutil
from django.urls import reverse
from django.utils import timezone

from accounts.models import ListName
from bench import database, server
from bench.measure import percentiles
from bench.results import Results
from bench.sides import Side
from bench.targets import EXPORT_MB, EXPORT_SECONDS_A_MILLION, LIST
from orders.domain import exports
from orders.models import Export, ExportFormat, ExportStatus

EVERYTHING = (
    (ListName.ORDERS, ExportFormat.XLSX),
    (ListName.TICKETS, ExportFormat.CSV),
)
# As few rows as it takes to have everything imported and every buffer filled once.
WARM_UP = f"from={timezone.localdate():%d.%m.%Y}&to={timezone.localdate():%d.%m.%Y}"
LOOKS_BEFORE, BETWEEN_LOOKS = 40, 0.25
LONGEST = 3600


@dataclass
class Watch:
    """The largest memory of the worker, megabytes, its own seconds, and the times of the list, milliseconds."""

    worker: psutil.Process
    browser: server.Browser
    largest: float = 0
    looks: list[float] = field(default_factory=list)

    def look(self) -> None:
        """Open the list once, and read the worker's memory."""
        answer = self.browser.get(reverse("orders:list"))
        if answer.status != 200:
            raise RuntimeError(f"the list answers {answer.status}")
        self.looks.append(answer.ms)
        self.largest = max(self.largest, self.memory())

    def own_seconds(self) -> float:
        """Return the worker's processor time, which excludes other work of the machine."""
        taken = self.worker.cpu_times()
        return float(taken.user + taken.system)

    def memory(self) -> float:
        """Return the worker's present memory."""
        return float(self.worker.memory_info().rss) / 2**20


def run(results: Results, sides: Sequence[Side]) -> None:
    """Have the lists of the busiest location written, with a manager who goes on working."""
    side = sides[0]
    side.use()
    facts = {"by": side.manager, "location": side.location}
    url = database.url(side.name)
    results.table(
        "Exports of a whole list",
        *("", "rows", "s", "s a million", "of the worker's own", "MB", "worker, MB", "more", "list p50", "p95", ""),
    )
    with server.running(url) as site, server.worker(url, queue="exports") as process:
        browser = server.Browser(site.port)
        browser.sign_in(side.manager.email or "")
        worker = psutil.Process(process.pid)
        _forget(_written(facts, ListName.ORDERS, ExportFormat.XLSX, Watch(worker, browser), query=WARM_UP)[0])
        quiet = Watch(worker, browser)
        for _look in range(LOOKS_BEFORE):
            quiet.look()
        for what, kind in EVERYTHING:
            _measure(results, facts, what, kind, Watch(worker, browser), quiet)
    results.row("the list alone", "", "", "", "", "", quiet.largest, "", *percentiles(quiet.looks), "")


def _measure(
    results: Results, facts: dict[str, object], what: ListName, kind: ExportFormat, watch: Watch, quiet: Watch
) -> None:
    before, own_before = watch.memory(), watch.own_seconds()
    export, seconds = _written(facts, what, kind, watch)
    name = f"{what}, {kind}"
    results.expect(export.status == ExportStatus.READY, f"{name}: {export.status}")
    millions, more = max(export.rows, 1) / 1_000_000, watch.largest - before
    a_million, own = seconds / millions, (watch.own_seconds() - own_before) / millions
    p50, p95 = percentiles(watch.looks)
    words = [
        results.judge(a_million > EXPORT_SECONDS_A_MILLION, f"{name}: {a_million:.0f} s for a million rows"),
        results.judge(more > EXPORT_MB, f"{name}: the worker holds {more:.0f} MB more"),
        results.judge(LIST.missed(p50, p95, 0), f"the list beside {name}: {p50:.1f} / {p95:.1f} ms"),
    ]
    size, verdict = (export.size or 0) / 2**20, "miss" if "miss" in words else "hit"
    figures = (export.rows, seconds, a_million, own, size, watch.largest, more, p50, p95)
    results.row(name, *figures, verdict)
    _forget(export)


def _forget(export: Export) -> None:
    export.path.unlink(missing_ok=True)
    export.delete()


def _written(
    facts: dict[str, object], what: ListName, kind: ExportFormat, watch: Watch, *, query: str = ""
) -> tuple[Export, float]:
    """Request an export, poll the list until it is written, and return it with the seconds it took."""
    began = time.monotonic()
    export = exports.ask(
        what=what, file_format=kind, query=query, language="ru", token=uuid.uuid4(), at=timezone.now(), **facts
    )
    while export.is_under_way:
        if time.monotonic() - began > LONGEST:
            raise RuntimeError(f"{what} as {kind} is not written after {LONGEST} s")
        watch.look()
        time.sleep(BETWEEN_LOOKS)
        export.refresh_from_db()
    return export, time.monotonic() - began
