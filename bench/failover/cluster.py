"""Two PostgreSQL of the wheel under Patroni, with etcd and HAProxy, by the files of `deploy/`."""

import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil
import psycopg

from bench.chaos.processes import ROOT, free_port
from bench.failover.network import FIRST, SECOND, SITE, WATCH, Loopback, Namespaces
from olvery.backups import postgres

PROGRAMS = ("etcd", "patroni", "haproxy")
PATIENT_FOR = 60.0


def missing() -> list[str]:
    """Return which of the programs are not installed."""
    return [name for name in PROGRAMS if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]


def wait_until(is_so: Callable[[], bool], what: str, *, seconds: float = PATIENT_FOR) -> float:
    """Wait until it is so, and return the seconds it took. Raises TimeoutError."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)
    return time.monotonic() - began


class Node:
    """A database machine: Patroni and its PostgreSQL."""

    def __init__(self, name: str, cluster: "Cluster") -> None:
        self.name, self.cluster = name, cluster
        self.host = cluster.network.host(name)
        self.port, self.rest = free_port(), free_port()
        self.data = cluster.folder / name / "data"
        self.data.parent.mkdir(mode=0o755)
        self.config = self.data.parent / "patroni.yml"
        self.config.write_text(self._config())
        shutil.chown(self.data.parent, postgres.server_user())
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start Patroni, which does the rest."""
        user = postgres.server_user()
        command = [*self.cluster.network.within(self.name), *(["runuser", "-u", user, "--"] if user else [])]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        self.process = self.cluster.run([*command, "patroni", str(self.config)], env=environment, cwd=self.data.parent)

    def kill(self) -> None:
        """End Patroni and PostgreSQL with SIGKILL, as a machine does that loses its power."""
        assert self.process
        ours = psutil.Process(self.process.pid)
        victims = [ours, *ours.children(recursive=True)]
        with suppress(OSError, psutil.NoSuchProcess):
            postmaster = psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
            victims += [postmaster, *postmaster.children(recursive=True)]
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGKILL)
        self.process.wait()

    def says(self, path: str) -> bool:
        """Whether its Patroni answers 200."""
        try:
            urllib.request.urlopen(f"http://{self.host}:{self.rest}{path}", timeout=1).close()
        except (urllib.error.URLError, OSError):
            return False
        return True

    def _config(self) -> str:
        places = {
            "name: db1": f"name: {self.name}",
            "0.0.0.0:8008": f"{self.host}:{self.rest}",
            "db1.example:8008": f"{self.host}:{self.rest}",
            "etcd1.example:2379,etcd2.example:2379,etcd3.example:2379": f"{self.cluster.etcd}",
            "0.0.0.0:5432": f"{self.host}:{self.port}",
            "db1.example:5432": f"{self.host}:{self.port}",
            "/var/lib/postgresql/18/olvery": str(self.data),
            "/usr/lib/postgresql/18/bin": str(Path(postgres.tool("postgres")).parent),
            'password: ""': "password: of-a-drill",
            "auth-local: peer": "auth-local: trust",
            "auth-host: scram-sha-256": "auth-host: trust",
            "  authentication:\n": f"  pgpass: {self.data.parent}/pgpass\n  parameters:\n"
            f"    unix_socket_directories: {self.data.parent}\n  authentication:\n",
            "10.0.0.0/24 scram-sha-256": f"{self.host}/24 trust",
        }
        return _filled(ROOT / "deploy/patroni/patroni.yml", places)


class Cluster:
    """Everything behind the site's database URL."""

    def __init__(self, network: Loopback | Namespaces, folder: Path, log: IO[bytes]) -> None:
        self.network, self.folder, self.log = network, folder, log
        self.running: list[subprocess.Popen[bytes]] = []
        self.etcd, self.etcd_peer = (f"{network.host(WATCH)}:{free_port()}" for _port in range(2))
        self.nodes = {name: Node(name, self) for name in (FIRST, SECOND)}
        self.port = free_port()

    def url(self, database: str = "olvery") -> str:
        """Return the URL that the site uses."""
        return f"postgresql://postgres@{self.network.host(SITE)}:{self.port}/{database}?target_session_attrs=read-write"

    def start(self) -> None:
        """Start all, and wait until the second machine has caught up with the first."""
        self._start_etcd()
        self.nodes[FIRST].start()
        wait_until(lambda: self.nodes[FIRST].says("/primary"), "the first machine is the primary")
        self.nodes[SECOND].start()
        self.wait_for_standby()
        self._start_haproxy()
        # It takes turns, and thinks well of both until it has asked them.
        wait_until(lambda: self._answers() and self._answers(), "HAProxy leads to the primary alone")

    def primary(self) -> Node:
        """Return the machine that is the primary. Raises StopIteration."""
        return next(node for node in self.nodes.values() if node.says("/primary"))

    def standby(self) -> Node:
        """Return the other machine."""
        primary = self.primary()
        return next(node for node in self.nodes.values() if node is not primary)

    def wait_for_standby(self) -> None:
        """Wait until commits wait for a standby."""
        wait_until(
            lambda: any(node.says("/synchronous") for node in self.nodes.values()), "a standby has what the primary has"
        )

    def stop(self) -> None:
        """End everything."""
        for node in self.nodes.values():
            if node.process and node.process.poll() is None:
                node.kill()
        for process in reversed(self.running):
            process.kill()
            process.wait()

    def run(self, command: list[str], **options: object) -> "subprocess.Popen[bytes]":
        """Start a program; its output goes to the log."""
        process = subprocess.Popen(command, stdout=self.log, stderr=self.log, **options)  # type: ignore[call-overload]
        self.running.append(process)
        return process  # type: ignore[no-any-return]

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self.url("postgres")):
            return True
        return False

    def _start_etcd(self) -> None:
        client, peer = f"http://{self.etcd}", f"http://{self.etcd_peer}"
        addresses = ["--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer]
        addresses += ["--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"]
        self.run([*self.network.within(WATCH), "etcd", "--data-dir", str(self.folder / "etcd"), *addresses])

    def _start_haproxy(self) -> None:
        places = {"127.0.0.1:5000": f"{self.network.host(SITE)}:{self.port}", " check port 8008": ""}
        for number, node in enumerate(self.nodes.values(), 1):
            places[f"db{number}.example:5432"] = f"{node.host}:{node.port} check port {node.rest}"
        file = self.folder / "haproxy.cfg"
        file.write_text(_filled(ROOT / "deploy/haproxy/haproxy.cfg", places))
        self.run([shutil.which("haproxy", path="/usr/sbin:" + os.environ["PATH"]) or "", "-db", "-f", str(file)])


def _filled(file: Path, places: dict[str, str]) -> str:
    """Return a file of `deploy/` with the paths of the drill. Raises ValueError if it lacks one of them."""
    text = file.read_text()
    for place, ours in places.items():
        if place not in text:
            raise ValueError(f"{file.name} has no {place}")
        text = text.replace(place, ours)
    return text
