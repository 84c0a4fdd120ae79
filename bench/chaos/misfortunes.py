"""Outside failures, each once during the storm: of the database, the disk, the mail server, the clock."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from bench.chaos.database import Database
from bench.chaos.processes import Site
from bench.chaos.signs import CLOCK, POST
from olvery.yookassa_sandbox import Sandbox

PAUSE = 5.0  # seconds between two
AWAY = 3.0  # until somebody starts the database again, or makes room
HANGING = 25.0  # longer than a letter is waited for, and tried once more
JUMP = 15.0  # until the clock is set right
SLOW_MINUTES = 10  # by the provider's clock
SLOW = {"action": "slow", "s": 3, "times": None}


class Misfortunes(threading.Thread):
    """Causes them one after the other if the run has its own database; errors are kept in `failures`."""

    def __init__(
        self, site: Site, sandbox: Sandbox, database: Database | None, signs: Path, *, time_scale: float
    ) -> None:
        super().__init__(name="misfortunes", daemon=True)
        self.site, self.sandbox, self.database, self.signs = site, sandbox, database, signs
        self.slow_seconds = SLOW_MINUTES * 60 / time_scale
        self.failures, self.befallen = list[str](), list[str]()

    def run(self) -> None:
        """Cause all of them."""
        try:
            for name, bring in self._all():
                time.sleep(PAUSE)
                bring()
                self.befallen.append(name)
        except Exception as error:
            self.failures.append(f"misfortunes stopped: {type(error).__name__}: {error}")

    def _all(self) -> Iterator[tuple[str, Callable[[], None]]]:
        if self.database is None:
            return
        yield "the database was killed", partial(self._outage, self.database.killed)
        yield "the mail server hung", partial(self._show, POST, HANGING)
        if self.database.has_disk:
            yield "the disk of changes was full", partial(self._outage, self.database.full)
        yield "the provider was slow", self._slow_provider
        yield "the clock jumped by an hour", partial(self._show, CLOCK, JUMP)

    def _outage(self, away: Callable[[], AbstractContextManager[None]]) -> None:
        """Nobody else kills anything in the meantime; processes that end are restarted, as by systemd."""
        with self.site.quiet:
            with away():
                time.sleep(AWAY)
            self.site.revive()

    def _show(self, sign: str, seconds: float) -> None:
        (self.signs / sign).touch()
        time.sleep(seconds)
        (self.signs / sign).unlink()

    def _slow_provider(self) -> None:
        fault = self.sandbox.add_fault(dict(SLOW))
        time.sleep(self.slow_seconds)
        self.sandbox.remove_fault(fault)
