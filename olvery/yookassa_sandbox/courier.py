"""The courier: sends notifications that are due, and checks the clock once a second."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from olvery.yookassa_sandbox import outbox
from olvery.yookassa_sandbox.wire import Json

if TYPE_CHECKING:
    from olvery.yookassa_sandbox.provider import Provider

TIMEOUT = 10
TICK = 1.0
USER_AGENT = "AHC/2.1"


class Courier:
    """A thread that watches the clock and, unless webhooks are manual, sends them.

    All waiting is by Event: a stopped or frozen clock never makes a busy loop.
    """

    def __init__(self, provider: "Provider", follow_the_clock: Callable[[], None]) -> None:
        self._provider = provider
        self._follow_the_clock = follow_the_clock
        self._wake = threading.Event()
        self._busy = threading.Condition()
        self._sending = 0
        self._calls: set[http.client.HTTPConnection] = set()
        self._thread = threading.Thread(target=self._run, name="sandbox courier", daemon=True)
        provider.on_news = self._on_news

    def start(self) -> None:
        """Start watching."""
        outbox.unclaim(self._provider)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and its deliveries. The till is already stopping."""
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._busy:
            for call in self._calls:
                _hang_up(call)
        self.wait_idle()

    def flush(self) -> int:
        """Send everything due now in this thread, wait for other threads to finish, and return the number it sent."""
        sent = 0
        while self._can_send() and (numbers := outbox.claim_due(self._provider)):
            for number in numbers:
                self.send(number)
                sent += 1
        self.wait_idle()
        return sent

    def send(self, number: int, *, by_hand: bool = False) -> Json:
        """Send a notification now and return the attempt. Raises KeyError."""
        body = outbox.body_of(self._provider, number)
        status, error = None, None
        try:
            status = self._deliver(body)
        except (OSError, http.client.HTTPException, ValueError) as failure:
            error = f"{type(failure).__name__}: {failure}"
        return outbox.record(self._provider, number, status=status, error=error, by_hand=by_hand)

    def wait_idle(self) -> None:
        """Return when no other thread is sending."""
        with self._busy:
            while self._sending:
                self._busy.wait(TIMEOUT)

    def _run(self) -> None:
        while not self._provider.stopping.is_set():
            self._wake.clear()
            self._follow_the_clock()
            if self._automatic():
                self._send_all_aside()
            self._wake.wait(self._pause())

    def _automatic(self) -> bool:
        return self._provider.options.webhooks == "auto" and self._can_send()

    def _can_send(self) -> bool:
        return self._provider.webhook_url is not None or self._provider.options.deliver is not None

    def _pause(self) -> float:
        at = outbox.next_due(self._provider) if self._automatic() else None
        # A due notification may wait for another one's attempt, so always pause a little.
        return TICK if at is None else min(TICK, max(0.01, at - self._provider.now()))

    def _on_news(self) -> None:
        """Send the notifications that must precede the answer, in the thread that answers."""
        if self._can_send():
            for number in outbox.claim_urgent(self._provider):
                self.send(number)
        self._wake.set()

    def _send_all_aside(self) -> None:
        """Send what is due, each in its own thread: a slow shop must not delay the clock."""
        with self._counted():  # before the claim, so that the courier never looks idle in between
            for number in outbox.claim_due(self._provider):
                threading.Thread(target=self._send_aside, args=(number,), name=f"webhook {number}", daemon=True).start()

    def _send_aside(self, number: int) -> None:
        # The till may have been reset since the claim.
        with self._counted(), suppress(KeyError):
            self.send(number)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._busy:
            self._sending += 1
        try:
            yield
        finally:
            with self._busy:
                self._sending -= 1
                self._busy.notify_all()

    def _deliver(self, body: bytes) -> int:
        """Return the status of the shop's answer. Raises OSError and HTTPException."""
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        if self._provider.options.xff:
            headers["X-Forwarded-For"] = self._provider.options.xff
        if self._provider.options.deliver is not None:
            return self._provider.options.deliver(body, headers)
        if self._provider.webhook_url is None:
            raise ConnectionError("no webhook URL is set")
        return self._post(self._provider.webhook_url, body, headers)

    def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        call = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        late = threading.Event()

        def give_up() -> None:
            late.set()
            _hang_up(call)

        # The timeout of a socket restarts with every byte; a shop that answers byte by byte is late all the same.
        alarm = threading.Timer(TIMEOUT, give_up)
        alarm.daemon = True
        with self._busy:
            self._calls.add(call)
        try:
            alarm.start()
            call.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, dict(headers))
            with call.getresponse() as response:
                if late.is_set():  # the parser accepts headers that were cut off
                    raise TimeoutError("timed out")
                return response.status  # a redirect is not followed: only 200 confirms
        finally:
            alarm.cancel()
            with self._busy:
                self._calls.discard(call)
            call.close()


def _hang_up(call: http.client.HTTPConnection) -> None:
    """Close a call from another thread than the one waiting for it."""
    connection = call.sock  # the other thread may release it at any time
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
