"""Restoring a server to a moment."""

import shutil
from datetime import datetime
from pathlib import Path

from olvery.backups.folder import Base, bases_in, segments_from
from olvery.backups.postgres import ToolFailed, figures_of, restoring, run, server_user

CHANGES = "restored_wal"  # next to the data until they are replayed, so that the archive itself is only read
RECOVERY = ("restore_command", "recovery_target_time", "recovery_target_action")


def restore(folder: Path, *, into: Path, until: datetime | None, database: str, user: str) -> dict[str, str]:
    """Build a data folder from the newest suitable copy and all changes up to a moment, and inspect it.

    Without a moment everything archived is restored. Returns the figures of the database; the server is
    stopped, and the folder ready to be started. Raises ToolFailed.
    """
    if into.exists() and any(into.iterdir()):
        raise ToolFailed(f"{into} is not empty: move it away, it may still be of use.")
    base = base_for(folder, until)
    run("pg_verifybackup", "--no-parse-wal", str(base.path))
    shutil.copytree(base.path, into, dirs_exist_ok=True)
    changes = into / CHANGES
    changes.mkdir()
    for path in segments_from(folder, base.first_segment):
        shutil.copy2(path, changes)
    _ask_for_recovery(into, until)
    _give_to_server(into)
    with restoring(into, database=database, user=user) as connection:
        figures = figures_of(connection)
    _forget_recovery(into)
    shutil.rmtree(changes)
    return figures


def base_for(folder: Path, until: datetime | None) -> Base:
    """Return the newest copy complete by then. Raises ToolFailed."""
    bases = [base for base in bases_in(folder) if until is None or base.taken_at <= until]
    if not bases:
        raise ToolFailed(f"{folder} holds no copy from before that moment.")
    return bases[-1]


def _ask_for_recovery(data: Path, until: datetime | None) -> None:
    # A file that is still being written has a different name; if both exist, the complete one counts.
    wanted = {"restore_command": f"cp {CHANGES}/%f %p 2>/dev/null || cp {CHANGES}/%f.partial %p"}
    if until is not None:
        wanted |= {"recovery_target_time": until.isoformat(), "recovery_target_action": "promote"}
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.writelines(f"{name} = '{value}'\n" for name, value in wanted.items())
    (data / "recovery.signal").touch()


def _forget_recovery(data: Path) -> None:
    settings = data / "postgresql.auto.conf"
    lines = settings.read_text().splitlines(keepends=True)
    settings.write_text("".join(line for line in lines if not line.startswith(RECOVERY)))


def _give_to_server(data: Path) -> None:
    data.chmod(0o700)
    if user := server_user():
        for path in (data, *data.rglob("*")):
            shutil.chown(path, user)
