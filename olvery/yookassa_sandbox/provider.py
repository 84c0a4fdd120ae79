"""State shared by all parts of the sandbox: the lock, the clock, the store and the rules."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from olvery.yookassa_sandbox.failures import not_found
from olvery.yookassa_sandbox.faults import Faults
from olvery.yookassa_sandbox.options import Options
from olvery.yookassa_sandbox.store import Store, Thing

FURTHEST = 100 * 366 * 24 * 3600  # seconds


class Provider:
    """The state behind one lock, which is never held while sending or sleeping."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.webhook_url = options.webhook_url
        self.public_url = options.public_url or ""  # known once the port is
        self.store = Store(options.db)
        self.offset = float(self.store.setting("clock_offset", "0"))  # seconds by which the clock was advanced
        self.faults = Faults()
        self.stopping = threading.Event()
        self.on_news: Callable[[], None] = lambda: None
        self._lock = threading.RLock()
        self._depth = 0
        self._news = False

    @contextmanager
    def change(self) -> Iterator[None]:
        """Read or change the state exclusively; all changes are kept, or none.

        Webhooks that a change calls for are looked at when the outermost block is left, without the lock.
        """
        with self._lock:
            self._depth += 1
            try:
                with self.store.transaction():
                    yield
            finally:
                self._depth -= 1
            news = self._news and self._depth == 0
            if news:
                self._news = False
        if news:
            self.on_news()

    def now(self) -> float:
        """Return the till's time in seconds since 1970: that of this machine plus the manual advance."""
        return self.options.now().timestamp() + self.offset

    def read(self, kind: str, thing_id: str) -> Thing:
        """Return a payment, refund or receipt. Raises Failure."""
        thing = self.store.find(kind, thing_id)
        if thing is None:
            raise not_found(kind.capitalize())
        return thing

    def announce(self) -> None:
        """Have the courier check for work after this change."""
        self._news = True

    def advance(self, seconds: float) -> None:
        """Advance the clock, kept over restarts. Raises ValueError for a step back: nothing can be undone."""
        if not 0 <= seconds <= FURTHEST:
            raise ValueError("The clock only goes forward, and by a century at most.")
        with self.change():
            self.offset += seconds
            self.store.remember("clock_offset", repr(self.offset))
            self.announce()

    def reset(self) -> None:
        """Delete everything, including the rules, and reset the clock."""
        with self.change():
            self.store.empty()
            self.faults.remove()
            self.offset = 0
