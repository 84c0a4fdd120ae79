"""Changing what a location says of itself, with a row of history for each setting."""

from typing import Any

from coworking.domain import locks
from coworking.domain.settings_history import Change, record, refuse_unseen


def change_location(location_id: int, change: Change, values: dict[str, Any]) -> int:
    """Change settings of a location and return how many have changed. Raises ChangedMeanwhile, Busy."""
    with locks.short_waits():
        location = locks.lock_location(location_id)
        refuse_unseen(location, None, change)
        events = change.differences(location, values)
        location.save(update_fields=list(values))
        return record(events, location)
