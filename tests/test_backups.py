"""Which backups are kept, and which copy a restore starts from; `make drill` restores for real."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.core.management import CommandError, call_command

from olvery.backups import postgres
from olvery.backups.folder import (
    NAME,
    Drill,
    archived_until,
    bases_in,
    forget_broken_off,
    forget_old,
    last_drill,
    note_drill,
)
from olvery.backups.postgres import ToolFailed, address_without_password, restoring
from olvery.backups.restore import base_for, restore

FIRST = datetime(2026, 11, 24, 3, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make three copies, one per day, each with a file of changes, and an interrupted one."""
    (tmp_path / "wal").mkdir()
    for number in range(3):
        copy = tmp_path / "base" / f"{FIRST + number * DAY:{NAME}}"
        copy.mkdir(parents=True)
        segment = f"00000001{number:016X}"
        (copy / "backup_label").write_text(f"START WAL LOCATION: {number}/28 (file {segment})\n")
        (tmp_path / "wal" / segment).touch()
    (tmp_path / "wal" / f"00000002{3:016X}.partial").touch()
    (tmp_path / "wal" / "00000002.history").touch()
    (tmp_path / "base" / f"{FIRST + 3 * DAY:{NAME}}.unfinished").mkdir()
    return tmp_path


def test_old_copies_go_with_the_changes_that_nothing_needs_any_more(folder: Path) -> None:
    assert [base.taken_at for base in forget_old(folder, keep=2)] == [FIRST]
    assert [base.taken_at for base in bases_in(folder)] == [FIRST + DAY, FIRST + 2 * DAY]
    left = [f"00000001{1:016X}", f"00000001{2:016X}", "00000002.history", f"00000002{3:016X}.partial"]
    assert sorted(path.name for path in (folder / "wal").iterdir()) == sorted(left)
    assert forget_old(folder, keep=2) == []


def test_leftovers_of_killed_processes_are_deleted_after_half_a_day(folder: Path) -> None:
    [unfinished] = (folder / "base").glob("*.unfinished")
    rehearsal = folder / "drill-x1"
    (rehearsal / "data").mkdir(parents=True)
    for left in (unfinished, rehearsal):
        os.utime(left, (FIRST.timestamp(), FIRST.timestamp()))
    before = sorted(folder.rglob("*"))
    forget_broken_off(folder, at=FIRST + timedelta(hours=11))
    assert sorted(folder.rglob("*")) == before  # somebody may be using it
    forget_broken_off(folder, at=FIRST + timedelta(hours=13))
    assert set(before) - set(folder.rglob("*")) == {unfinished, rehearsal, rehearsal / "data"}


def test_a_restore_begins_with_the_newest_copy_that_was_complete_by_then(folder: Path) -> None:
    assert base_for(folder, None).taken_at == FIRST + 2 * DAY
    assert base_for(folder, FIRST + 2 * DAY - timedelta(seconds=1)).taken_at == FIRST + DAY
    with pytest.raises(ToolFailed, match="no copy from before"):
        base_for(folder, FIRST - timedelta(seconds=1))


def test_a_folder_with_something_in_it_is_never_restored_into(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("18")
    with pytest.raises(ToolFailed, match="not empty"):
        restore(folder, into=data, until=None, database="olvery", user="olvery")
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-28", "2026-11-28T14:05:00", "2026-13-28T14:05:00+03:00"])
def test_a_moment_without_a_zone_is_refused(moment: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no moment"):
        call_command("restore", into=tmp_path / "data", until=moment)
    assert list(tmp_path.iterdir()) == []


def test_a_rehearsal_is_remembered(folder: Path) -> None:
    assert last_drill(folder) is None
    drill = Drill(at=FIRST, until=None, seconds=11.2, figures={"orders": "422", "money": "1000.00"})
    note_drill(folder, drill)
    assert last_drill(folder) == drill
    assert archived_until(folder) is not None
    assert archived_until(folder / "base") is None


def test_a_restored_server_is_asked_as_the_role_of_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, int]] = []

    def connect(*, host: str, port: int, user: str, dbname: str, autocommit: bool) -> Any:
        assert Path(host).stat().st_mode & 0o777 == 0o700, "nobody else may come in"
        asked.append((user, dbname, port))
        return MagicMock(**{"__enter__.return_value.execute.return_value.fetchone.return_value": (False,)})

    monkeypatch.setattr(postgres, "run", lambda *_arguments, **_how: None)
    monkeypatch.setattr(postgres.psycopg, "connect", connect)
    with restoring(tmp_path, database="olvery", user="site"):
        pass
    assert asked == [("site", "olvery", 5432)]


def test_a_password_is_on_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    assert address_without_password("postgresql://o:p%40ss@db:5432/olvery") == "postgresql://o@db:5432/olvery"
    assert os.environ.pop("PGPASSWORD") == "p@ss"
