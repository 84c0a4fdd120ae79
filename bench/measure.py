"""Timing, query plans and the table that is printed."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

TIMES = 9


def median_ms(call: Callable[[], object], *, times: int = TIMES) -> float:
    """Return the median time of a call in milliseconds; the first call only warms up."""
    call()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def queries_of(call: Callable[[], object]) -> list[str]:
    """Return the SQL that a call sends, with its values written in."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return [query["sql"] for query in captured.captured_queries]


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
        """Tell whether the plan reads a table without an index."""
        return any(node["Node Type"] == "Seq Scan" and node["Relation Name"] == table for node in self.nodes())

    @property
    def indexes(self) -> str:
        """The indexes that are read, shortest name first."""
        names = {node["Index Name"] for node in self.nodes() if "Index Name" in node}
        return ", ".join(sorted(names, key=lambda name: (len(name), name)))

    @property
    def rows_read(self) -> int:
        """How many entries of tables and indexes were looked at: the same number on every machine."""
        return sum(_rows(node) for node in self.nodes() if node["Node Type"].endswith("Scan"))


NOTHING_ASKED = Plan({"Node Type": "Result"})


def _rows(node: dict[str, Any]) -> int:
    seen = sum(node.get(name, 0) for name in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"))
    return int(seen * node["Actual Loops"])


def plan_of(sql: str) -> Plan:
    """Run a query and return its plan."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
        answer = cursor.fetchone()[0]
    return Plan((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"])


@dataclass
class Report:
    """Prints rows of figures and remembers what did not hold."""

    failures: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    limit_ms: float = 50

    def title(self, text: str, *columns: str) -> None:
        """Begin a table."""
        print(f"\n{text}\n{'':44}{''.join(f'{column:>12}' for column in columns)}", flush=True)

    def row(self, name: str, *figures: object, note: str = "") -> None:
        """Print one line; a number with a fraction is shown with one digit of it."""
        shown = "".join(f"{figure:>12.1f}" if isinstance(figure, float) else f"{figure:>12}" for figure in figures)
        print(f"{name:44.44}{shown}  {note}", flush=True)

    def expect(self, holds: bool, what: str) -> None:
        """Remember and print what does not hold."""
        if not holds:
            self.failures.append(what)
            print(f"    FAILED: {what}", flush=True)

    def expect_fast(self, ms: float, what: str) -> None:
        """Remember what takes longer than a person waits while typing; machines differ, so it fails nothing."""
        if ms > self.limit_ms:
            self.slow.append(f"{what}: {ms:.0f} ms")

    def finish(self) -> int:
        """Print what was slow and what failed; return the exit code."""
        for text in self.slow:
            print(f"slower than {self.limit_ms:.0f} ms: {text}")
        for text in self.failures:
            print(f"FAILED: {text}")
        print(f"\n{len(self.failures)} failed, {len(self.slow)} slower than {self.limit_ms:.0f} ms")
        return 1 if self.failures else 0
