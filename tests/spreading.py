"""The order in which workers run the tests: each begins with a share of the long ones."""

from itertools import cycle, groupby
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
BROWSERS = ("e2e/",)
# What starts processes, and what walks through all pages.
PROCESSES = (
    "chaos/",
    "walk/",
    "demo/",
    "test_",
    "views/test_",
    "views/my/test_plain_russian.py",
    "admin/test_pages.py",
    "orders/queries/test_narrowing.py",
)


def spread(items: list[pytest.Item], workers: int) -> None:
    """Put long modules first for each worker, and browser modules first for every second one.

    A worker begins with a run of consecutive tests, and at the end takes over what others have not begun. All workers
    would wait for a long test that begins last, and each browser takes a second or two to start.
    """
    begins: list[list[pytest.Item]] = [[] for _worker in range(workers)]
    turns = {BROWSERS: cycle(begins[::2]), PROCESSES: cycle(begins[1::2] or begins)}
    others = list[pytest.Item]()
    for path, found in groupby(items, key=lambda item: item.path.relative_to(TESTS).as_posix()):
        turn = next((turn for names, turn in turns.items() if path.startswith(names)), None)
        if turn:
            next(turn).extend(found)
        else:
            others += found
    order = list[pytest.Item]()
    for worker, begin in enumerate(begins):
        room = max((len(items) - len(order)) // (workers - worker) - len(begin), 0)
        order += begin + others[:room]
        del others[:room]
    items[:] = order
