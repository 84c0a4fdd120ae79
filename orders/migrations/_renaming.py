"""Renames that touch the catalogue alone: no table is read or written, whatever its size."""

from django.db import migrations


def rename_table(old: str, new: str) -> list[migrations.RunSQL]:
    """Rename a table together with the sequence of its key."""
    return [
        _both_ways("ALTER TABLE {} RENAME TO {}", old, new),
        _both_ways("ALTER SEQUENCE {} RENAME TO {}", f"{old}_id_seq", f"{new}_id_seq"),
    ]


def rename_column(table: str, old: str, new: str) -> migrations.RunSQL:
    return _both_ways(f"ALTER TABLE {table} RENAME COLUMN {{}} TO {{}}", old, new)


def rename_constraint(table: str, old: str, new: str) -> migrations.RunSQL:
    return _both_ways(f"ALTER TABLE {table} RENAME CONSTRAINT {{}} TO {{}}", old, new)


def rename_index(old: str, new: str) -> migrations.RunSQL:
    return _both_ways("ALTER INDEX {} RENAME TO {}", old, new)


def rename_trigger(table: str, old: str, new: str) -> migrations.RunSQL:
    return _both_ways(f"ALTER TRIGGER {{}} ON {table} RENAME TO {{}}", old, new)


def _both_ways(statement: str, old: str, new: str) -> migrations.RunSQL:
    return migrations.RunSQL(statement.format(old, new), statement.format(new, old))
