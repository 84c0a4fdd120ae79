"""The orders, batch by batch: those of long ago in any order, the late ones in turn, since they share places."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from bench.fill.booking import TRIES, Booked, Demand, Full, Moments
from bench.fill.occupancy import Occupancy
from bench.fill.outcome import Fate, Outcome
from bench.fill.people import Person
from bench.fill.places import Site
from bench.fill.records import Records
from orders.models import OrderStatus

BATCH = 20_000
_TAKING = (OrderStatus.CONFIRMED, OrderStatus.AWAITING_PAYMENT)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that decides which orders are made."""

    sites: dict[str, Site]
    people: list[Person]
    count: int
    at: datetime
    seed: int

    def spans(self) -> list[tuple[int, int]]:
        """Return the numbers of the orders that one process makes at a time, the largest span first."""
        early = Moments(self.count, at=self.at).early
        starts = range(0, early, BATCH)
        return [(early, self.count), *((first, min(first + BATCH, early)) for first in starts)]


def batches(plan: Plan, span: tuple[int, int]) -> Iterator[tuple[int, Records]]:
    """Yield the orders of a span in batches, with the number of orders in each."""
    first, end = span
    rng = Random(f"{plan.seed}, orders from {first}")
    demand = Demand(plan.sites, plan.people, plan.count, at=plan.at, rng=rng)
    fate, moments = Fate(at=plan.at, rng=rng), Moments(plan.count, at=plan.at)
    occupancy = Occupancy(since=plan.at, rng=rng) if first >= moments.early else None
    for begin in range(first, end, BATCH):
        numbers = range(begin, min(begin + BATCH, end))
        records = Records(begin, at=plan.at, rng=rng)
        for number in numbers:
            booked, outcome = _order(number, moments.of(number, rng), demand, fate, occupancy)
            records.add(number, booked, outcome)
        yield len(numbers), records


def _order(
    number: int, created_at: datetime, demand: Demand, fate: Fate, occupancy: Occupancy | None
) -> tuple[Booked, Outcome]:
    """Draw until there is room. Raises Full."""
    for _try in range(TRIES):
        booked = demand.book(number, created_at)
        outcome = fate.decide(booked)
        is_taking = outcome.status in _TAKING
        if demand.seat(booked, occupancy if is_taking else None):
            fate.settle(booked, outcome)
            return booked, outcome
    raise Full(f"order {number}")
