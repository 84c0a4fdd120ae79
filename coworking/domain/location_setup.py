"""Changing the settings of a location, with a history row for each setting."""

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
    """Give the lobby panel a new unguessable URL; the former one stops working.

    Raises ChangedMeanwhile, Busy.
    """
    return _set_panel(location_id, change, secrets.token_urlsafe(16))


def end_panel(location_id: int, change: Change) -> int:
    """Delete the URL of the lobby panel. Raises ChangedMeanwhile, Busy."""
    return _set_panel(location_id, change, "")


def _set_panel(location_id: int, change: Change, token: str) -> int:
    with changing(location_id, change) as location:
        old, location.panel_token = location.panel_token, token
        if old == token:
            return 0
        location.save(update_fields=["panel_token"])
        # Anyone who knows a URL can see the panel: the history distinguishes URLs without revealing them.
        event = change.event(field="panel_token", old=_hint(old), new=_hint(token))
        return record([event], location)


def _hint(token: str) -> str:
    return token and f"{token[:SHOWN_OF_A_TOKEN]}…"
