"""Requests to other servers, with one limit for the whole answer.

The timeout of requests begins anew with each byte that comes: a server that sends a byte at a time would keep the
thread for ever, along with everything that waits behind it.
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
    """Reads an answer until `seconds` from now are over, however often something comes."""

    def __init__(self, raw: io.RawIOBase, connection: socket, *, seconds: float) -> None:
        self._raw, self._connection = raw, connection
        self._until = time.monotonic() + seconds

    def readable(self) -> bool:
        """Whether this can be read, which `BufferedReader` asks first."""
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
    """Applies the read timeout to the whole answer, head and body, rather than to each read."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use connections that limit the whole answer."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
