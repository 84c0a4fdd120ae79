"""The web server while the database keeps every thread busy: it stays alive, and the pages end."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection

from tests.test_web_server import STARTING, wait_for

PAGES = 8
THREADS = 4
SECONDS = 20  # more than all pages take in sequence
AT_ONCE = 1.0
# The pattern does not find itself.
BUSY = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query ~ 'pg_sleep[(]60'"


Server = tuple[int, "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def start(django_db_setup: None) -> Iterator[Callable[[], Server]]:
    """Return a server with one process of four threads on the test database, starting it if needed."""
    servers = list[Server]()

    def running() -> Server:
        if not servers or servers[-1][1].poll() is not None:
            servers.append(_start())
            wait_for(*servers[-1])
            assert ask(servers[-1][0], "/readyz", within=STARTING) == 200
        return servers[-1]

    yield running
    for _port, server in servers:
        server.terminate()
        server.wait()


def _start() -> Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    of_tests = connection.settings_dict
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings_slow", "PORT": str(free)}
    environment |= {"WEB_CONCURRENCY": "1", "WEB_THREADS": str(THREADS)}
    if not os.environ.get("DATABASE_URL"):
        environment["DATABASE_URL"] = f"postgresql://postgres@/{of_tests['NAME']}?host={of_tests['OPTIONS']['host']}"
    command = [sys.executable, "-m", "gunicorn", "olvery.wsgi"]
    return free, subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)


@pytest.fixture
def server(start: Callable[[], Server], transactional_db: None) -> Server:
    return start()


@pytest.fixture
def port(server: Server) -> int:
    return server[0]


def ask(port: int, path: str, *, within: float) -> int:
    """Return the status of an answer; the cookie makes the site look up a session. Raises TimeoutError."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=within)
    try:
        client.request("GET", path, headers={"Cookie": f"sessionid={'a' * 32}"})
        return client.getresponse().status
    finally:
        client.close()


def wait_until_busy(threads: int = THREADS) -> None:
    """Wait until this many threads wait for the database."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(BUSY)
            if cursor.fetchone()[0] == threads:
                return
        time.sleep(0.02)
    raise AssertionError("the threads are not busy")


def test_slow_pages_end_and_the_server_says_meanwhile_that_it_lives(port: int) -> None:
    with ThreadPoolExecutor(PAGES) as people:
        pages = [people.submit(ask, port, "/slow/sleep/", within=SECONDS) for _ in range(PAGES)]
        wait_until_busy()
        assert ask(port, "/healthz", within=AT_ONCE) == 200
        with pytest.raises(TimeoutError):  # what has no thread of its own waits for those pages
            ask(port, "/readyz", within=AT_ONCE)
        assert ask(port, "/healthz", within=AT_ONCE) == 200
        assert [page.result() for page in pages] == [503] * PAGES
    assert ask(port, "/readyz", within=SECONDS) == 200


def test_workers_of_a_killed_server_finish_their_pages_and_leave_the_port_at_once(server: Server) -> None:
    port, master = server
    with ThreadPoolExecutor(1) as people:
        page = people.submit(ask, port, "/slow/sleep/", within=SECONDS)
        wait_until_busy(1)
        master.kill()
        master.wait()
        wait_until_free(port)
        assert not page.done()
        assert page.result() == 503


def wait_until_free(port: int) -> None:
    """Wait until another server could take the port."""
    deadline = time.monotonic() + 2  # less than the page takes
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                return probe.bind(("127.0.0.1", port))
            except OSError:
                time.sleep(0.05)
    raise AssertionError("the port is still taken")
