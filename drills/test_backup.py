"""The data folder is lost, and its state of a moment before is restored with the commands a person would type."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from drills.site import ROOT, Site

SCRATCH = "INSERT INTO scratch SELECT * FROM generate_series(1, 1000)"


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
    rules = site.data / "pg_hba.conf"
    usual = rules.read_text()
    rules.write_text("local all all reject\n")  # read at the next start; the restore's own access does not depend on it
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
    rules.write_text(usual)
    site.start()
    assert site.books() == before
    assert f"orders {before['orders_order'][0][0]}, tickets {before['coworking_ticket'][0][0]}" in restored

    refused = site.manage("restore", "--into", str(site.data), env=environment, fails=True)
    assert "is not empty" in refused
    assert site.books() == before
