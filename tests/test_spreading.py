"""Long tests are not left to the end of a run."""

from types import SimpleNamespace
from typing import Any

from tests.spreading import BROWSERS, PROCESSES, TESTS, spread

SLOW = [*["e2e/test_one.py"] * 3, *["e2e/test_two.py"] * 2, "test_server.py", "walk/test_walk.py"]
QUICK = [f"shared/test_{number}.py" for number in range(33)]


def spread_over(workers: int) -> list[str]:
    """Return the modules of all tests in the order in which they are distributed."""
    items: list[Any] = [SimpleNamespace(path=TESTS / name) for name in sorted(SLOW + QUICK)]
    spread(items, workers)
    return [item.path.relative_to(TESTS).as_posix() for item in items]


def test_every_worker_begins_with_long_modules_every_second_with_browsers_and_no_test_is_lost() -> None:
    order = spread_over(4)
    assert sorted(order) == sorted(SLOW + QUICK)
    begins = [order[start] for start in range(0, 40, 10)]
    assert begins == ["e2e/test_one.py", "test_server.py", "e2e/test_two.py", "walk/test_walk.py"]
    assert order[0:3] == ["e2e/test_one.py"] * 3  # what is made once for a module is made once


def test_one_worker_begins_with_all_that_takes_long() -> None:
    assert spread_over(1) == SLOW + sorted(QUICK)


def test_short_tests_keep_their_order() -> None:
    quick = [name for name in spread_over(3) if not name.startswith(BROWSERS + PROCESSES)]
    assert quick == sorted(QUICK)
