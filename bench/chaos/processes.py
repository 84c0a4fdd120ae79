"""The site as production runs it, in processes that are killed without warning."""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "var" / "chaos.log"  # what both said, of the last run
READY_SECONDS = 30
ENDED = "ended by itself with"


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """A web server and a worker that can be killed and started again."""

    def __init__(self, environment: dict[str, str], *, web_processes: int = 1) -> None:
        """Take the environment of both; the port is chosen here."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        ours = {"PORT": str(self.port), "SITE_URL": self.url, "WEB_CONCURRENCY": str(web_processes)}
        self.environment = {**environment, **ours}
        self.commands = {
            "web": [sys.executable, "-m", "gunicorn", "olvery.wsgi"],
            "worker": [sys.executable, "manage.py", "work"],
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        LOG.parent.mkdir(exist_ok=True)
        self.log = LOG.open("w")
        self.kills = dict.fromkeys(self.commands, 0)
        self.quiet = threading.Lock()  # held by whoever kills something, until it is up again
        self.may_have_ended: set[str] = set()  # since the database was away

    def start(self, name: str) -> None:
        """Start one of the two, in a process group of its own."""
        self.running[name] = subprocess.Popen(
            self.commands[name],
            cwd=ROOT,
            env=self.environment,
            start_new_session=True,
            stdout=self.log,
            stderr=self.log,
        )

    def kill(self, name: str) -> None:
        """Kill one of the two with SIGKILL, including its children. Raises RuntimeError if it has ended before."""
        process = self.running.pop(name)
        ended = process.poll()
        # The children may outlive it, and the group with them.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.may_have_ended, excused = self.may_have_ended - {name}, self.may_have_ended
        if ended is not None and name not in excused:
            raise RuntimeError(f"{name} {ENDED} {ended}")

    def revive(self) -> None:
        """Restart what ends because the database was away, now or when it notices."""
        self.may_have_ended = set(self.commands)
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.kill(name)
                self.start(name)
        self.wait_until_ready()

    def stop(self) -> None:
        """End both, whatever their state."""
        for name in list(self.running):
            with contextlib.suppress(RuntimeError):
                self.kill(name)
        self.log.close()

    def wait_until_ready(self) -> None:
        """Wait until the site answers. Raises RuntimeError."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=2).close()
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("the site did not start")


class Killer(threading.Thread):
    """Kills and restarts the site's processes again and again."""

    def __init__(self, site: Site, rng: Random, *, every: tuple[float, float], most: int | None = None) -> None:
        """Take the victim, the shortest and longest time between two kills in seconds, and how many are enough."""
        super().__init__(name="killer", daemon=True)
        self.site, self.rng, self.every, self.most = site, rng, every, most
        self.enough = threading.Event()
        self.failures = list[str]()

    def run(self) -> None:
        """Kill until told to stop; an error that ends it earlier is kept in `failures`."""
        try:
            for name in itertools.islice(self._victims(), self.most):
                if self.enough.wait(self.rng.uniform(*self.every)):
                    return
                with self.site.quiet:
                    self.site.kill(name)
                    self.site.kills[name] += 1
                    self.site.start(name)
                    if name == "web":
                        self.site.wait_until_ready()
        except Exception as error:
            self.failures.append(f"killer stopped: {type(error).__name__}: {error}")

    def stop(self) -> None:
        """Stop killing; both processes run afterwards."""
        self.enough.set()
        self.join()

    def has_killed_all(self) -> bool:
        """Whether each process was killed at least once, or nothing more is to be expected."""
        return all(self.site.kills.values()) or not self.is_alive()

    def _victims(self) -> Iterator[str]:
        """Yield the processes in a random order, and never one of them three times in a row."""
        while True:
            names = list(self.site.commands)
            self.rng.shuffle(names)
            yield from names
