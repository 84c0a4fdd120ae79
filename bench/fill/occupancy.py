"""Occupancy from the day of the filling on, so that no row is made that constraints and triggers would refuse."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from bench.fill.places import Sold, Sort
from olvery.shared.periods import Period

# Coarser than the periods: a place counts as taken for the whole slot.
SLOT = timedelta(minutes=30)


class Part(NamedTuple):
    """Places under one tariff for one period."""

    sort: Sort
    tariff: Sold
    period: Period
    places: int
    units: int

    @property
    def occupied(self) -> Period:
        """The period with the buffer of the service."""
        return self.period.extended(self.sort.buffer) if self.sort.buffer else self.period


class Occupancy:
    """Counts of pools by slot, and the slots of each seat."""

    def __init__(self, *, since: datetime, rng: Random) -> None:
        """Begin empty; anything that ends before `since` takes no place."""
        self.since = since
        self.rng = rng
        self._pools: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._seats: dict[int, int] = defaultdict(int)

    def take(self, parts: Sequence[Part]) -> list[list[int | None]] | None:
        """Take the places of all parts and return the seats of each, or None if one has no room."""
        chosen: list[list[int | None]] = []
        for part in parts:
            seats = self._choose(part)
            if seats is None:
                for taken, its in zip(parts, chosen, strict=False):
                    self._mark(taken, its, by=-1)
                return None
            chosen.append(seats)
            self._mark(part, seats, by=1)
        return chosen

    def _choose(self, part: Part) -> list[int | None] | None:
        first, end = self._slots(part)
        if not part.sort.seats:
            taken = self._pools[part.sort.pk]
            most = max((taken[slot] for slot in range(first, end)), default=0)
            return [None] * part.places if most + part.places <= part.sort.capacity else None
        mask = _mask(first, end)
        free = [seat for seat in part.sort.seats if not self._seats[seat] & mask]
        return list(self.rng.sample(free, part.places)) if len(free) >= part.places else None

    def _mark(self, part: Part, seats: list[int | None], *, by: int) -> None:
        first, end = self._slots(part)
        if not part.sort.seats:
            taken = self._pools[part.sort.pk]
            for slot in range(first, end):
                taken[slot] += by * part.places
        for seat in seats:
            if seat is not None:
                self._seats[seat] ^= _mask(first, end)

    def _slots(self, part: Part) -> tuple[int, int]:
        occupied = part.occupied
        first = max(0, (occupied.start - self.since) // SLOT)
        return first, max(first, -((self.since - occupied.end) // SLOT))


def _mask(first: int, end: int) -> int:
    return ((1 << (end - first)) - 1) << first
