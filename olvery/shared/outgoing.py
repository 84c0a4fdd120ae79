"""Requests to other servers, with limits for the whole answer, for its size and for finding the server.

The timeout of requests restarts with each byte received: a server that sends a byte at a time would hold the thread
for ever, along with everything that waits behind it. And it only starts after the name lookup, which may take as long
as the resolver likes.
"""

import io
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from http.client import HTTPResponse
from threading import Thread
from typing import Any, TypeVar

from requests import Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError

# A resolver tries its second server after five.
LOOK_UP_SECONDS = 10.0

# A page of the provider's lists, the largest that we ask for, has a hundred payments of a few KB each.
LARGEST_ANSWER = 4 * 1024 * 1024

Found = TypeVar("Found")


class AnswerTooLarge(OSError):
    """Somebody answers with more than any program that we ask has to say."""


def content_of(response: Response) -> bytes:
    """Return the body of a response to a request with `stream=True`, decompressed.

    Raises AnswerTooLarge, urllib3's HTTPError.
    """
    with response:
        content: bytes = response.raw.read(LARGEST_ANSWER + 1, decode_content=True)
    if len(content) > LARGEST_ANSWER:
        raise AnswerTooLarge
    return content


def look_up(name: str, port: int) -> list[str]:
    """Resolve a name to addresses. Raises OSError, including TimeoutError, and UnicodeError."""
    found = _within(LOOK_UP_SECONDS, partial(socket.getaddrinfo, name, port, type=socket.SOCK_STREAM))
    return [str(address[0]) for *_kind, address in found]


def _within(seconds: float, ask: Callable[[], Found]) -> Found:
    """Call a function that has no timeout of its own. Raises TimeoutError; its thread is left to finish."""
    answer = Future[Found]()

    def wait() -> None:
        try:
            answer.set_result(ask())
        except Exception as error:  # any exception is raised where the result is awaited
            answer.set_exception(error)

    Thread(target=wait, daemon=True).start()
    return answer.result(seconds)


def _connect(connection: HTTPConnection, connect: Callable[[], socket.socket]) -> socket.socket:
    """Connect within the connection timeout plus the time allowed for the name lookup."""
    try:
        return _within(LOOK_UP_SECONDS + _limit(connection.timeout), connect)
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, f"{connection.host} is not found or does not answer") from error


def _limit(seconds: float | None) -> float:
    if seconds is None:
        raise ValueError("A request to others needs a timeout.")
    return seconds


class _Timed(io.RawIOBase):
    """Reads an answer for at most `seconds` from now, however often data arrive."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket, *, seconds: float) -> None:
        self._raw, self._connection = raw, connection
        self._until = time.monotonic() + seconds

    def readable(self) -> bool:
        """Return True, as `BufferedReader` requires."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read available data, or wait for them. Raises TimeoutError."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._connection.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Release the socket."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        seconds = _limit(sock.gettimeout())
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock, seconds=seconds))


class _Connection(HTTPConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        return _connect(self, super()._new_conn)


class _TLSConnection(HTTPSConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        return _connect(self, super()._new_conn)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class TimedAdapter(HTTPAdapter):
    """Applies the read timeout to the whole answer, head and body, and limits the name lookup."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use connections with both limits."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
