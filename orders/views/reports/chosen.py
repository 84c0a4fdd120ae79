"""Which days a report is about, and which it is compared with."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from django.http import QueryDict

from olvery.shared.periods import DAY
from orders.list_filters import day_of

WEEK, MONTH, LAST_MONTH, QUARTER, OWN = "week", "month", "last-month", "quarter", "own"
# Two years: more is no picture, and reads too much at once.
LONGEST = timedelta(days=731)
A_MONTH, A_QUARTER = relativedelta(months=1), relativedelta(months=3)


class Span(NamedTuple):
    """Local days, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Chosen:
    """The days of a report, those before them, and by what name they were chosen."""

    name: str
    span: Span
    previous: Span


def chosen(query: QueryDict, today: date) -> Chosen:
    """Read the days of a report from its address; this month so far without any.

    What is not over yet ends today, and is compared with as many days of the week, month or quarter before.
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
