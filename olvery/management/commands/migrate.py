"""Django's `migrate` with one additional check and one retry."""

import time
from typing import Any

from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.migrations.loader import MigrationLoader
from psycopg.errors import LockNotAvailable

from olvery.shared.folding import lacking

MOST_TRIES, PAUSE_SECONDS = 60, 10  # longer than a statement of a job may take


class Command(migrate.Command):
    """Refuses a database that stopped within migrations folded since: Django would skip what it lacks.

    A table that is in use for long is asked for again and again, since pages would wait behind one that waits, see
    `olvery/database/base.py`.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        if lacking(MigrationLoader(connections[options["database"]])):
            raise CommandError(
                "This database stopped within migrations that are folded into few by now. Nothing was changed."
                " Migrate with the last commit before the fold first, see Upgrades in docs/operations.md."
            )
        for tries_left in reversed(range(MOST_TRIES)):
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if not tries_left or not isinstance(error.__cause__, LockNotAvailable):
                    raise
            else:
                return
            self.stdout.write(f" in use by others; once more in {PAUSE_SECONDS} seconds")
            time.sleep(PAUSE_SECONDS)
