"""Timing: requests on both databases in turn, and the same SQL by a plain psycopg cursor."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any, cast

from django.db import connection
from django.http import HttpResponse

from bench.results import Results
from bench.sides import Side
from bench.targets import BESIDE_SMALL, Target

COLUMNS = ("p50, ms", "p95", "SQL p50", "SQL p95", "small p50", "× small", "target", "")
TIMES = 7
SLOW_MS = 400  # beyond that once is enough
Call = Callable[[], HttpResponse]


@dataclass
class Samples:
    """Times of one page or of a group of pages, milliseconds, by side; the first side is the large one."""

    pages: dict[Side, list[float]] = field(default_factory=dict)
    sql: list[float] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    ratios: list[float] = field(default_factory=list)

    def add(self, other: "Samples", name: str) -> None:
        """Take in the times of a page of the group."""
        for side, taken in other.pages.items():
            self.pages.setdefault(side, []).extend(taken)
        self.sql += other.sql
        middle = [median(taken) for taken in other.pages.values()]
        self.slowest = max(self.slowest, (middle[0], name))
        if len(middle) > 1:
            self.ratios.append(middle[0] / middle[1])


def measure(sides: Sequence[Side], call_on: Callable[[Side], Call], *, times: int = TIMES) -> Samples:
    """Request a page on each side in turn, and run its SQL on the first.

    The first request only warms up, unless the next is so slow that warming up does not matter: then
    that is the only one.
    """
    calls = {side: _on(side, call_on) for side in sides}
    _timed(sides[0], calls[sides[0]])
    sides[0].use()
    with recorded() as sent:
        first = {sides[0]: _timed(sides[0], calls[sides[0]])}
    first |= {side: _timed(side, calls[side]) for side in sides[1:]}
    samples = Samples({side: [taken] for side, taken in first.items()})
    if first[sides[0]] < SLOW_MS:
        samples.pages = {side: [] for side in sides}
        for _time in range(times):
            for side, call in calls.items():
                samples.pages[side].append(_timed(side, call))
    sides[0].use()
    statements = [(sql, params) for sql, params in sent if _only_reads(sql)]
    for _time in samples.pages[sides[0]]:
        samples.sql.append(_raw(statements))
    return samples


def row(results: Results, name: str, samples: Samples, target: Target, *, count: int = 1) -> None:
    """Write the row of a page, or of a group of so many pages, and judge it."""
    large, *small = samples.pages.values()
    p50, p95 = percentiles(large)
    sql50, sql95 = percentiles(samples.sql)
    ratio = median(samples.ratios) if samples.ratios else p50 / median(small[0]) if small else 0.0
    missed = target.missed(p50, p95, sql50)
    word = results.judge(missed, f"{name}: {p50:.1f} / {p95:.1f} ms, target {target.text}")
    if small:
        word += ", " + results.judge(ratio > BESIDE_SMALL, f"{name}: {ratio:.2f} × the small database")
    beside = median(small[0]) if small else 0.0
    shown = name if count == 1 else f"{name} ({count} pages; slowest {samples.slowest[0]:.0f} ms: {samples.slowest[1]})"
    results.row(shown, p50, p95, sql50, sql95, beside, f"{ratio:.2f}", target.text, word)


def percentiles(taken: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile."""
    if len(taken) < 2:
        return (taken[0], taken[0]) if taken else (0.0, 0.0)
    return median(taken), quantiles(taken, n=20, method="inclusive")[-1]


def answered(response: Any, status: int = 200) -> HttpResponse:
    """Return the response. Raises RuntimeError if it is not the expected one."""
    if response.status_code != status:
        where = response.headers.get("Location", response.content.decode(errors="replace")[:2000])
        raise RuntimeError(f"{response.status_code} instead of {status}: {where}")
    return cast(HttpResponse, response)


def median_ms(call: Callable[[], object], *, times: int = TIMES) -> float:
    """Return the median time of a call in milliseconds; the first call only warms up."""
    call()
    return median(_ms(call) for _time in range(times))


def _on(side: Side, call_on: Callable[[Side], Call]) -> Call:
    side.use()
    return call_on(side)


def _timed(side: Side, call: Call) -> float:
    side.use()
    return _ms(call)


def _ms(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


@contextmanager
def recorded() -> Iterator[list[tuple[str, Any]]]:
    """Collect the SQL that the block sends, with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


def _only_reads(sql: str) -> bool:
    """Return whether a statement may be repeated: a page's writes are not."""
    return sql.lstrip().startswith("SELECT") and "FOR UPDATE" not in sql


def _raw(statements: Sequence[tuple[str, Any]]) -> float:
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        began = time.perf_counter()
        for sql, params in statements:
            cursor.execute(sql, params)
            cursor.fetchall()
        return (time.perf_counter() - began) * 1000


def queries_of(call: Callable[[], object]) -> list[str]:
    """Return the SQL that a call sends, with its values written in."""
    with recorded() as sent:
        call()
    return [connection.ops.compose_sql(sql, params) for sql, params in sent]


@dataclass(frozen=True, slots=True)
class Plan:
    """What PostgreSQL did for a query."""

    root: dict[str, Any]

    def nodes(self) -> "Iterator[dict[str, Any]]":
        """Yield every node, the outer ones first."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop(0)
            yield node
            waiting.extend(node.get("Plans", []))

    def scans_all_of(self, table: str) -> bool:
        """Return whether the plan reads a table without an index."""
        return any(node["Node Type"] == "Seq Scan" and node["Relation Name"] == table for node in self.nodes())

    @property
    def rows_read(self) -> int:
        """How many entries of tables and indexes were read: the same number on every machine."""
        return sum(_rows(node) for node in self.nodes() if node["Node Type"].endswith("Scan"))


def _rows(node: dict[str, Any]) -> int:
    seen = sum(node.get(name, 0) for name in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"))
    return int(seen * node["Actual Loops"])


def plan_of(sql: str) -> Plan:
    """Run a query and return its plan."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
        answer = cursor.fetchone()[0]
    return Plan((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"])
