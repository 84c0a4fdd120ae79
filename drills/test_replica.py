"""A replica is late, dies and comes back: pages keep working, and everybody sees what they have saved."""

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import requests

from drills.site import ROOT, Site
from olvery.backups.postgres import run

LATE = 8  # seconds, as REPLICA_MAX_LAG_SECONDS
PATIENCE = 30  # seconds, where other programs have the machine
TOKEN = "t" * 24
READ = re.compile(r'^olvery_reads_total\{server="\w+",why="(\w*)"\} ([\d.]+)$', re.MULTILINE)
FREE = """
SELECT number FROM orders_order WHERE status = 'confirmed' AND paid = 0 AND lower(period) > now()
   AND location_id = (SELECT location_id FROM accounts_membership JOIN accounts_user ON accounts_user.id = user_id
                       WHERE email = 'location@olvery.test' ORDER BY location_id LIMIT 1)
"""
EXPORT = """
from django.utils import timezone
from accounts.models import User
from coworking.models import Location
from olvery.shared.replica import READS
from orders.exporting import write_export
from orders.models import Export
export = Export.objects.create(what="orders", format="csv", by=User.objects.get(email="manager@olvery.test"),
    location=Location.objects.first(), language="ru", asked_at=timezone.now())
write_export(export.pk, at=timezone.now())
export.refresh_from_db()
print(export.status, export.rows, READS.labels("replica", "")._value.get())
"""


class Replica:
    """A streaming replica of a site's server."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.folder, self.sockets = site, folder / "data", folder / "sockets"
        self.sockets.mkdir()
        shutil.chown(folder, user=site.data.owner())
        shutil.chown(self.sockets, user=site.data.owner())
        self.address = f"postgresql://postgres@/olvery?host={self.sockets}"
        primary = site.server.get_uri("postgres")
        copy = ["-d", primary, "-D", str(self.folder), "-R", "-C", "-S", "replica", "-X", "stream", "-c", "fast"]
        run("pg_basebackup", *copy, as_server=True)
        with (self.folder / "postgresql.conf").open("a") as settings:
            settings.write((ROOT / "deploy/postgresql/replica.conf").read_text())
        self.start()

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.sockets}'"
        self._control("-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def kill(self) -> None:
        self._control("-m", "immediate", "stop")

    def catch_up(self) -> None:
        """Wait until it has everything that is on the primary now."""
        [(written,)] = self.site.ask("SELECT pg_current_wal_flush_lsn()")
        while self.ask(f"SELECT pg_last_wal_replay_lsn() >= '{written}'") != (True,):
            time.sleep(0.05)

    def ask(self, sql: str) -> "tuple[object, ...] | None":
        with psycopg.connect(self.address, autocommit=True) as connection:
            return connection.execute(sql).fetchone()

    def _control(self, *words: str) -> None:
        run("pg_ctl", "-D", str(self.folder), *words, as_server=True)


class Web:
    """The web server of a site that has a replica."""

    def __init__(self, site: Site, replica: Replica) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        environment = {"DATABASE_REPLICA_URL": replica.address, "REPLICA_MAX_LAG_SECONDS": str(LATE)}
        environment |= {"PORT": str(port), "WEB_CONCURRENCY": "1", "METRICS_TOKEN": TOKEN}
        environment["DEBUG"] = "1"  # style sheets and scripts from their folders
        self.environment = site.environment | environment
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "olvery.wsgi"], cwd=ROOT, env=self.environment
        )

    def wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(requests.ConnectionError):
                if requests.get(f"{self.address}/readyz", timeout=PATIENCE).ok:
                    return
            time.sleep(0.1)
        raise AssertionError("the web server does not answer")

    def reads(self) -> dict[str, float]:
        """Return how often each server was read; for the primary, by reason."""
        answer = requests.get(f"{self.address}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=PATIENCE)
        return {why or "replica": float(count) for why, count in READ.findall(answer.text)}


class Person:
    """Somebody who is signed in."""

    def __init__(self, web: Web, email: str) -> None:
        self.web, self.session = web, requests.Session()
        self.ask("/accounts/login/")
        self.send("/accounts/login/", login=email, password="olvery-demo")

    def ask(self, path: str) -> str:
        answer = self.session.get(self.web.address + path, timeout=PATIENCE)
        assert answer.status_code == 200, path
        return answer.text

    def send(self, path: str, **typed: str) -> None:
        typed["csrfmiddlewaretoken"] = self.session.cookies["csrftoken"]
        answer = self.session.post(self.web.address + path, typed, allow_redirects=False, timeout=PATIENCE)
        assert answer.status_code == 302, answer.text

    def sees_cancelled(self, number: object) -> tuple[bool, str]:
        """Return whether the list shows an order as cancelled, and which server was read, or why the primary."""
        before = self.web.reads()
        text = self.ask(f"/manage/orders/?status=cancelled&q={number}")
        [read] = [why for why, count in self.web.reads().items() if count > before.get(why, 0)]
        return f"<a href={number}/>" in text, read


@pytest.fixture
def replica(site: Site) -> Iterator[Replica]:
    folder = site.data.parent / "replica"
    folder.mkdir()
    replica = Replica(site, folder)
    yield replica
    with suppress(Exception):
        replica.kill()


@pytest.fixture
def web(site: Site, replica: Replica) -> Iterator[Web]:
    web = Web(site, replica)
    try:
        web.wait()
        yield web
    finally:
        web.process.terminate()
        web.process.wait()


def test_nobody_misses_what_they_have_saved_and_no_page_fails(site: Site, replica: Replica, web: Web) -> None:
    manager, location = Person(web, "manager@olvery.test"), Person(web, "location@olvery.test")
    (mine,), (of_another,), *_others = site.ask(FREE)
    location.sees_cancelled(mine)  # the first page of a process only knows the present position
    replica.catch_up()
    assert location.sees_cancelled(mine) == (False, "replica")

    replica.ask("SELECT pg_wal_replay_pause()")
    manager.send(f"/manage/orders/{mine}/cancel/", reason="Учение")
    cancelled_at = time.monotonic()
    assert location.sees_cancelled(mine) == (False, "replica")  # what another has saved is on its way
    assert manager.sees_cancelled(mine) == (True, "own")
    time.sleep(max(0.0, cancelled_at + LATE + 0.5 - time.monotonic()))
    assert location.sees_cancelled(mine) == (True, "late")

    replica.ask("SELECT pg_wal_replay_resume()")
    replica.catch_up()
    assert [person.sees_cancelled(mine) for person in (location, manager)] == [(True, "replica")] * 2
    written = site.manage("shell", "-v0", "-c", EXPORT, env=web.environment | {"EXPORT_DIR": str(site.backups)})
    assert re.fullmatch(r"ready [1-9]\d+ 1\.0\n", written)

    replica.kill()
    began = time.monotonic()
    assert location.sees_cancelled(mine) in ((True, "failed"), (True, "away"))
    manager.send(f"/manage/orders/{of_another}/cancel/", reason="Учение")
    assert manager.sees_cancelled(of_another) == (True, "away")
    assert time.monotonic() - began < PATIENCE
    assert requests.get(f"{web.address}/healthz", timeout=PATIENCE).text == "ok, without the replica"

    replica.start()
    deadline = time.monotonic() + PATIENCE
    while location.sees_cancelled(of_another) != (True, "replica"):
        assert time.monotonic() < deadline, "the replica is not used again"
        time.sleep(0.2)
    assert requests.get(f"{web.address}/healthz", timeout=PATIENCE).text == "ok"
