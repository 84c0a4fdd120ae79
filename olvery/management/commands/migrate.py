"""Django's `migrate`, with one thing to refuse."""

from typing import Any

from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from olvery.shared.folding import lacking


class Command(migrate.Command):
    """Refuse a database that stopped within migrations that were folded since: Django would skip what it lacks."""

    def handle(self, *args: Any, **options: Any) -> None:
        if lacking(MigrationLoader(connections[options["database"]])):
            raise CommandError(
                "This database stopped within migrations that are folded into few by now. Nothing was changed."
                " Migrate with the last commit before the fold first, see Upgrades in docs/operations.md."
            )
        super().handle(*args, **options)
