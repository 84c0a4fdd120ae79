"""The days of a report, and those it is compared with."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from django.http import QueryDict

from olvery.shared.periods import DAY
from orders.list_filters import day_of

WEEK, MONTH, LAST_MONTH, QUARTER, OWN = "week", "month", "last-month", "quarter", "own"
# Two years: more cannot be drawn, and reads too much at once.
LONGEST = timedelta(days=731)
A_MONTH, A_QUARTER = relativedelta(months=1), relativedelta(months=3)


class Span(NamedTuple):
    """Local days, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Chosen:
    """The days of a report, the days before, and the name by which they were chosen."""

    name: str
    span: Span
    previous: Span


def chosen(query: QueryDict, today: date) -> Chosen:
    """Read the days of a report from its URL; by default this month so far.

    A running week, month or quarter ends today, and is compared with as many days of the one before.
    """
    first, last = day_of(query, "from", today), day_of(query, "to", today)
    if first or last:
        return _own(first or today, last or today)
    name = query.get("period", MONTH)
    if name == WEEK:
        monday = today - DAY * today.weekday()
        return Chosen(WEEK, Span(monday, today), Span(monday - 7 * DAY, today - 7 * DAY))
    if name == LAST_MONTH:
        start = today.replace(day=1) - A_MONTH
        return Chosen(LAST_MONTH, Span(start, today.replace(day=1) - DAY), Span(start - A_MONTH, start - DAY))
    if name == QUARTER:
        start = date(today.year, today.month - (today.month - 1) % 3, 1)
        return Chosen(QUARTER, Span(start, today), Span(start - A_QUARTER, today - A_QUARTER))
    start = today.replace(day=1)
    return Chosen(MONTH, Span(start, today), Span(start - A_MONTH, today - A_MONTH))


def _own(first: date, last: date) -> Chosen:
    if first > last:
        first, last = last, first
    first = max(first, last - LONGEST)
    length = last - first + DAY
    return Chosen(OWN, Span(first, last), Span(first - length, last - length))
