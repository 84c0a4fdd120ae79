"""The databases of the measurements, on the embedded server: filled under another name, renamed when complete."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from olvery import embedded

_FILLING, _COPY = "olvery_bench_filling", "olvery_bench_copy"


def name_of(people: int, orders: int) -> str:
    """Return the name of the database of a size."""
    return f"olvery_bench_{people}_{orders}"


def url(name: str) -> str:
    """Return the URL of a database. Call it while the server is running."""
    return f"postgresql://postgres@/{name}?host={embedded.socket_directory()}"


def exists(name: str) -> bool:
    """Return whether a database exists, and so is complete."""
    with _server() as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    return found is not None


@contextmanager
def filling(name: str) -> Iterator[str]:
    """Yield the URL of an empty database, which gets its name, replacing another, at the end of the block."""
    with _server() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{_FILLING}"')
        # The locale comes from template1; without C.UTF-8 there, Cyrillic text has no trigrams.
        server.execute(f'CREATE DATABASE "{_FILLING}"')
    yield url(_FILLING)
    with _server() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'ALTER DATABASE "{_FILLING}" RENAME TO "{name}"')


@contextmanager
def copied(name: str) -> Iterator[str]:
    """Yield the name of a copy of a database, which is dropped afterwards. Nobody may be connected to either."""
    with _server() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{_COPY}"')
        # By files: the other strategy also writes each page to the log.
        server.execute(f'CREATE DATABASE "{_COPY}" TEMPLATE "{name}" STRATEGY FILE_COPY')
    yield _COPY
    with _server() as server:
        server.execute(f'DROP DATABASE "{_COPY}"')


@contextmanager
def _server() -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(
        host=embedded.socket_directory(), user="postgres", dbname="postgres", autocommit=True
    ) as server:
        yield server
