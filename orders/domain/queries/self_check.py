"""What the site finds when it looks at itself: worked out by a job, kept with its moment, shown by a page."""

import time
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from coworking.domain.double_booking import DoubleBooking, look_for_double_booking
from orders.domain.money.pass_books import paid_without_pass
from orders.domain.money.totals import PassTotals, Totals, compare_passes, compare_totals

# In the database, with the counts of rate limits. When it is pushed out from there, the next night finds it anew.
# Its number grows with the fields of `Findings`: what an older release kept cannot be read.
KEY = "self_check:2"


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, when, and in how many seconds."""

    at: datetime
    seconds: float
    places: DoubleBooking
    money: Totals
    passes: PassTotals
    # The paid sales of passes that granted none, by their numbers.
    without_pass: tuple[int, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nobody is double-booked, and every rouble, pass and unit of a pass is where it should be."""
        places, money = self.places, self.money
        is_off = money.differing or money.ledger != money.stored or self.passes.differing or self.without_pass
        return not (places.sharing or places.overfull or is_off)


def check_itself(*, at: datetime) -> Findings:
    """Look at all tickets, orders and passes, and keep what was found."""
    began = time.monotonic()
    places, money, passes = look_for_double_booking(), compare_totals(), compare_passes()
    without_pass = tuple(paid_without_pass().values_list("pk", flat=True))
    findings = Findings(at, round(time.monotonic() - began, 1), places, money, passes, without_pass)
    cache.set(KEY, findings, timeout=None)
    return findings


def last_findings() -> Findings | None:
    """Return what was found last; None before the first time."""
    found: Findings | None = cache.get(KEY)
    return found
