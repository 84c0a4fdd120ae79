"""HTTP requests and answers, and moments as the provider writes them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

JSON_TYPE = "application/json;charset=UTF-8"
HTML_TYPE = "text/html;charset=UTF-8"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request whose body has been read."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names are case-insensitive
    body: bytes
    client: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer, and how to spoil its delivery."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0  # seconds before anything is sent
    cut: bool = False  # close the connection instead of answering


def json_answer(content: object, status: int = 200) -> Answer:
    """Return the content as JSON in UTF-8."""
    return Answer(status=status, body=json.dumps(content, ensure_ascii=False).encode())


def html_answer(page: str, status: int = 200) -> Answer:
    """Return a page that is never cached, framed or scripted."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
        "Referrer-Policy": "no-referrer",
    }
    return Answer(status=status, body=page.encode(), content_type=HTML_TYPE, headers=headers)


def see_other(address: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Redirect the browser to the URL with a GET."""
    return Answer(status=303, content_type=HTML_TYPE, headers={"Location": address, **(headers or {})})


def to_wire(at: float) -> str:
    """Format seconds since 1970 as `2026-11-24T06:00:00.000Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_wire(text: str) -> float:
    """Parse an ISO 8601 moment, UTC if it names no zone. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
