"""Places that the clock releases if nobody comes: who is warned and when, and what a manager keeps."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.models import User
from coworking.domain.opening import Calendar
from coworking.domain.visits import StillExpected
from coworking.models import Lateness, Location, Service, Ticket, TicketStatus, Unit, Visit
from olvery.shared.periods import DAY

CAME = Visit.objects.filter(ticket=OuterRef("pk"), undone_at=None)


def wait_of(service: Service) -> timedelta:
    """Return how long the clock waits for the visitor of an hourly booking; None if it releases no places.

    It is never stricter than a manager may be. Needs the location.
    """
    if service.release_minutes is None or service.location.visits_from is None:
        return timedelta()
    return timedelta(minutes=max(service.release_minutes, service.location.no_show_minutes))


def locations_that_release() -> QuerySet[Location]:
    """Return the locations where the clock releases places: visits are recorded, and a service has a wait."""
    services = Location.objects.filter(services__release_minutes__isnull=False, visits_from__isnull=False)
    return services.filter(is_active=True).distinct()


def unwarned(location: Location, *, at: datetime) -> QuerySet[Ticket]:
    """Return the tickets that have begun without a visit or a warning. See `is_to_warn`."""
    said = Lateness.objects.filter(ticket=OuterRef("pk"), starts_at=OuterRef("period__startswith"))
    begun = Ticket.objects.filter(
        location=location,
        status=TicketStatus.ACTIVE,
        tariff__unit=Unit.HOUR,
        service__release_minutes__isnull=False,
        period__startswith__gt=at - DAY,  # hourly bookings last at most a day
        period__startswith__lte=at,
        period__endswith__gt=at,
    )
    found = begun.filter(~Exists(CAME), ~Exists(said)).select_related("service__location", "tariff")
    return found.order_by("period__startswith", "pk")


def overdue(*, at: datetime) -> QuerySet[Ticket]:
    """Return the tickets whose places are to be released: warned, not kept by a manager, and nobody came."""
    warned = Lateness.objects.filter(kept_at=None, release_at__gt=at - DAY, release_at__lte=at)
    found = Ticket.objects.filter(
        ~Exists(CAME),
        pk__in=warned.filter(starts_at=F("ticket__period__startswith")).values("ticket"),
        status=TicketStatus.ACTIVE,
        period__endswith__gt=at,
    )
    return found.order_by("pk")


def lateness_of(ticket: Ticket) -> Lateness | None:
    """Return the warning about a ticket's present start, if any."""
    return Lateness.objects.filter(ticket=ticket, starts_at=ticket.period.start).first()


def read_latenesses(tickets: Iterable[Ticket]) -> dict[int, Lateness]:
    """Return the warnings about the present starts of these tickets, by number. One query, if any is released."""
    starts = {ticket.pk: ticket.period.start for ticket in tickets if ticket.service.release_minutes is not None}
    return {
        one.ticket_id: one
        for one in Lateness.objects.filter(ticket__in=starts)
        if one.starts_at == starts[one.ticket_id]
    }


def releases_at(ticket: Ticket, lateness: Lateness | None, calendar: Calendar, *, at: datetime) -> datetime | None:
    """Return when the clock releases the place unless the visitor comes; None if it does not.

    At least half of the time is left after a warning, however late it is sent. Needs the service with its location,
    and the tariff; does not check whether the visitor has come.
    """
    if not _is_watched(ticket, calendar):
        return None
    if lateness:
        return None if lateness.kept_at else lateness.release_at
    moment = max(ticket.period.start + wait_of(ticket.service), at + wait_of(ticket.service) / 2)
    return moment if moment < ticket.period.end else None


def is_to_warn(ticket: Ticket, calendar: Calendar, *, at: datetime) -> bool:
    """Whether it is time to warn about a ticket without a visit or a warning."""
    is_time = _is_watched(ticket, calendar) and ticket.period.start + wait_of(ticket.service) / 2 <= at
    return is_time and releases_at(ticket, None, calendar, at=at) is not None


def warn(tickets: Sequence[Ticket], calendar: Calendar, *, at: datetime) -> None:
    """Record that these visitors are warned now. The tickets are locked and `is_to_warn`."""
    Lateness.objects.bulk_create(
        Lateness(
            ticket=ticket,
            starts_at=ticket.period.start,
            warned_at=at,
            release_at=releases_at(ticket, None, calendar, at=at),
        )
        for ticket in tickets
    )


def keep(ticket: Ticket, *, by: User, at: datetime) -> bool:
    """Exempt the place of a ticket from automatic release; return whether that is a change. The ticket is locked.

    Raises StillExpected if there is no place left to keep.
    """
    if ticket.status != TicketStatus.ACTIVE or ticket.period.end <= at:
        raise StillExpected("nothing_to_keep")
    kept = {"kept_at": at, "kept_by": by}
    lateness, is_new = Lateness.objects.get_or_create(ticket=ticket, starts_at=ticket.period.start, defaults=kept)
    return is_new or bool(Lateness.objects.filter(pk=lateness.pk, kept_at=None).update(**kept))


def _is_watched(ticket: Ticket, calendar: Calendar) -> bool:
    """Whether the clock may release the place at all: an hourly ticket, visits are recorded, and the door was open."""
    location, day = ticket.service.location, calendar.today(ticket.period.start)
    opened = calendar.open_period(day)
    return (
        ticket.status == TicketStatus.ACTIVE
        and ticket.tariff.is_hourly
        and bool(wait_of(ticket.service))
        and location.visits_from is not None
        and location.visits_from <= day
        and opened is not None
        and opened.start <= ticket.period.start < opened.end
    )
