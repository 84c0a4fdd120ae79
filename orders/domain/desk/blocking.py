"""Blocking places and lifting blocks, under the locks that orders take."""

from collections.abc import Collection, Sequence
from datetime import datetime

from accounts.models import User
from coworking.domain import blocking
from coworking.domain.blocking import Target
from coworking.models import Block
from olvery.shared.periods import Period
from orders.domain import locks


def block_places(
    targets: Sequence[Target],
    periods: Sequence[Period],
    *,
    reason: str,
    by: User,
    at: datetime,
    is_open_to_managers: bool = False,
) -> list[Block]:
    """Block each target for each period, all or none. Raises PlacesBooked, NothingToBlock, Busy."""
    with locks.short_waits():
        locks.lock_services({target.service.pk for target in targets})
        return blocking.block(targets, periods, reason=reason, by=by, at=at, is_open_to_managers=is_open_to_managers)


def lift_blocks(blocks: Collection[int], *, location_ids: Collection[int], by: User, at: datetime) -> int:
    """Lift the standing blocks among these and return how many there were. Raises Busy."""
    with locks.short_waits():
        return blocking.lift(blocks, location_ids=location_ids, by=by, at=at)
