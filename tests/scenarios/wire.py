"""Listens at our end of the connection to the provider."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from django.db import connection


@dataclass(frozen=True)
class Sent:
    """A request as it was about to leave."""

    method: str
    path: str
    key: str
    body: bytes
    in_transaction: bool


@dataclass
class Wire:
    """Records every request before its first byte is sent, including those that then fail to connect."""

    sent: list[Sent] = field(default_factory=list)

    def posts(self, path: str = "") -> list[Sent]:
        """Return the requests that change something."""
        return [sent for sent in self.sent if sent.method == "POST" and sent.path.endswith(path)]

    def gets(self) -> list[Sent]:
        """Return the requests that only read."""
        return [sent for sent in self.sent if sent.method == "GET"]

    def tap(self, monkeypatch: Any) -> None:
        """Listen to all sessions."""
        really_send = requests.Session.send

        def send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            body = request.body or b""
            assert isinstance(body, bytes)
            path = urlsplit(request.url or "").path.removeprefix("/v3")
            key = request.headers.get("Idempotence-Key", "")
            self.sent.append(Sent(request.method or "", path, key, body, connection.in_atomic_block))
            return really_send(session, request, **options)

        monkeypatch.setattr(requests.Session, "send", send)
