"""Migrations that were folded into few, each of which says in `replaces` what it stands for."""

from django.db.migrations.loader import MigrationLoader


def stopped_within(loader: MigrationLoader) -> bool:
    """Say whether the database stopped within migrations that were folded since, so that nobody knows the rest."""
    applied = loader.applied_migrations
    folded = ([name in applied for name in migration.replaces] for migration in loader.replacements.values())
    return any(any(known) and not all(known) for known in folded)
