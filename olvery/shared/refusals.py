"""Refusals: the expected errors of the domain."""

from collections.abc import Iterable

from django.utils.functional import Promise


class Refusal(Exception):
    """A refused use case: a text for the person and the form field it concerns.

    Raised by domain functions; views turn it into a form error. Nothing was changed. Where a form holds the
    same fields several times, `part` says which of them is meant, counted from 0.
    """

    field = ""
    part = 0

    def __init__(self, message: "str | Promise", *, field: str | None = None, part: int = 0) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.part = part
        if field is not None:
            self.field = field


class Refused(Exception):
    """All the reasons why a request was refused, so that a person can fix them at once."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = list(refusals)
        super().__init__("; ".join(refusal.message for refusal in self.refusals))


class Busy(Refusal):
    """A lock could not be had in time; trying again helps."""
