"""Two records of one person, merged."""

from datetime import timedelta
from typing import Any

from accounts.models import PersonMerge, User
from orders.domain.desk import merging_people
from orders.domain.desk.merging_people import MergeWish, seen_as
from tests.moments import NOW
from tests.views.pages import World

LATER = NOW + timedelta(days=3)


def wish(kept: User, gone: User, *taken: str, **fields: Any) -> MergeWish:
    defaults = {"reason": "Один человек", "seen": seen_as(kept, gone), "is_one_person": False}
    return MergeWish(kept_id=kept.pk, gone_id=gone.pk, taken=taken, **{**defaults, **fields})


def merged(kept: User, gone: User, *taken: str, by: User, world: World, **fields: Any) -> PersonMerge:
    return merging_people.merge(wish(kept, gone, *taken, **fields), by=by, location=world.location, at=LATER)
