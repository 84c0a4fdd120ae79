"""The demo, loaded once for all tests here; what a test adds is rolled back."""

from collections.abc import Iterator
from datetime import UTC
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from coworking.models import Location
from olvery.demo.load import load_demo
from tests.moments import NOW


@pytest.fixture(scope="package")
def _loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[Location]:
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW.astimezone(UTC), tick=False):
            loaded = load_demo(at=NOW, rng=Random(2026))
        connection.check_constraints()  # otherwise each test would check these rows at its end
        yield loaded.location
        transaction.set_rollback(True)


@pytest.fixture
def location(_loaded: Location, db: None, now: None) -> Location:
    """Return the location of the demo, loaded on Tuesday, 24 November 2026, 9:00 in Moscow."""
    return Location.objects.get(pk=_loaded.pk)
