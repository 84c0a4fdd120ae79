"""A copy of the whole server, verified."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from olvery.backups.folder import NAME, forget_broken_off, forget_old
from olvery.backups.postgres import ToolFailed, address_without_password, run


class Command(BaseCommand):
    """Copies the running server; an interrupted or damaged copy never gets its final name."""

    help = "Copy the database server into BACKUP_DIR, verify the copy, and delete old ones."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--keep", type=int, default=7, help="how many copies are kept, 7 by default")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"] < 1:
            raise CommandError("Keep at least one copy.")
        folder = Path(settings.BACKUP_DIR)
        (folder / "base").mkdir(parents=True, exist_ok=True)
        at = datetime.now(UTC)
        forget_broken_off(folder, at=at)  # first: the disk may be full of them
        unfinished = folder / "base" / f"{at:{NAME}}.unfinished"
        try:
            run(
                "pg_basebackup",
                "-d",
                address_without_password(settings.DATABASE_URL),
                "-D",
                str(unfinished),
                "-c",
                "fast",
                "-X",
                "stream",
            )
            run("pg_verifybackup", "--no-parse-wal", str(unfinished))
        except ToolFailed as error:
            raise CommandError(f"There is no copy: {error}") from error
        # Named by the moment it was complete: only later moments can be restored from it.
        copy = unfinished.rename(unfinished.with_name(f"{datetime.now(UTC):{NAME}}"))
        gone = forget_old(folder, keep=options["keep"])
        self.stdout.write(f"{copy} is complete and verified; {len(gone)} old ones are deleted.")
