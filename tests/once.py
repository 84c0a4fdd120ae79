"""Rows that all tests of a module look at, saved once."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC
from typing import TypeVar

import time_machine
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from tests.moments import NOW

Made = TypeVar("Made")


def once(blocker: DjangoDbBlocker, make: Callable[[], Made]) -> Iterator[Callable[[], Made]]:
    """Save rows at the stopped clock and hand copies of them out, for a fixture of a module.

    A test works within a savepoint of this transaction, so what it changes is rolled back behind it.
    """
    assert not connection.in_atomic_block, (
        "a test or another such fixture is under way, whose end would take the rows along"
    )
    with blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW.astimezone(UTC), tick=False):
            made = make()
        connection.check_constraints()  # else each test would check these rows at its end
        yield lambda: deepcopy(made)
        transaction.set_rollback(True)
