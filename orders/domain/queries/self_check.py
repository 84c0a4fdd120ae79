"""The site's check of its own data: done by a job, stored with its moment, shown on a page."""

import time
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from coworking.domain.double_booking import DoubleBooking, look_for_double_booking
from orders.domain.money.pass_books import paid_without_pass
from orders.domain.money.totals import PassTotals, Totals, compare_passes, compare_totals

# In the database, with the counts of rate limits. If it is evicted, the next night finds it again.
# Increase the number when `Findings` changes: what an older release stored cannot be read.
KEY = "self_check:2"


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings, when they were made, and in how many seconds."""

    at: datetime
    seconds: float
    places: DoubleBooking
    money: Totals
    passes: PassTotals
    # The numbers of paid sales whose pass was not granted.
    without_pass: tuple[int, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nobody is double-booked, and every rouble, pass and unit of a pass is where it should be."""
        places, money = self.places, self.money
        is_off = money.differing or money.ledger != money.stored or self.passes.differing or self.without_pass
        return not (places.sharing or places.overfull or is_off)


def check_itself(*, at: datetime) -> Findings:
    """Check all tickets, orders and passes, and store the findings."""
    began = time.monotonic()
    places, money, passes = look_for_double_booking(), compare_totals(), compare_passes()
    without_pass = tuple(paid_without_pass().values_list("pk", flat=True))
    findings = Findings(at, round(time.monotonic() - began, 1), places, money, passes, without_pass)
    cache.set(KEY, findings, timeout=None)
    return findings


def last_findings() -> Findings | None:
    """Return the last findings; None before the first check."""
    found: Findings | None = cache.get(KEY)
    return found
