"""Visits of today in the demo: most whose time has begun have come, and some have left."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from coworking.domain.day import today_of
from coworking.models import Ticket, TicketStatus, Visit, VisitSource
from olvery.demo.places import Site
from olvery.shared.periods import Period

_COMES, _COMES_BY_DAYS = 0.85, 0.7
_HAS_LEFT = 0.15
LATEST = timedelta(minutes=25)


def save_visits(site: Site, *, by: User, at: datetime, rng: Random) -> list[Visit]:
    """Save the visits of today as they look at the moment `at`."""
    today = today_of(site.location, at=at)
    opened = site.calendar.open_period(site.calendar.today(at))
    if opened is None or at <= opened.start:
        return []
    tickets = Ticket.objects.filter(
        service__location=site.location,
        status__in=(TicketStatus.ACTIVE, TicketStatus.USED),
        period__overlap=Period(today.start, at).to_range(),
    )
    come = list(tickets.select_related("tariff").order_by("pk"))
    return Visit.objects.bulk_create(_visits(come, site, Period(opened.start, at), by=by, rng=rng))


def _visits(tickets: list[Ticket], site: Site, until_now: Period, *, by: User, rng: Random) -> Iterator[Visit]:
    for ticket in tickets:
        begins = max(ticket.period.start, until_now.start)
        is_used = ticket.status == TicketStatus.USED
        chance = _COMES if ticket.tariff.is_hourly else _COMES_BY_DAYS
        came_at = (begins + LATEST * rng.random()).replace(microsecond=0)
        if came_at >= until_now.end or (rng.random() > chance and not is_used):
            continue
        left_at = min(ticket.period.end, until_now.end) if is_used or rng.random() < _HAS_LEFT else None
        yield Visit(
            ticket=ticket,
            location=site.location,
            source=rng.choice(VisitSource.values),
            arrived_at=came_at,
            let_in_by=by,
            left_at=left_at,
            let_out_by=by if left_at else None,
        )
