"""What the order form tells while it is being filled in. Reads only; saving checks everything anew."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from coworking.domain.capacity import Alternative, Occupancy, nearest_alternatives, occupancy_of, window_around
from coworking.domain.opening import Calendar, Hours
from coworking.domain.rules import BadPeriod, RuleBroken, When, broken_rules, period_of
from coworking.domain.tickets import choose_seats
from coworking.models import Tariff
from olvery.shared.periods import Period, local_days
from olvery.shared.refusals import Refusal


@dataclass(frozen=True)
class Availability:
    """What is free for a wish, which rules it breaks, and what is nearest when it cannot be had."""

    occupancy: Occupancy
    period: Period | None = None
    hours: Hours | None = None
    bad_period: BadPeriod | None = None
    broken: Sequence[RuleBroken] = ()
    taken: Refusal | None = None
    alternatives: Sequence[Alternative] = field(default=())

    @property
    def free(self) -> int:
        """How many places are free for the whole period."""
        return self.occupancy.free_places(self.period) if self.period else 0

    @property
    def hard(self) -> list[RuleBroken]:
        """The broken rules that nobody may override."""
        return [rule for rule in self.broken if not rule.can_override]

    @property
    def soft(self) -> list[RuleBroken]:
        """The broken rules that a manager may override with a reason."""
        return [rule for rule in self.broken if rule.can_override]

    @property
    def tone(self) -> str:
        """How serious it is, in the words of the design system."""
        if self.period is None:
            return "mute"
        if self.hard or self.taken:
            return "bad"
        return "warn" if self.soft else "ok"


def availability_of(
    *, tariff: Tariff, when: When, places: int, seat_ids: Sequence[int], calendar: Calendar, at: datetime
) -> Availability:
    """Answer what a manager sees beside the time. One query."""
    service = tariff.service
    try:
        period = period_of(tariff, when, calendar.zone)
    except BadPeriod as refusal:
        today = calendar.today(at)
        return Availability(occupancy_of(service, local_days(today, today, calendar.zone)), bad_period=refusal)
    broken = broken_rules(tariff, period, calendar, at)
    occupancy = occupancy_of(service, window_around(period, calendar))
    # Seats of the service that was chosen before are no wish for this one.
    known = {use.seat.pk for use in occupancy.seats}
    seat_ids = [pk for pk in seat_ids if pk in known]
    taken: Refusal | None = None
    try:
        choose_seats(occupancy, period, places=places, seat_ids=seat_ids)
    except Refusal as refusal:
        taken = refusal
    alternatives: list[Alternative] = []
    # A rule broken by the wish itself says what to change; only a conflict asks for another time.
    if taken and places <= occupancy.capacity:
        alternatives = nearest_alternatives(
            occupancy, tariff, period, places=places, seat_ids=seat_ids, calendar=calendar, at=at
        )
    return Availability(
        occupancy,
        period=period,
        hours=calendar.hours_on(period.days(calendar.zone)[0]),
        broken=broken,
        taken=taken,
        alternatives=alternatives,
    )
