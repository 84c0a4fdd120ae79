"""`python -m bench chaos`: 500 orders under fire, then a provider that hangs. Prints its seed and its figures.

Returns 1 when something does not add up, or comes later than it may.
"""

import argparse
import os
import secrets
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg

from bench.chaos.database import Database

NAME = "olvery_chaos"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run once in a database of its own."""
    parser = argparse.ArgumentParser(prog="python -m bench chaos", description=__doc__)
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--hanging", action="store_true", help="only the provider that hangs")
    asked = parser.parse_args(arguments)
    os.environ.setdefault("OLVERY_DEMO", "1")
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    os.environ.setdefault("LOG_LEVEL", "CRITICAL")
    with tempfile.TemporaryDirectory(prefix="olvery-chaos-") as made:
        database = Database(Path(made))
        try:
            database.start()
            does_not_add_up = 0 if asked.hanging else _run(database, asked.orders, asked.seed)
            return max(does_not_add_up, _hang(database, asked.seed))
        finally:
            database.stop()


def _set_up(database: Database) -> None:
    """Recreate the database and set Django up for it; the settings read its URL, so it comes first."""
    host = database.sockets
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {NAME}")
    os.environ["DATABASE_URL"] = f"postgresql://postgres@/{NAME}?host={host}"
    import django
    from django.db import connections

    django.setup()
    connections.close_all()  # to the one before, where there was one
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _hang(database: Database, seed: int) -> int:
    _set_up(database)
    from bench.chaos.hanging import LETTER_LIMIT, RELEASE_LIMIT, measure

    late = measure(seed=seed)
    print(f"seed {seed}, the provider hangs with 8 payments under way")
    print(f"a letter was sent after   {late.letter:6.1f} s (limit {LETTER_LIMIT:.0f})")
    print(f"a place was released after {late.release:5.1f} s (limit {RELEASE_LIMIT:.0f})")
    return 0 if late.is_bearable else 1


def _run(database: Database, orders: int, seed: int) -> int:
    _set_up(database)
    if not database.has_disk:
        print("SKIPPED: the disk of changes is not full, this machine lets us make none", flush=True)
    from bench.chaos.run import run

    print(f"seed {seed}", flush=True)
    outcome = run(orders=orders, seed=seed, database=database)
    figures = vars(outcome)
    differences = figures.pop("differences")
    for name, value in figures.items():
        shown = (
            "  ".join(f"{key} {count}" for key, count in sorted(value.items())) if isinstance(value, dict) else value
        )
        print(f"{name:17}{shown}")
    print(f"{'differences':17}{len(differences)}", *differences, sep="\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
