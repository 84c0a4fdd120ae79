"""Results of measurements: printed as they come, and written to a page of `bench/results/`."""

import os
import platform
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import django
from django.db import connection

FOLDER = Path(__file__).resolve().parent / "results"


@dataclass
class Results:
    """Tables of figures, and what did not hold."""

    size: str
    failures: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    columns: int = 0

    def table(self, title: str, *columns: str) -> None:
        """Begin a table; the first column names the rows, the others hold figures."""
        self.columns = len(columns)
        self._write("", f"## {title}", "", _row(columns), _row(["---", *["---:"] * (len(columns) - 1)]))

    def row(self, *cells: object) -> None:
        """Add a row to the table."""
        if len(cells) != self.columns:
            raise ValueError(f"{len(cells)} cells, {self.columns} columns: {cells}")
        self._write(_row([_shown(cell) for cell in cells]))

    def note(self, text: str) -> None:
        """Add a sentence below a table."""
        self._write("", text)

    def expect(self, holds: bool, what: str) -> None:
        """Record an error: somebody not found, a page not answered."""
        if not holds:
            self.failures.append(what)
            print(f"WRONG: {what}", flush=True)

    def judge(self, missed: bool, what: str) -> str:
        """Record a figure slower than its target, and return the word for it."""
        if missed:
            self.misses.append(what)
        return "miss" if missed else "hit"

    def finish(self) -> int:
        """Print what missed its target and what is wrong; return the exit code."""
        self.note(f"{len(self.misses)} missed their target, {len(self.failures)} wrong.")
        for text in self.misses:
            self._write(f"- missed: {text}")
        for text in self.failures:
            self._write(f"- wrong: {text}")
        return 1 if self.failures else 0

    def save(self, name: str) -> Path:
        """Write everything, headed by a description of the machine."""
        FOLDER.mkdir(exist_ok=True)
        path = FOLDER / f"{name}.md"
        path.write_text("\n".join([f"# {name}", "", *self._circumstances(), *self.lines, ""]))
        return path

    def _circumstances(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), current_setting('shared_buffers')")
            version, buffers = cursor.fetchone()
        return [
            f"{date.today():%d.%m.%Y}, {self.size}.",  # noqa: DTZ011 - the day of this machine
            machine(),
            f"Python {platform.python_version()}, Django {django.get_version()}, "
            f"PostgreSQL {version.split()[0]} with {buffers} of shared buffers.",
        ]

    def _write(self, *lines: str) -> None:
        self.lines += lines
        print("\n".join(lines), flush=True)


def machine() -> str:
    """Describe the machine, and its other load."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"{len(os.sched_getaffinity(0))} cores ({_cpu()}), {memory:.0f} GiB; load average {load} at the end."


def _row(cells: "tuple[str, ...] | list[str]") -> str:
    return f"| {' | '.join(cells)} |"


def _shown(cell: object) -> str:
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell).replace("|", "\\|")


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
