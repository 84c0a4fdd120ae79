"""The numbers of the scenarios, at the tests that play them."""

from collections.abc import Callable
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])

PLAYED: dict[int, list[Callable[..., Any]]] = {}


def scenario(*numbers: int) -> Callable[[Test], Test]:
    """Mark a test as playing these scenarios."""

    def note(test: Test) -> Test:
        for number in numbers:
            PLAYED.setdefault(number, []).append(test)
        return test

    return note
