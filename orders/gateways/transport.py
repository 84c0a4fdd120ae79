"""Sending bytes to the provider and back, and classifying failures on the way.

The SDK's own transport is not used: it has no timeouts, follows `.netrc`, proxies and redirects, repeats
requests on its own, and cannot tell a request that never left from one that may have been carried out.
"""

import json
import ssl
import threading
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from requests.utils import default_user_agent
from urllib3 import Retry
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import SSLError as TLSError

from olvery.shared.outgoing import TimedAdapter, content_of
from orders.domain.online.gateway import OUR_SETTINGS, GatewayError, NotSent, OutcomeUnknown, RateLimited, Rejected

CONNECT_SECONDS = 3.05
PAUSE = timedelta(seconds=5)  # if the provider asks for fewer requests and does not say for how long
LONGEST_PAUSE = timedelta(hours=1)
MAX_DETAIL = 200


class Pause(Protocol):
    """A pause that the provider asked for, shared by all its clients."""

    def begin(self, length: timedelta) -> None:
        """Let nobody ask anything for so long."""
        ...

    def left(self) -> timedelta:
        """Return how long it still lasts."""
        ...


class Transport:
    """Requests of one shop. Thread-safe: each thread has its own session, nothing is shared between shops.

    While the provider wants fewer requests, none is sent: they fail as rate limited at once.
    """

    def __init__(self, *, shop_id: str, secret_key: str, api_url: str, pause: Pause | None = None) -> None:
        parts = urlsplit(api_url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query:
            raise ValueError("The address of the payment provider is no plain URL.")
        if not shop_id or not secret_key:
            raise ValueError("The payment provider needs a shop and its key.")
        token = b64encode(f"{shop_id}:{secret_key}".encode()).decode("ascii")
        self._url = api_url.rstrip("/")
        self._headers = {
            "Authorization": f"Basic {token}",
            "Accept": "application/json",
            "User-Agent": f"Olvery {default_user_agent()}",
        }
        self._pause = pause
        self._of_thread = threading.local()

    def post(self, path: str, body: str, *, key: str, patience: timedelta) -> Mapping[str, Any]:
        """Send a body byte for byte. Returns the answer's object; raises a GatewayError otherwise."""
        headers = {"Idempotence-Key": key, "Content-Type": "application/json"}
        return self._request("POST", path, patience, data=body.encode(), headers=headers)

    def get(self, path: str, query: Mapping[str, str] | None = None, *, patience: timedelta) -> Mapping[str, Any]:
        """Ask for an object. Returns it; raises a GatewayError otherwise."""
        return self._request("GET", path, patience, params=query)

    def close(self) -> None:
        """Close the connections of the calling thread."""
        self._session().close()
        del self._of_thread.session

    def _request(self, method: str, path: str, patience: timedelta, **parts: Any) -> Mapping[str, Any]:
        what = f"{method} {path}"
        if self._pause and (left := self._pause.left()):
            raise RateLimited(f"{what}: not sent within a pause", retry_after=left)
        try:
            response = self._session().request(
                method,
                self._url + path,
                timeout=(CONNECT_SECONDS, patience.total_seconds()),
                allow_redirects=False,
                stream=True,
                **parts,
            )
            text = content_of(response)
        except (OSError, HTTPError, ValueError) as error:
            failure = _failure_on_the_way(what, error)
        else:
            content = _object_in(text)
            if response.status_code == 200 and content is not None:
                return content
            failure = _refusal(what, response.status_code, content)
            if self._pause and isinstance(failure, RateLimited):
                self._pause.begin(failure.retry_after)
        # Raised out here without context: the library's error holds the request, with its key and body.
        raise failure

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False  # no proxy of the environment; a .netrc would replace the key
            session.headers.clear()
            session.headers.update(self._headers)
            for scheme in ("https://", "http://"):
                session.mount(scheme, TimedAdapter(max_retries=Retry(total=0, read=False)))
            self._of_thread.session = session
        return session


def _failure_on_the_way(what: str, error: Exception) -> GatewayError:
    """Distinguish a request that never left from one that may have arrived; in doubt it may have."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    cause = reason.args[0] if isinstance(reason, TLSError) and reason.args else None
    # An end of the stream can come after the request; any other TLS error is the handshake's.
    no_tls = isinstance(reason, TLSError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError) or no_tls:
        return NotSent(f"{what}: {type(reason or error).__name__}")
    return OutcomeUnknown(f"{what}: {type(error).__name__}")


def _object_in(text: bytes) -> dict[str, Any] | None:
    """Return the JSON object in the body of a response, or None."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _refusal(what: str, status: int, content: dict[str, Any] | None) -> GatewayError:
    """Return the error for any answer except an object with status 200."""
    error = content if content is not None and content.get("type") == "error" else {}
    code, detail, parameter = (_short(error.get(name)) for name in ("code", "description", "parameter"))
    text = ": ".join(part for part in (what, str(status), code, parameter, detail) if part)
    if status == 429:
        return RateLimited(text, retry_after=_pause_of(error.get("retry_after")))
    if 400 <= status < 500 and (error or status in OUR_SETTINGS):
        return Rejected(text, status=status, code=code, parameter=parameter)
    if status < 500 and not error:
        # A page from something between us and the provider is not the provider's answer, least of all «not found».
        text += ": not the provider's object"
    return OutcomeUnknown(text, status=status)


def _pause_of(milliseconds: object) -> timedelta:
    """Return the requested pause, within limits."""
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool) or milliseconds <= 0:
        return PAUSE
    return timedelta(milliseconds=min(milliseconds, LONGEST_PAUSE // timedelta(milliseconds=1)))


def _short(text: object) -> str:
    return text[:MAX_DETAIL] if isinstance(text, str) else ""
