"""Indexes and constraints of tables that are filled: dropped before, and created again from their own definitions.

Like `pg_restore`: building an index from a whole table is many times faster than row by row, and a constraint
created afterwards checks every row.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg

SESSIONS = 2
_MEMORY = "SET maintenance_work_mem = '1GB'"

_INDEXES = """
    SELECT i.indrelid::regclass::text, c.relname, pg_get_indexdef(c.oid), coalesce(k.contype::text, ''),
           coalesce(pg_get_constraintdef(k.oid), '')
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('u', 'x')
    WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisprimary
    ORDER BY (pg_get_indexdef(c.oid) ~ 'gi[ns]t? ')::int DESC, c.relname
"""
_FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, conname, '', 'f', pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid::regclass::text = ANY(%s) AND contype = 'f' ORDER BY conname
"""


@dataclass(frozen=True, slots=True)
class Definition:
    """An index or a constraint as the catalogue spells it; `kind` is empty, u, x or f."""

    table: str
    name: str
    index: str
    kind: str
    constraint: str


def drop(cursor: Any, tables: Sequence[str]) -> list[Definition]:
    """Drop everything except the primary keys and the checks of the tables, and return what was dropped."""
    found = []
    for query in (_FOREIGN_KEYS, _INDEXES):
        cursor.execute(query, [list(tables)])
        found += [Definition(*row) for row in cursor.fetchall()]
    for one in found:
        if one.kind:
            cursor.execute(f'ALTER TABLE {one.table} DROP CONSTRAINT "{one.name}"')
        else:
            cursor.execute(f'DROP INDEX "{one.name}"')
    return found


def create(url: str, dropped: Sequence[Definition], *, done: Callable[[], None]) -> None:
    """Recreate what was dropped in several concurrent sessions, calling `done` after each; raises for a wrong row."""
    plain = [one for one in dropped if one.kind in ("", "u")]
    _each(url, [[one.index] for one in plain], done=done)
    with psycopg.connect(url, autocommit=True) as session:
        for one in dropped:
            session.execute(_constraint(one)) if one.kind else None
    foreign = [one for one in dropped if one.kind == "f"]
    tables = sorted({one.table for one in foreign})
    checks = [[_validate(one) for one in foreign if one.table == table] for table in tables]
    _each(url, checks, done=done)


def steps(dropped: Sequence[Definition]) -> int:
    """Return how often `create` calls `done`."""
    return sum(one.kind != "x" for one in dropped)


def vacuum(url: str, tables: Iterable[str], *, done: Callable[[], None]) -> None:
    """Tidy the tables and gather their statistics, as autovacuum would in time."""
    _each(url, [[f"VACUUM (ANALYZE) {table}"] for table in tables], done=done)


def _each(url: str, groups: Iterable[Sequence[str]], *, done: Callable[[], None]) -> None:
    """Run groups of statements, a group in one session after the other."""

    def run(statements: Sequence[str]) -> None:
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(_MEMORY)
            session.execute("SET synchronous_commit = off")
            for statement in statements:
                session.execute(statement)
                done()

    with ThreadPoolExecutor(SESSIONS) as sessions:
        for finished in [sessions.submit(run, statements) for statements in groups]:
            finished.result()


def _constraint(one: Definition) -> str:
    """Return the statement that adds a constraint; rows are compared with a foreign key later."""
    what = {"u": f'UNIQUE USING INDEX "{one.name}"', "x": one.constraint, "f": f"{one.constraint} NOT VALID"}[one.kind]
    return f'ALTER TABLE {one.table} ADD CONSTRAINT "{one.name}" {what}'


def _validate(one: Definition) -> str:
    return f'ALTER TABLE {one.table} VALIDATE CONSTRAINT "{one.name}"'
