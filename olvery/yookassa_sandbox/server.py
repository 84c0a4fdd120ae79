"""The HTTP server: threads, limits, and connections that can be closed at once."""

import logging
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from olvery.yookassa_sandbox.failures import Failure
from olvery.yookassa_sandbox.wire import Answer, Request, json_answer

logger = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024

Respond = Callable[[Request], Answer]


class Server(ThreadingHTTPServer):
    """Serves until closed; threads that are waiting out a fault then end early."""

    request_queue_size = 128  # with the default of 5 a dozen parallel clients lose connection attempts
    daemon_threads = True

    def __init__(self, address: tuple[str, int], respond: Respond, stopping: threading.Event) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.respond = respond
        self.stopping = stopping
        self.closed = threading.Event()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._guard = threading.Lock()
        super().__init__(address, Handler)
        self._accepting = threading.Thread(target=self.serve_forever, args=(0.05,), name="sandbox", daemon=True)

    def server_bind(self) -> None:
        """Bind without looking up the host name in DNS."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def start(self) -> None:
        """Start accepting connections."""
        self._accepting.start()

    def close(self) -> None:
        """Stop accepting, close all connections, and return when their threads have ended."""
        self.closed.set()
        self.shutdown()
        self.server_close()
        self._accepting.join()
        with self._guard:
            still_open = dict(self._open)
        for connection in still_open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in still_open.values():
            thread.join()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in its own thread."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._guard:
            self._open[request] = thread
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve the connection, then forget it."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._guard:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report errors of the server; a client that disconnected is none."""
        if not isinstance(sys.exception(), ConnectionError):
            logger.exception("A connection from %s broke", client_address)


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = 60  # seconds a silent client may keep a thread

    def do_GET(self) -> None:
        """Answer a request of any method."""
        body = self._read_body()
        if body is None:
            return
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=self.headers,  # type: ignore[arg-type] # a message works like a mapping
            body=body,
            client=self.client_address[0],
        )
        try:
            answer = self.server.respond(request)
        except Exception:
            logger.exception("%s %s broke the sandbox", request.method, request.path)
            answer = json_answer(Failure(500, "The sandbox is broken, see its log").body(), 500)
        self._send(answer)

    do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the journal has it."""

    def _read_body(self) -> bytes | None:
        """Return the body; None if an answer has been sent instead, or the client disconnected."""
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdecimal():
            self._send_and_close(Failure(400, "Content-Length is needed"))
            return None
        if int(length) > LARGEST_BODY:
            self._send_and_close(Failure(413, "Request body is too large"))
            # Closing with unread bytes would reset the connection and lose the answer.
            self.rfile.read(min(int(length), 4 * LARGEST_BODY))
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _send_and_close(self, failure: Failure) -> None:
        self.close_connection = True
        self._send(json_answer(failure.body(), failure.status))

    def _send(self, answer: Answer) -> None:
        if answer.wait:
            self.server.stopping.wait(answer.wait)
        if answer.cut:
            self.close_connection = True
            with suppress(OSError):  # the client may have disconnected first
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":  # a body would be read as the next answer
            self.wfile.write(answer.body)
