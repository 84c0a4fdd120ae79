"""The contents of the backup folder."""

import json
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

NAME = "%Y%m%dT%H%M%SZ"
BROKEN_OFF = timedelta(hours=12)
# backup_label: START WAL LOCATION: 0/2000028 (file 000000010000000000000002)
FIRST_SEGMENT = re.compile(r"^START WAL LOCATION: \S+ \(file (\w{24})\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Base:
    """A copy of the data folder, complete since `taken_at`."""

    path: Path
    taken_at: datetime

    @property
    def first_segment(self) -> str:
        """The name of the oldest file of changes that a restore of it needs."""
        found = FIRST_SEGMENT.search((self.path / "backup_label").read_text())
        if found is None:
            raise ValueError(f"{self.path} is no copy: its backup_label names no file of changes.")
        return found[1]


def bases_in(folder: Path) -> list[Base]:
    """Return the complete copies, oldest first."""
    found = []
    for path in sorted((folder / "base").glob("*Z")):
        found.append(Base(path, datetime.strptime(path.name, NAME).replace(tzinfo=UTC)))
    return found


def segments_from(folder: Path, first: str) -> list[Path]:
    """Return the files of changes from one on, including timeline histories.

    The last may be partial. Within a timeline, names sort by time; the part after the first eight digits tells when.
    """
    files = sorted((folder / "wal").glob("*"))
    return [path for path in files if path.suffix == ".history" or path.name[8:24] >= first[8:24]]


def forget_old(folder: Path, *, keep: int) -> list[Base]:
    """Delete all copies except the newest ones, and the changes that none of these needs; return what was deleted."""
    bases = bases_in(folder)
    old, kept = bases[:-keep], bases[-keep:]
    for base in old:
        shutil.rmtree(base.path)
    if old:
        needed = set(segments_from(folder, kept[0].first_segment))
        for path in set((folder / "wal").glob("*")) - needed:
            path.unlink()
    return old


def forget_broken_off(folder: Path, *, at: datetime) -> None:
    """Delete copies and rehearsals left by killed processes: after half a day nobody is working on them."""
    for path in (*(folder / "base").glob("*.unfinished"), *folder.glob("drill-*")):
        if path.stat().st_mtime < (at - BROKEN_OFF).timestamp():
            shutil.rmtree(path)


def archived_until(folder: Path) -> datetime | None:
    """Return when a change was last archived, or None."""
    written = [path.stat().st_mtime for path in (folder / "wal").glob("*")]
    return datetime.fromtimestamp(max(written), UTC) if written else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A rehearsed restore: when, up to which moment, and its findings."""

    at: datetime
    until: datetime | None
    seconds: float
    figures: dict[str, str]


def note_drill(folder: Path, drill: Drill) -> None:
    """Record a rehearsal."""
    told = {"at": drill.at.isoformat(), "until": drill.until.isoformat() if drill.until else None}
    told |= {"seconds": drill.seconds, "figures": drill.figures}  # type: ignore[dict-item]
    (folder / "drill.json").write_text(json.dumps(told))


def last_drill(folder: Path) -> Drill | None:
    """Return the last rehearsal, or None."""
    try:
        told = json.loads((folder / "drill.json").read_text())
    except FileNotFoundError:
        return None
    until = datetime.fromisoformat(told["until"]) if told["until"] else None
    at = datetime.fromisoformat(told["at"])
    return Drill(at=at, until=until, seconds=told["seconds"], figures=told["figures"])
