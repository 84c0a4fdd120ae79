"""The site of all drills."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from drills.site import Site


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    # Not pytest's folder: each test run closes it to other users, and PostgreSQL does not run as root.
    with tempfile.TemporaryDirectory(prefix="olvery-drill-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield from running_in(folder)


def running_in(folder: Path) -> Iterator[Site]:
    """Fill a server with the demo, and stop it at the end."""
    site = Site(folder)
    with psycopg.connect(site.server.get_uri("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE olvery")
    site.manage("migrate", "-v0")
    site.manage("load_demo")
    yield site
    site.server.cleanup()
