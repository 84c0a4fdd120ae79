"""Reading a page's rows as they were at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def consistent_snapshot() -> Iterator[None]:
    """Let every query of the block see the same state; nothing can be written in it.

    A page about money takes several queries, and what is committed between two of them would be counted twice
    or not at all. Within a transaction that is open already its isolation stays.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
