"""People, their roles, and what is kept of what they did."""

from accounts.models.people import (
    AccessEvent,
    Membership,
    Right,
    Role,
    RoleAction,
    RoleEvent,
    Screen,
    SearchCount,
    SecurityEvent,
    SecurityKind,
    User,
)

__all__ = [
    "AccessEvent",
    "Membership",
    "Right",
    "Role",
    "RoleAction",
    "RoleEvent",
    "Screen",
    "SearchCount",
    "SecurityEvent",
    "SecurityKind",
    "User",
]
