"""Restores the server as it was at a moment."""

import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from olvery.backups.folder import Drill, note_drill
from olvery.backups.postgres import ToolFailed
from olvery.backups.restore import restore


class Command(BaseCommand):
    """Restores into an empty folder, or rehearses it and records the result."""

    help = "Make a data folder from BACKUP_DIR as of a moment, and print what is in it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--into", type=Path, help="an empty folder, or one that does not exist yet")
        where.add_argument("--drill", action="store_true", help="restore a separate copy, check it, and delete it")
        parser.add_argument("--until", help="a moment with its zone, 2026-11-28T14:05:00+03:00; without, the last one")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, began = Path(settings.BACKUP_DIR), time.monotonic()
        until = read_moment(options["until"]) if options["until"] else None
        beside = Path(tempfile.mkdtemp(prefix="drill-", dir=folder)) if options["drill"] else None
        try:
            into: Path = beside / "data" if beside else options["into"]
            if beside:
                beside.chmod(0o755)
            ours = settings.DATABASES["default"]
            figures = restore(folder, into=into, until=until, database=str(ours["NAME"]), user=str(ours["USER"]))
        except ToolFailed as error:
            raise CommandError(f"Nothing is restored: {error}") from error
        finally:
            if beside:
                shutil.rmtree(beside)
        seconds = round(time.monotonic() - began, 1)
        if beside:
            note_drill(folder, Drill(at=datetime.now(UTC), until=until, seconds=seconds, figures=figures))
        found = ", ".join(f"{name} {value}" for name, value in figures.items())
        self.stdout.write(f"{'Rehearsed' if beside else into} in {seconds} s: {found}.")


def read_moment(text: str) -> datetime:
    """Parse a moment. Raises CommandError without a time zone: an hour's difference means different data."""
    try:
        moment = parse_datetime(text)
    except ValueError as error:
        raise CommandError(f"{text} is no moment: {error}.") from error
    if moment is None or moment.tzinfo is None:
        raise CommandError(f"{text} is no moment with a zone: write 2026-11-28T14:05:00+03:00.")
    return moment
