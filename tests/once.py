"""Rows shared by all tests of a module, saved once."""

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
    """Save rows at the stopped clock and hand out copies, for a module fixture.

    A test runs within a savepoint of this transaction, so its changes are rolled back.
    """
    assert not connection.in_atomic_block, (
        "a test or another such fixture is under way, whose end would take the rows along"
    )
    with blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW.astimezone(UTC), tick=False):
            made = make()
        connection.check_constraints()  # otherwise each test would check these rows at its end
        yield lambda: deepcopy(made)
        transaction.set_rollback(True)
