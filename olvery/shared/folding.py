"""Migrations that were squashed into a few, each of which lists in `replaces` what it replaces."""

from django.db.migrations.loader import MigrationLoader


def lacking(loader: MigrationLoader) -> int:
    """Return how many squashed migrations a database lacks that stopped within them, else 0."""
    applied = loader.applied_migrations
    folded = ([name in applied for name in migration.replaces] for migration in loader.replacements.values())
    return sum(known.count(False) for known in folded if any(known))
