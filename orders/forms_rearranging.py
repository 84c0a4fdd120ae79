"""Moves of several tickets of the calendar as its script sends them, and the form that confirms them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from coworking.domain.rules import EARLIEST_YEAR, FARTHEST_YEAR, when_of
from coworking.models import Ticket
from olvery.shared.clocks import read_clock
from olvery.shared.forms import as_id
from orders.domain.booking.change_wish import TicketChange
from orders.forms_fields import insisting_field
from orders.forms_refusals import RefusableForm

MOST_MOVES = 100


class Unreadable(ValueError):
    """The text does not contain valid moves."""


@dataclass(frozen=True, slots=True)
class Move:
    """A ticket that moves to a day, to other hours if given, and to a seat if given."""

    number: int
    day: date
    start: time | None
    end: time | None
    seat_id: int | None

    def change_of(self, ticket: Ticket, zone: ZoneInfo) -> TicketChange:
        """Return the change of the ticket: a ticket of several days keeps its number of days."""
        when = when_of(ticket.tariff, ticket.period, zone)
        last = when.last_day and when.last_day + (self.day - when.day)
        when = replace(when, day=self.day, last_day=last)
        if self.start and self.end and when.start:
            when = replace(when, start=self.start, end=self.end)
        return TicketChange(number=ticket.number, when=when, seat_id=self.seat_id)


def moves_of(sent: Iterable[str]) -> dict[int, Move]:
    """Parse moves written like «20001|2026-11-25|10:00|12:00|7», by ticket number. Raises Unreadable."""
    try:
        moves = {move.number: move for move in map(_move, sent)}
    except (ValueError, OverflowError) as error:
        raise Unreadable from error
    if not 0 < len(moves) <= MOST_MOVES:
        raise Unreadable
    return moves


def _move(text: str) -> Move:
    number, typed, start, end, seat = text.split("|")
    key, day = as_id(number), date.fromisoformat(typed)
    if key is None or not EARLIEST_YEAR <= day.year <= FARTHEST_YEAR:
        raise Unreadable
    return Move(key, day, _clock(start), _clock(end, is_end=True), as_id(seat))


def _clock(text: str, *, is_end: bool = False) -> time | None:
    clock = read_clock(text, is_end=is_end)
    if text and clock is None:
        raise Unreadable
    return clock


class RearrangeForm(RefusableForm):
    """The reason for overriding rules, and the version of the plan that was shown."""

    override_reason = insisting_field()
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="rearrange-%s")

    @property
    def insists(self) -> str:
        return str(self.data.get("override_reason", "")).replace("\0", "")[:250]
