"""A gunicorn worker: waitress reads whole requests and writes answers, threads run the site in between.

A thread only handles complete requests and never waits for a slow client; a body that is declared too large, or
becomes so in chunks, is refused without a thread. /healthz has its own thread, so that it answers while all others
wait for the database. Gunicorn manages the processes.
"""

import os
import re
import resource
import sys
import time
from collections.abc import Callable, Iterable
from copy import copy
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ThreadedTaskDispatcher

from olvery.web_crew import Crew

MOST_BODY = 1024 * 1024  # bytes; as DATA_UPLOAD_MAX_MEMORY_SIZE
# For uploading pictures: three of ten megabytes at once.
UPLOADS = re.compile(r"/manage/coworking/(contacts/photos|services/[0-9]+/(photos|plan/picture))/")
MOST_UPLOAD = 40 * MOST_BODY
MOST_HEAD = 32 * 1024
REQUEST_SECONDS = 60  # from the first byte of a request to its last
CLIENT_SECONDS = 30  # without a byte from or to the client, unless an answer is being prepared
ASKING_SECONDS = 1  # how long a stopping worker waits for the next byte of a request
BEAT_SECONDS = 0.5
HEALTH = "/healthz"
OTHER_FILES = 200  # database, logs, bodies that grow beyond memory
HEAD_START_SECONDS = 0.003  # gives workers with fewer connections time to accept a new one
# How long a thread runs before another gets its turn; Python's default is 0.005. A thread that holds a row lock
# waits this long for each other thread after every answer of the database. Shorter turns cost more than they gain.
TURN_SECONDS = 0.002

CREW = Crew()  # this module is loaded before the workers are forked


class Patience:
    """Tracks since when each request has been arriving."""

    def __init__(self, *, seconds: float) -> None:
        self.seconds = seconds
        self._since: dict[Any, float] = {}

    def overdue(self, arriving: set[Any], *, at: float) -> set[Any]:
        """Return the arriving requests that have taken too long; forget those no longer arriving."""
        self._since = {request: self._since.get(request, at) for request in arriving}
        return {request for request, since in self._since.items() if at - since >= self.seconds}


class Threads(ThreadedTaskDispatcher):
    """The threads that run the site, and one only for /healthz, which waits for nothing."""

    def __init__(self, *, count: int) -> None:
        super().__init__()
        self.set_thread_count(count)
        self._of_health = ThreadedTaskDispatcher()
        self._of_health.set_thread_count(1)

    def add_task(self, task: HTTPChannel) -> None:
        """Hand over a channel whose first request is complete."""
        request = task.requests[0]
        if request.error is None and request.path == HEALTH:
            self._of_health.add_task(task)
        else:
            super().add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """Stop all threads."""
        self._of_health.shutdown(cancel_pending, timeout)
        return bool(super().shutdown(cancel_pending, timeout))


class Parser(HTTPRequestParser):
    """Parses a request, and allows a larger body for picture uploads."""

    adj: Any

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the head: the URL determines how large the body may be."""
        super().parse_header(header_plus)
        if UPLOADS.fullmatch(self.path):
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = MOST_UPLOAD + 1


class Channel(HTTPChannel):
    """A connection whose requests are read by Parser."""

    parser_class = Parser


class BufferingWorker(Worker):
    """Serves gunicorn's sockets by waitress."""

    def run(self) -> None:
        """Serve until gunicorn or the limit of requests says to stop, then finish running requests."""
        sys.setswitchinterval(TURN_SECONDS)
        _allow_files(self.cfg.worker_connections + OTHER_FILES)
        connections: dict[int, Any] = {}
        server = create_server(
            self.answer,
            map=connections,
            sockets=[listener.sock for listener in self.sockets],
            _dispatcher=Threads(count=self.cfg.threads),
            connection_limit=self.cfg.worker_connections,
            max_request_body_size=MOST_BODY + 1,  # this one is refused
            max_request_header_size=MOST_HEAD,
            channel_timeout=CLIENT_SECONDS,
            cleanup_interval=CLIENT_SECONDS // 3,
            asyncore_use_poll=True,  # select() knows 1024 connections
            clear_untrusted_proxy_headers=False,  # TRUSTED_PROXY_COUNT decides which of them are trusted
            ident="",
        )
        listeners = [each for each in connections.values() if isinstance(each, BaseWSGIServer)]
        for listener in listeners:
            listener.channel_class = Channel
            listener.handle_accept = partial(self._accept, listener.handle_accept, connections)
        patience, looked_at = Patience(seconds=REQUEST_SECONDS), time.monotonic()
        while self.alive and self.ppid == os.getppid():
            self._serve(connections)
            if time.monotonic() - looked_at >= 1:
                looked_at = time.monotonic()
                _drop_slow(connections, patience, at=looked_at)
        for listener in listeners:
            # Not its own `close`, which would end the trigger that answers of threads need. A master that was killed
            # leaves its workers; were the port theirs while they finish, the next master would give up waiting for it.
            wasyncore.dispatcher.close(listener)
        until = time.monotonic() + self.cfg.graceful_timeout
        while any(map(_is_answering, list(connections.values()))) and time.monotonic() < until:
            self._serve(connections)
        server.task_dispatcher.shutdown(timeout=1)

    def answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Run the site, and write the access log when the answer begins."""
        began, said = time.monotonic(), SimpleNamespace(status="", headers=[], sent=None)
        # As received: a line break in the URL would start a new line in the log.
        path = quote(environ.get("PATH_INFO", ""), safe="/:@!$&'()*+,;=", encoding="latin-1")

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            said.status, said.headers = status, headers
            said.sent = next((int(value) for name, value in headers if name.lower() == "content-length"), None)
            return start_response(status, headers, exc_info)

        body = self.wsgi(environ, start)
        logged = {**environ, "PATH_INFO": path, "RAW_URI": path}
        self.log.access(said, SimpleNamespace(headers=[]), logged, timedelta(seconds=time.monotonic() - began))
        self.nr += 1
        if self.nr >= self.max_requests:
            self.alive = False
        if environ["REQUEST_METHOD"] == "HEAD":  # the site answers as to GET; a body would be read as the next answer
            body.close()
            return ()
        return cast(Iterable[bytes], body)

    def _accept(self, accept: Callable[[], None], connections: dict[int, Any]) -> None:
        """Accept a connection, unless another worker with fewer connections is quicker; they share the socket."""
        if len(connections) > CREW.fewest(at=time.monotonic()):
            time.sleep(HEAD_START_SECONDS)
        accept()
        CREW.tell(self.age, len(connections), at=time.monotonic())

    def _serve(self, connections: dict[int, Any]) -> None:
        self.notify()
        CREW.tell(self.age, len(connections), at=time.monotonic())
        wasyncore.loop(timeout=BEAT_SECONDS, use_poll=True, map=connections, count=1)


def _allow_files(wanted: int) -> None:
    """Raise the limit of open files as far as the system allows; without free files accepting would fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def _drop_slow(connections: dict[int, Any], patience: Patience, *, at: float) -> None:
    channels = [each for each in connections.values() if isinstance(each, HTTPChannel) and each.request is not None]
    overdue = patience.overdue({channel.request for channel in channels}, at=at)
    for channel in channels:
        if channel.request in overdue:
            channel.will_close = True  # as waitress does with silent ones


def _is_answering(connection: Any) -> bool:
    """Whether an answer is being prepared or sent, or a request is arriving or about to arrive."""
    if not isinstance(connection, HTTPChannel):
        return False
    is_new = connection.last_activity == connection.creation_time
    is_asking = (is_new or connection.request is not None) and time.time() - connection.last_activity < ASKING_SECONDS
    return is_asking or bool(connection.requests or connection.total_outbufs_len)
