"""The order in which workers run the tests: each begins with a share of what takes long."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# Browsers, processes that are started, and walks through all pages.
LONG = (
    "e2e/",
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
    """Put a share of the long modules before the others of each worker.

    A worker begins with a run of tests that follow each other, and at its end takes over what others have not begun.
    A long test that begins last is waited for by all.
    """
    modules = [list(group) for _path, group in groupby(items, key=lambda item: item.path)]
    long = [module for module in modules if _takes_long(module[0])]
    others = [item for module in modules if not _takes_long(module[0]) for item in module]
    order = list[pytest.Item]()
    for worker in range(workers):
        share = _joined(long[worker::workers])
        room = max((len(items) - len(order)) // (workers - worker) - len(share), 0)
        order += share + others[:room]
        del others[:room]
    items[:] = order


def _takes_long(item: pytest.Item) -> bool:
    return item.path.relative_to(TESTS).as_posix().startswith(LONG)


def _joined(modules: Iterable[list[pytest.Item]]) -> list[pytest.Item]:
    return [item for module in modules for item in module]
