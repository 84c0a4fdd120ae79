"""A restart under systemd refuses no connection: systemd owns the socket, and connections wait in it."""

import os
import socket
import subprocess
import sys
from threading import Event, Thread

from django.conf import settings

from tests.test_web_server import STARTING, ask

# The socket is where systemd puts the first one; only the process itself knows its number.
AS_SYSTEMD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "olvery.wsgi"])
"""


def start(listening: socket.socket) -> "subprocess.Popen[bytes]":
    """Start the server as `olvery-web.socket` does."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "WEB_CONCURRENCY": "1"}
    number = listening.fileno()
    return subprocess.Popen(
        [sys.executable, "-c", AS_SYSTEMD, str(number)], cwd=settings.BASE_DIR, env=environment, pass_fds=[number]
    )


def test_requests_during_a_restart_are_answered() -> None:
    answers: list[int] = []
    stopped = Event()

    def go_on_asking(port: int) -> None:
        while not stopped.is_set():
            answers.append(ask(port, "GET", "/healthz", patience=STARTING))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = start(listening)
        assert ask(port, "GET", "/healthz", patience=STARTING) == 200
        client = Thread(target=go_on_asking, args=[port])
        client.start()
        try:
            server.terminate()
            assert server.wait(20) == 0
            asked_before = len(answers)
            server = start(listening)
            while len(answers) < asked_before + 20:
                client.join(0.05)  # the new server needs the processor
                assert client.is_alive(), "somebody was refused"
        finally:
            stopped.set()
            client.join()
            server.terminate()
            server.wait(20)
    assert set(answers) == {200}
