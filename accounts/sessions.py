"""Database sessions like Django's; every request reads one."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from olvery.shared.written import Written

_CURRENT = Written(
    lambda key, at: Session.objects.filter(session_key=key, expire_date__gt=at),
    key="key",
    at=datetime.min.replace(tzinfo=UTC),
)


class SessionStore(db.SessionStore):
    """Django's store under its own name, which is part of the signature of sessions."""

    def __init__(self, session_key: str | None = None) -> None:
        # What is escaped in a cookie may stand for a character that the database does not store.
        super().__init__(None if "\0" in (session_key or "") else session_key)

    def _get_session_from_db(self) -> Any:
        found = _CURRENT(key=self.session_key, at=timezone.now())
        if found:
            return found[0]
        self._session_key = None
        return None
