"""The site as in production, on a local port, and browsers without JavaScript that visit it."""

import http.client
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import psutil

from bench.chaos.processes import ROOT, free_port
from olvery.demo.people import PASSWORD

LOG = ROOT / "var" / "bench.log"  # what the last server and the last worker said
READY_SECONDS, STOP_SECONDS = 30, 15
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Server:
    """A running gunicorn."""

    port: int
    process: "subprocess.Popen[bytes]"
    started_in: float

    def memory_mb(self) -> float:
        """Return the largest resident memory of its web processes."""
        children = psutil.Process(self.process.pid).children()
        return max(child.memory_info().rss for child in children) / 2**20


@contextmanager
def running(database_url: str, *, processes: int = 2, threads: int = 4) -> Iterator[Server]:
    """Run the site on this database for the length of the block."""
    port = free_port()
    environment = {"PORT": str(port), "WEB_CONCURRENCY": str(processes), "WEB_THREADS": str(threads)}
    # Without production's restart after a number of requests, which would hide the memory.
    command = [sys.executable, "-m", "gunicorn", "olvery.wsgi", "--max-requests", "0"]
    began = time.perf_counter()
    with _process(command, database_url, environment) as process:
        _wait_for(port, process)
        yield Server(port, process, time.perf_counter() - began)


@contextmanager
def worker(database_url: str, *, queue: str = "") -> "Iterator[subprocess.Popen[bytes]]":
    """Run the job worker on this database for the length of the block, or one of a single queue."""
    one = ["procrastinate", "worker", "--queues", queue, "--concurrency", "1"]
    with _process([sys.executable, "manage.py", *(one if queue else ["work"])], database_url, {}) as process:
        yield process


@contextmanager
def _process(command: list[str], database_url: str, environment: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    LOG.parent.mkdir(exist_ok=True)
    known = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "bench.settings", **environment}
    known["EMAIL_BACKEND"] = "django.core.mail.backends.dummy.EmailBackend"
    with LOG.open("a") as log, subprocess.Popen(command, cwd=ROOT, env=known, stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the site answers a page. Raises RuntimeError."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if Browser(port).get("/accounts/login/").status == 200:
                return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"the site did not start, see {LOG}")


def at_once(work: Callable[[], object], threads: int) -> None:
    """Do the work in this many threads, and wait for all of them."""
    working = [threading.Thread(target=work) for _thread in range(threads)]
    for thread in working:
        thread.start()
    for thread in working:
        thread.join()


@dataclass(frozen=True, slots=True)
class Answer:
    """The site's answer, and how long it took."""

    status: int
    body: bytes
    ms: float


class Browser:
    """One person's cookies and one connection that stays open."""

    def __init__(self, port: int, cookies: dict[str, str] | None = None, *, timeout: float = 60) -> None:
        """Open a browser, with the cookies of another one if it is another tab of the same person."""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.cookies = dict(cookies or {})

    def sign_in(self, email: str) -> None:
        """Sign in by the page, as a person of the demo does. Raises RuntimeError."""
        found = _TOKEN.search(self.get("/accounts/login/").body.decode())
        fields = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": found[1] if found else ""}
        if self.post("/accounts/login/", fields).status != 302:
            raise RuntimeError(f"{email} cannot sign in")

    def get(self, path: str) -> Answer:
        """Load a page."""
        return self._ask("GET", path, None)

    def post(self, path: str, fields: dict[str, str], *, is_htmx: bool = False) -> Answer:
        """Send a form with the CSRF token of the cookie, if any."""
        token = {"csrfmiddlewaretoken": self.cookies["csrftoken"]} if "csrftoken" in self.cookies else {}
        return self._ask("POST", path, urlencode({**token, **fields}), is_htmx=is_htmx)

    def _ask(self, method: str, path: str, body: str | None, *, is_htmx: bool = False) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= {"Accept-Encoding": "identity"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if is_htmx:
            headers["HX-Request"] = "true"
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        taken = (time.perf_counter() - began) * 1000
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _equals, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return Answer(answer.status, content, taken)
