"""Changing what a location says of itself, with a row of history for each setting."""

import secrets
from typing import Any

from coworking.domain.settings_history import Change, changing, record

SHOWN_OF_A_TOKEN = 6


def change_location(location_id: int, change: Change, values: dict[str, Any]) -> int:
    """Change settings of a location and return how many have changed. Raises ChangedMeanwhile, Busy."""
    with changing(location_id, change) as location:
        events = change.differences(location, values)
        location.save(update_fields=list(values))
        return record(events, location)


def new_panel_address(location_id: int, change: Change) -> int:
    """Give the lobby panel an address that nobody can guess; the one before leads nowhere from now on.

    Raises ChangedMeanwhile, Busy.
    """
    return _set_panel(location_id, change, secrets.token_urlsafe(16))


def end_panel(location_id: int, change: Change) -> int:
    """Let the address of the lobby panel lead nowhere. Raises ChangedMeanwhile, Busy."""
    return _set_panel(location_id, change, "")


def _set_panel(location_id: int, change: Change, token: str) -> int:
    with changing(location_id, change) as location:
        old, location.panel_token = location.panel_token, token
        if old == token:
            return 0
        location.save(update_fields=["panel_token"])
        # Whoever knows an address sees the panel: the history tells addresses apart and opens none.
        event = change.event(field="panel_token", old=_hint(old), new=_hint(token))
        return record([event], location)


def _hint(token: str) -> str:
    return token and f"{token[:SHOWN_OF_A_TOKEN]}…"
