"""Recording who saw whose contacts."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import AccessEvent, Screen, User
from olvery.shared.replica import on_primary
from olvery.shared.rows import insert_together

BATCH = 2_000


def record(
    people: Iterable[int | None],
    *,
    by: User,
    location_id: int,
    screen: Screen,
    at: datetime,
    number: int | None = None,
) -> None:
    """Record that a person saw these people, each once; nothing for their own data. One query.

    For very many people call it with BATCH at a time. The page that shows them may read from the replica.
    """
    seen = {pk for pk in people if pk and pk != by.pk}
    events = [
        AccessEvent(by=by, person_id=pk, location_id=location_id, screen=screen, number=number, at=at)
        for pk in sorted(seen)
    ]
    if events:
        with on_primary():
            insert_together(events)
