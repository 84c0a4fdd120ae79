"""Setting up promo codes: the history of the location's settings records each change."""

import secrets
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from coworking.domain.settings_history import Change, record, refuse_later
from coworking.models import Location, Section, SettingsEvent
from olvery.shared.refusals import Refusal
from olvery.shared.rows import refused_as
from orders.domain import locks
from orders.models import PromoCode
from orders.models.promo import promo_key

# Alphabet of generated codes: no characters that look alike, 40 bits in all.
ALPHABET, LENGTH = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ", 8


class CodeTaken(Refusal):
    """The location already has this code, perhaps in its archive."""

    reason = "promo_code_taken"
    field = "code"


class FewerThanUsed(Refusal):
    """The code has already been used more often than the new limit allows."""

    reason = "promo_fewer_than_used"
    field = "most_uses"


def new_code() -> str:
    """Return a random code that cannot be guessed."""
    return "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))


def make_code(*, location: Location, values: dict[str, Any], by: User, at: datetime) -> PromoCode:
    """Create a code, generated unless it is given. Raises CodeTaken, Busy."""
    code = values["code"] or new_code()
    change = Change(section=Section.PROMO, seen=0, by=by, at=at)
    with refused_as({"promo_code_once_a_location": CodeTaken}), locks.short_waits():
        made = PromoCode.objects.create(**{**values, "location": location, "code": code, "key": promo_key(code)})
        record([change.event(subject=code, new=code)], location)
    return made


def change_code(code_id: int, change: Change, values: dict[str, Any]) -> int:
    """Change a code and return how many settings have changed; orders placed with it stay as they are.

    Raises ChangedMeanwhile, FewerThanUsed, Busy.
    """
    with locks.short_waits():
        code = locks.lock_promo_code(code_id)
        refuse_later(changes_of(code).first(), change.seen, code.location.zone)
        most = values["most_uses"]
        if most is not None and most < code.used:
            raise FewerThanUsed(used=code.used)
        events = change.differences(code, values, subject=code.code)
        code.save(update_fields=list(values))
        return record(events, code.location)


def set_active(code_id: int, *, is_active: bool, by: User, at: datetime) -> int:
    """Archive a code or make it usable again; return whether that changed anything. Raises Busy."""
    with locks.short_waits():
        code = locks.lock_promo_code(code_id)
        change = Change(section=Section.PROMO, seen=0, by=by, at=at)
        events = change.differences(code, {"is_active": is_active}, subject=code.code)
        code.save(update_fields=["is_active"])
        return record(events, code.location)


def changes_of(code: PromoCode) -> QuerySet[SettingsEvent]:
    """Return the changes of a code, the latest first."""
    events = SettingsEvent.objects.filter(location=code.location_id, section=Section.PROMO, subject=code.code)
    return events.select_related("by").order_by("-pk")
