"""The database of the measurements: made once, kept, on the embedded server."""

import psycopg

from olvery import embedded

NAME = "olvery_bench"


def url() -> str:
    """Return the address of the database. Call it while the server runs."""
    return f"postgresql://postgres@/{NAME}?host={embedded.socket_directory()}"


def ensure(*, fresh: bool) -> None:
    """Create the database where it is missing; `fresh` drops the old one first."""
    with psycopg.connect(
        host=embedded.socket_directory(), user="postgres", dbname="postgres", autocommit=True
    ) as server:
        if fresh:
            server.execute(f"DROP DATABASE IF EXISTS {NAME}")
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            # The locale comes from template1; without C.UTF-8 there, Cyrillic text has no trigrams.
            server.execute(f"CREATE DATABASE {NAME}")
