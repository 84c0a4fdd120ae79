"""A plan of places as somebody would keep it on paper: a column per place, a line per half-hour."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from coworking.models import Block, Service, Ticket
from olvery.shared.periods import Period

LINE = timedelta(minutes=30)


@dataclass(frozen=True)
class Entry:
    """An entry in the lines of a period; without a seat it takes some of the places."""

    seat_id: int | None
    period: Period
    places: int
    is_block: bool = False


@dataclass(frozen=True)
class Paper:
    """The plan of a service."""

    service: Service
    entries: list[Entry]

    @classmethod
    def of(cls, service: Service, *, without: int = 0) -> "Paper":
        """Copy the occupancy from the database, leaving out one ticket."""
        tickets = Ticket.objects.filter(service=service, status__in=["held", "active"]).exclude(pk=without)
        blocks = Block.objects.filter(service=service, lifted_at=None)
        return cls(
            service,
            [Entry(ticket.seat_id, ticket.occupied, 1) for ticket in tickets]
            + [Entry(block.seat_id, block.period, block.places, is_block=True) for block in blocks],
        )

    def has_room(self, period: Period, places: int, *, seat_id: int | None = None) -> bool:
        """Whether a booking of the period would fit, with the time that is kept free after it."""
        lines = list(_lines(period.start, period.end + self.service.buffer))
        if not self.service.has_seats:
            return all(self._taken(line) + places <= self.service.capacity for line in lines)
        free = [seat.pk for seat in self.service.seats.all() if not any(self._has(seat.pk, line) for line in lines)]
        return seat_id in free if seat_id else len(free) >= places

    def is_anything_in(self, period: Period) -> bool:
        """Whether there is any entry in the period."""
        return any(entry.period.overlaps(period) for entry in self.entries)

    def faults(self) -> Iterator[str]:
        """Yield what would not fit on paper: two in one column, more than there are columns."""
        for line in sorted({line for entry in self.entries for line in _lines(entry.period.start, entry.period.end)}):
            there = [entry for entry in self.entries if entry.seat_id and _is_in(entry, line)]
            booked = [entry.seat_id for entry in there if not entry.is_block]
            blocked = {entry.seat_id for entry in there if entry.is_block}  # several blocks may meet on a seat
            if len(booked) + len(blocked) != len({*booked, *blocked}):
                yield f"{self.service}: a seat is taken twice at {line}"
            if not self.service.has_seats and self._taken(line) > self.service.capacity:
                yield f"{self.service}: {self._taken(line)} places are taken at {line}"

    def _taken(self, line: datetime) -> int:
        return sum(entry.places for entry in self.entries if _is_in(entry, line))

    def _has(self, seat_id: int, line: datetime) -> bool:
        return any(_is_in(entry, line) and entry.seat_id in (None, seat_id) for entry in self.entries)


def _lines(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += LINE


def _is_in(entry: Entry, line: datetime) -> bool:
    return entry.period.start <= line < entry.period.end
