"""The journal: every request to the API, and its answer."""

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from olvery.yookassa_sandbox.wire import Answer, Json, Request, to_wire

if TYPE_CHECKING:
    from olvery.yookassa_sandbox.provider import Provider

KEPT = 10_000  # requests; a demo's till may run for weeks


def open_entry(provider: "Provider", request: Request) -> int:
    """Record a request that has just arrived and return its number; credentials are not stored."""
    with provider.change():
        cursor = provider.store.run(
            "INSERT INTO requests (at, method, path, query, key, body) VALUES (?, ?, ?, ?, ?, ?)",
            *(provider.now(), request.method, request.path, urlencode(request.query)),
            *(request.headers.get("Idempotence-Key"), request.body.decode(errors="replace")),
        )
        number = int(cursor.lastrowid or 0)
        provider.store.run("DELETE FROM requests WHERE n <= ?", number - KEPT)
    return number


def close_entry(provider: "Provider", number: int, answer: Answer, fault: str | None) -> None:
    """Record the answer; its status is None if the connection is cut instead."""
    status = None if answer.cut else answer.status
    with provider.change():
        provider.store.run(
            "UPDATE requests SET status = ?, answered_at = ?, fault = ? WHERE n = ?",
            *(status, provider.now(), fault, number),
        )


def entries(provider: "Provider") -> list[Json]:
    """Return the journal, the oldest request first."""
    with provider.change():
        rows = provider.store.run("SELECT * FROM requests ORDER BY n").fetchall()
    return [
        {
            **dict(row),
            "at": to_wire(row["at"]),
            "body": _read(row["body"]),
            "answered_at": None if row["answered_at"] is None else to_wire(row["answered_at"]),
        }
        for row in rows
    ]


def _read(text: str) -> object:
    """Return the body as JSON if possible, otherwise as text, None if there is none."""
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
