"""Refusals: the expected errors of the domain."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any


class Refusal(Exception):
    """A refused use case: the key of the reason, its facts, and the form field it concerns.

    Raised by domain functions; the wording of each app has a sentence for every reason. Nothing was changed.
    If a form has the same fields several times, `part` is the index of the one concerned, from 0.
    Refusals with the same reason and facts have the same `str`, which is for logs.
    """

    reason = ""
    field = ""
    part = 0

    def __init__(self, reason: str = "", *, field: str | None = None, part: int = 0, **facts: Any) -> None:
        self.reason = reason or self.reason
        super().__init__(self.reason)
        self.facts = facts
        self.part = part
        if field is not None:
            self.field = field

    def __str__(self) -> str:
        return " ".join([self.reason, *(f"{name}={value}" for name, value in self.facts.items())])


class Refused(Exception):
    """All the reasons why a request was refused, so that a person can fix them at once."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = list(refusals)
        super().__init__("; ".join(map(str, self.refusals)))


class Busy(Refusal):
    """A lock could not be acquired in time; trying again helps."""

    reason = "busy"


@contextmanager
def as_refused() -> Iterator[None]:
    """Re-raise a refusal from the block as Refused, for callers that expect all reasons together."""
    try:
        yield
    except Refusal as refusal:
        raise Refused([refusal]) from refusal


class refusals_to:
    """Pass refusals raised in the block to `show` instead of raising them; execution continues after the block."""

    def __init__(self, show: Callable[[Refusal], object]) -> None:
        self._show = show

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        refusals = error.refusals if isinstance(error, Refused) else [error] if isinstance(error, Refusal) else []
        for refusal in refusals:
            self._show(refusal)
        return bool(refusals)
