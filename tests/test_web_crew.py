"""Connections spread over the processes of the web server."""

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing

import psutil
from django.conf import settings

from olvery.web_crew import MOST_WORKERS, STALE_SECONDS, Crew
from tests.test_web_server import PATIENCE, STARTING, wait_for

CLIENTS = 16


def test_the_fewest_connections_are_those_of_a_worker_that_lives() -> None:
    crew = Crew()
    assert crew.fewest(at=100) == 0
    crew.tell(1, 5, at=100)
    crew.tell(2, 3, at=101)
    assert crew.fewest(at=101) == 3
    assert crew.fewest(at=100.5 + STALE_SECONDS) == 3
    crew.tell(1, 7, at=102 + STALE_SECONDS)
    assert crew.fewest(at=102 + STALE_SECONDS) == 7


def test_a_new_worker_takes_the_place_of_one_that_is_long_gone() -> None:
    crew = Crew()
    crew.tell(1, 0, at=100)
    crew.tell(1 + MOST_WORKERS, 4, at=100)
    assert crew.fewest(at=100) == 4


def test_two_workers_share_the_clients_that_keep_their_connections() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PORT": str(port), "WEB_CONCURRENCY": "2"}
    command = [sys.executable, "-m", "gunicorn", "olvery.wsgi"]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment) as server:
        clients = [http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE) for _n in range(CLIENTS)]
        try:
            wait_for(port, server)
            wait_for_both(port, server)
            for client in clients:
                client.request("GET", "/healthz")
                assert client.getresponse().read()
            held = connections_of_workers(server)
        finally:
            for client in clients:
                client.close()
            server.terminate()
    assert sum(held) == CLIENTS
    assert min(held) >= CLIENTS // 4


def wait_for_both(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Wait until each worker has accepted and released a connection: one may be up long before the other."""
    deadline = time.monotonic() + STARTING
    with ExitStack() as stack:
        while sum(map(bool, connections_of_workers(server))) < 2:
            assert time.monotonic() < deadline, "a worker takes no connections"
            client = stack.enter_context(closing(http.client.HTTPConnection("127.0.0.1", port, timeout=STARTING)))
            client.request("GET", "/healthz")
            assert client.getresponse().read()
            time.sleep(0.05)
    while any(connections_of_workers(server)):
        assert time.monotonic() < deadline, "a worker keeps connections that are closed"
        time.sleep(0.05)


def connections_of_workers(server: "subprocess.Popen[bytes]") -> list[int]:
    """Return how many connections each worker has."""
    return [
        sum(each.status == psutil.CONN_ESTABLISHED for each in worker.net_connections("tcp4"))
        for worker in psutil.Process(server.pid).children()
    ]
