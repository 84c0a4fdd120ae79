"""The web server as in production: slow clients do not delay others, large bodies are refused unread."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings

from olvery.web_worker import Patience

MEGABYTE = 1024 * 1024
PATIENCE = 60  # seconds; a blocked server never answers
STARTING = 180  # seconds, on a machine that does other things besides; the port is taken before the site is loaded


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run the server with one process and two threads; its output goes to a file."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    said = tmp_path_factory.mktemp("server")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PORT": str(free)}
    environment |= {"WEB_CONCURRENCY": "1", "WEB_THREADS": "2", "ACCESS_LOG": str(said / "access.log")}
    command = [sys.executable, "-m", "gunicorn", "olvery.wsgi", "--error-logfile", str(said / "error.log")]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment) as server:
        try:
            wait_for(free, server)
            assert ask(free, "GET", "/healthz", patience=STARTING) == 200
            assert ask(free, "GET", "/%0A127.0.0.1%20forged/%D0%B4%D0%B0?q=%D0%9A%D0%B8%D0%BC") == 404
            yield free
            accesses = (said / "access.log").read_text()
            assert '"GET /healthz HTTP/1.1" 200 ' in accesses
            assert '"GET /%0A127.0.0.1%20forged/%D0%B4%D0%B0 HTTP/1.1" 404 ' in accesses
            assert not [line for line in accesses.splitlines() if "forged" in line and '"GET ' not in line]
        finally:
            server.terminate()
        assert server.wait(PATIENCE * 2) == 0
    assert "Traceback" not in Path(said / "error.log").read_text()


def wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")


def ask(port: int, method: str, path: str, *, patience: float = PATIENCE, **sent: object) -> int:
    """Return the status of an answer. Raises TimeoutError."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    try:
        connection.request(method, path, **sent)  # type: ignore[arg-type]
        return connection.getresponse().status
    finally:
        connection.close()


def half_open(port: int, sent: str) -> socket.socket:
    """Return a connection of a client that sends no more than this."""
    client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    client.sendall(sent.encode())
    return client


def test_slow_clients_hold_up_nobody(port: int) -> None:
    heads = ["", "GET /healthz HTTP/1.1\r\nHost: 127"]
    bodies = ["Content-Length: 1000\r\n\r\nlogin=", "Transfer-Encoding: chunked\r\n\r\n3e8\r\nlogin="]
    heads += [f"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n{body}" for body in bodies]
    with ExitStack() as stack:
        for _ in range(10):
            for head in heads:
                stack.enter_context(half_open(port, head))
        assert [ask(port, "GET", "/healthz") for _ in range(5)] == [200] * 5


@pytest.mark.parametrize("path", ["/healthz", "/accounts/login/", "/api/v1/orders"])
def test_what_is_asked_for_without_a_body_is_answered_without_one(port: int, path: str) -> None:
    """A program or a proxy would read it as the answer to its next request on the same connection."""
    with half_open(port, f"HEAD {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        head, _end, rest = client.makefile("rb").read().partition(b"\r\n\r\n")
    assert b"Content-Length: " in head
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("length", [MEGABYTE + 1, 10**12])
def test_a_body_over_a_megabyte_is_refused_by_its_announcement(port: int, length: int) -> None:
    with half_open(
        port, f"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n"
    ) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_in_chunks_is_refused_when_it_passes_a_megabyte(port: int) -> None:
    head = "POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    with half_open(port, head) as client:
        try:
            for _ in range(17):
                client.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            answer = client.recv(100)
        except ConnectionError:
            answer = b""  # closed while it was still being sent: the refusal may be lost on the way
        assert answer[:13] in (b"HTTP/1.1 413 ", b"")


def test_a_body_of_a_megabyte_reaches_the_site(port: int) -> None:
    for body in (b"x" * MEGABYTE, iter([b"login=", b"x" * 1000])):  # the second one in chunks
        assert ask(port, "POST", "/accounts/login/", body=body) == 403  # without a token of the form


def test_a_picture_of_ten_megabytes_reaches_the_site_where_pictures_are_uploaded(port: int) -> None:
    uploads = ("contacts/photos", "services/1/photos", "services/1/plan/picture")
    for path in uploads:
        assert ask(port, "POST", f"/manage/coworking/{path}/", body=b"x" * 10 * MEGABYTE) == 302  # to sign-in
    with half_open(
        port, f"POST /manage/coworking/{uploads[0]}/ HTTP/1.1\r\nHost: a\r\nContent-Length: {41 * MEGABYTE}\r\n\r\n"
    ) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_request_that_trickles_is_dropped_after_a_minute() -> None:
    first, second = object(), object()
    patience = Patience(seconds=60)
    assert patience.overdue({first}, at=0) == set()
    assert patience.overdue({first, second}, at=59) == set()
    assert patience.overdue({first, second}, at=60) == {first}
    assert patience.overdue({second}, at=118) == set()
    assert patience.overdue({first, second}, at=119) == {second}  # the first one is another request by now
