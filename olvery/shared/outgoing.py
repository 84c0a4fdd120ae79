"""Requests to others, whose answer has so long as a whole.

The timeout of requests begins anew with each byte that comes: an answer that drips would keep its thread for ever, and
with it all that wait behind.
"""

import io
import time
from http.client import HTTPResponse
from socket import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class _Timed(io.RawIOBase):
    """Reads an answer for as long as the timeout of its socket says, from now on and in all."""

    def __init__(self, raw: io.RawIOBase, connection: socket, *, seconds: float) -> None:
        self._raw, self._connection = raw, connection
        self._until = time.monotonic() + seconds

    def readable(self) -> bool:
        """Whether there is something to be read from, which a buffer asks."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there, or wait for it. Raises TimeoutError."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._connection.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        seconds = sock.gettimeout()
        if seconds is None:
            raise ValueError("A request to others needs a timeout.")
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock, seconds=seconds))


class _Connection(HTTPConnection):
    response_class = _Response


class _TLSConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class TimedAdapter(HTTPAdapter):
    """Takes the timeout of reading for that of the whole answer, its head and its body."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Read from connections of our own."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
