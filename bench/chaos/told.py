"""What people sent and the answers they got, to be compared with the final state."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from bench.chaos.browser import Broken, TurnedAway

T = TypeVar("T")


def insist(send: Callable[[], T]) -> T:
    """Send something, and again if the answer was lost. Raises OSError."""
    try:
        return send()
    except (Broken, TurnedAway):
        raise
    except OSError:
        return send()


@dataclass(frozen=True, slots=True)
class Told:
    """The tokens of everything sent, confirmed and refused, in several threads."""

    sent: set[UUID] = field(default_factory=set)
    answered: set[UUID] = field(default_factory=set)
    refused: set[UUID] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, token: UUID, send: Callable[[], T]) -> T:
        """Send a form, again if the answer was lost, and record the result. Raises OSError."""
        self._note(self.sent, token)
        try:
            answer = insist(send)
        except TurnedAway:
            self._note(self.refused, token)
            raise
        self._note(self.answered, token)
        return answer

    def differences(self, what: str, there: Collection[UUID], *, also: Collection[UUID] = ()) -> list[str]:
        """Return what was confirmed but does not exist, and the other way round; `also` may exist as well."""
        found = set(there)
        return [
            *(f"{what} {token} was answered and is not there" for token in sorted(self.answered - found)),
            *(f"{what} {token} was refused and is there" for token in sorted((self.refused - self.answered) & found)),
            *(f"{what} {token} is there and nobody sent it" for token in sorted(found - self.sent - set(also))),
        ]

    def _note(self, where: set[UUID], token: UUID) -> None:
        with self.lock:
            where.add(token)
