"""The site as production runs it, in processes that are killed without warning."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "var" / "chaos.log"  # what both said, of the last run
READY_SECONDS = 30
KILLED_AFTER = (1.0, 5.0)  # seconds between two kills


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """A web server and a worker that can be killed and started again."""

    def __init__(self, environment: dict[str, str]) -> None:
        """Take the environment of both; the port is chosen here."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {**environment, "PORT": str(self.port), "SITE_URL": self.url, "WEB_CONCURRENCY": "1"}
        self.commands = {
            "web": [sys.executable, "-m", "gunicorn", "olvery.wsgi"],
            "worker": [sys.executable, "manage.py", "procrastinate", "worker", "--concurrency", "2"],
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        LOG.parent.mkdir(exist_ok=True)
        self.log = LOG.open("w")
        self.kills = dict.fromkeys(self.commands, 0)

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
        """End one of the two with SIGKILL, its children included: nothing is tidied up."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End both."""
        for name in list(self.running):
            self.kill(name)
        self.log.close()

    def wait_until_ready(self) -> None:
        """Return when the site answers. Raises RuntimeError."""
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
    """Kills one of the site's processes again and again, and starts it anew."""

    def __init__(self, site: Site, rng: Random) -> None:
        """Take the victim."""
        super().__init__(name="killer", daemon=True)
        self.site, self.rng = site, rng
        self.enough = threading.Event()

    def run(self) -> None:
        """Kill until told that it is enough."""
        while not self.enough.wait(self.rng.uniform(*KILLED_AFTER)):
            name = self.rng.choice(["web", "worker"])
            self.site.kill(name)
            self.site.kills[name] += 1
            self.site.start(name)
            if name == "web":
                self.site.wait_until_ready()

    def stop(self) -> None:
        """Stop killing; both processes run afterwards."""
        self.enough.set()
        self.join()
