"""A separate PostgreSQL for the run, which may be killed, and whose WAL disk may be full."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from olvery.backups.postgres import run, server_user

DISK = "160m"  # of changes
MEGABYTE = 2**20
MOST_WRITTEN = 400  # megabytes of changes, of which the disk holds less
SETTINGS = "-c listen_addresses='' -c max_connections=100 -c min_wal_size=32MB -c max_wal_size=64MB"


class Database:
    """A server in a folder, with a small disk for its changes where the machine lets us make one."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self.data, self.sockets, self.disk = folder / "data", folder / "sockets", folder / "changes"
        for made in (self.data, self.sockets, self.disk):
            made.mkdir()
        mount = ("mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(self.disk))
        self.has_disk = os.geteuid() == 0 and _done(*mount)
        for made in (self.data, self.sockets, self.disk):
            shutil.chown(made, user=server_user())
            made.chmod(0o700)
        self.sockets.chmod(0o755)
        options = [
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--waldir",
            str(self.disk / "wal"),
        ]
        run("initdb", "-D", str(self.data), *options, as_server=True)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"{SETTINGS} -c unix_socket_directories='{self.sockets}'"
        run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.data / "log"), "-o", options, "start", as_server=True)

    @contextmanager
    def killed(self) -> Iterator[None]:
        """End every process of it with SIGKILL, and start it again after the block."""
        postmaster = psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
        victims = [postmaster, *postmaster.children(recursive=True)]
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        psutil.wait_procs(victims)
        yield
        self.start()

    @contextmanager
    def full(self) -> Iterator[None]:
        """Leave no room for changes, and check that nothing more can be written, for the length of the block.

        Without room PostgreSQL ends, tries to recover, and ends for good.
        """
        filler = self.disk / "filler"
        with filler.open("wb") as file, suppress(OSError):
            while True:
                file.write(b"\0" * MEGABYTE)
                file.flush()
        with suppress(psycopg.Error), self._connected() as connection:
            for _megabyte in range(MOST_WRITTEN):
                connection.execute("SELECT pg_logical_emit_message(true, 'chaos', repeat('x', 1000000))")
            raise RuntimeError("the disk of changes is not full")
        yield
        filler.unlink()
        self._come_back()

    def _come_back(self) -> None:
        """Wait until it answers; start it if it is no longer running."""
        with suppress(OSError, psutil.NoSuchProcess):
            deadline = time.monotonic() + 30
            running = psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
            while running.is_running() and time.monotonic() < deadline:
                with suppress(psycopg.Error), self._connected():
                    return
                time.sleep(0.1)
        self.start()

    def stop(self) -> None:
        """End it for good, if it runs."""
        if (self.data / "postmaster.pid").exists():
            run("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop", as_server=True)
        if self.has_disk:
            _done("umount", "--lazy", str(self.disk))

    def _connected(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(host=str(self.sockets), user="postgres", dbname="postgres", autocommit=True)


def _done(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
