"""How migrations lock tables that are in use."""

from typing import Self

from django.db.backends.postgresql import schema

# Pages that come meanwhile wait as long behind a migration that waits for a table itself.
LOCK_WAIT = "2s"


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Gives up the wait for a lock, so that a long query stops no page; `migrate` tries again.

    A migration that is not atomic may wait: what builds indexes concurrently keeps nobody from reading or writing.
    """

    def __enter__(self) -> Self:
        super().__enter__()
        if self.atomic_migration and not self.collect_sql:
            self.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
        return self
