"""Logging who saw whose contacts."""

from collections.abc import Iterable

from django.utils import timezone

from accounts.domain import access_log
from accounts.models import Screen
from coworking.access import StaffRequest


def note_seen(
    request: StaffRequest,
    people: Iterable[int | None],
    screen: Screen,
    *,
    number: int | None = None,
    location_id: int | None = None,
) -> None:
    """Log whose contacts a page or a file shows; `location_id` if it is not the current one."""
    access_log.record(
        people,
        by=request.user,
        location_id=location_id or request.location.pk,
        screen=screen,
        number=number,
        at=timezone.now(),
    )
