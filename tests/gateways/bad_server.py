"""A loopback server that answers, or breaks the connection, as it is told."""

import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any

Act = Callable[["BadServer", socket.socket], None]


@dataclass(frozen=True)
class Asked:
    """A request as received, with header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class BadServer:
    """Acts in turn as told, then repeats the last act."""

    def __init__(self, *acts: Act) -> None:
        self.asked: list[Asked] = []
        self.acts = list(acts)
        self.over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v3"
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> "BadServer":
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
            thread = threading.Thread(target=self._serve, args=(connection, act))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, act: Act) -> None:
        with connection, suppress(OSError):  # the client may have hung up already
            connection.settimeout(5)
            act(self, connection)

    def read(self, connection: socket.socket) -> None:
        """Read one request and record it."""
        with connection.makefile("rb") as stream:
            method, target, _version = stream.readline().decode().split(" ")
            headers: dict[str, str] = {}
            while line := stream.readline().decode().strip():
                name, _colon, value = line.partition(":")
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", "0")))
        self.asked.append(Asked(method, target, headers, body))


def answer(status: int, content: Any = None, *, text: str | None = None, **headers: str) -> Act:
    """Answer with JSON, or with a text unchanged."""
    body = (json.dumps(content) if text is None else text).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close"]
    head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items())])

    def act(server: BadServer, connection: socket.socket) -> None:
        server.read(connection)
        connection.sendall(head.encode() + b"\r\n\r\n" + body)

    return act


def reset_at_once(_server: BadServer, connection: socket.socket) -> None:
    """Reset before reading anything, but after the caller has connected."""
    connection.recv(1, socket.MSG_PEEK)
    _reset(connection)


def reset_after_reading(server: BadServer, connection: socket.socket) -> None:
    """Reset after reading everything, without an answer."""
    server.read(connection)
    _reset(connection)


def break_off_the_answer(server: BadServer, connection: socket.socket) -> None:
    """Promise more than is sent."""
    server.read(connection)
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id": ')


def say_nothing(server: BadServer, connection: socket.socket) -> None:
    """Read all and keep the caller waiting until the test is over."""
    server.read(connection)
    server.over.wait(5)


def drip(text: bytes) -> Act:
    """Answer byte by byte, never silent for long."""

    def act(server: BadServer, connection: socket.socket) -> None:
        server.read(connection)
        for place in range(len(text)):
            connection.sendall(text[place : place + 1])
            server.over.wait(0.02)

    return act


def pour(text: bytes) -> Act:
    """Answer with a text that grows as it is decompressed."""
    packed = gzip.compress(text)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()

    def act(server: BadServer, connection: socket.socket) -> None:
        server.read(connection)
        connection.sendall(head + packed)

    return act


def speak_no_tls(_server: BadServer, connection: socket.socket) -> None:
    """Answer a TLS greeting in plain text."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    connection.shutdown(socket.SHUT_WR)
    with suppress(ConnectionResetError):
        while connection.recv(65536):
            pass


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
