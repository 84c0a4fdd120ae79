"""Consistent reads across several queries."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def consistent_snapshot() -> Iterator[None]:
    """Let every query in the block see the same state of the database; the block is read-only.

    A page about money takes several queries; changes committed between two of them would be counted twice
    or not at all. Inside an open transaction the isolation level stays as it is.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
