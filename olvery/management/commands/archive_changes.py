"""Archives the stream of changes as it happens."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from olvery.backups.postgres import ToolFailed, address_without_password, run, tool

# The server keeps what is not archived yet, even if nobody archives it: watch its disk.
SLOT = "olvery_archive"


class Command(BaseCommand):
    """Becomes pg_receivewal, which waits for the server when it is away and continues where it stopped."""

    help = "Write every change of the database server to BACKUP_DIR until stopped."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BACKUP_DIR) / "wal"
        folder.mkdir(parents=True, exist_ok=True)
        common = ["-d", address_without_password(settings.DATABASE_URL), "-S", SLOT]
        try:
            run("pg_receivewal", *common, "--create-slot", "--if-not-exists")
            program = tool("pg_receivewal")
        except ToolFailed as error:
            raise CommandError(str(error)) from error
        os.execv(program, [program, *common, "-D", str(folder), "--synchronous"])  # noqa: S606 - our own arguments
