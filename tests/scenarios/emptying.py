"""Deleting what a test has committed, guarded rows too."""

from functools import cache

from django.core.cache import cache as shared_cache
from django.db import connection, transaction

KEPT = {"django_migrations", "django_content_type", "auth_permission"}
GUARDED = """
SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE NOT tgisinternal AND relname NOT LIKE 'procrastinate%'
"""


def delete_everything() -> None:
    """Delete all rows of the test database; the guards of the history and the ledger rest meanwhile."""
    name = connection.settings_dict["NAME"]
    if name != connection.settings_dict["TEST"]["NAME"]:
        raise RuntimeError(f"{name} is no database of tests.")
    guarded, tables = _tables()
    with transaction.atomic(), connection.cursor() as cursor:
        for table in guarded:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in guarded:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    shared_cache.clear()


@cache
def _tables() -> tuple[list[str], list[str]]:
    """Return the tables with guards, and all whose rows tests write."""
    ours = set(connection.introspection.django_table_names(only_existing=True)) - KEPT
    with connection.cursor() as cursor:
        cursor.execute(GUARDED)
        guarded = sorted({table for (table,) in cursor.fetchall()} & ours)
    return guarded, [*sorted(ours), "procrastinate_jobs"]
