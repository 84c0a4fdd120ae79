"""Migrations that were folded into few, each of which says in `replaces` what it stands for."""

from django.db.migrations.loader import MigrationLoader


def lacking(loader: MigrationLoader) -> int:
    """Return how many migrations a database lacks that stopped within those that were folded since, else 0."""
    applied = loader.applied_migrations
    folded = ([name in applied for name in migration.replaces] for migration in loader.replacements.values())
    return sum(known.count(False) for known in folded if any(known))
