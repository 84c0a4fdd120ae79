"""A short run of `python -m bench.chaos`: the same storm, fewer orders."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import override_settings

from bench.chaos.run import run

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS, SEED = 14, 2026


@pytest.fixture(autouse=True)
def _leave_no_jobs_behind(transactional_db: None) -> Iterator[None]:
    """Empty the job queue: its tables are not Django's, so the flush after a test passes them over."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def test_no_rouble_is_lost_or_counted_twice_while_processes_are_killed() -> None:
    with override_settings():
        outcome = run(orders=ORDERS, seed=SEED)
    assert outcome.differences == []
    assert outcome.provider == outcome.ledger
    assert outcome.orders == ORDERS
    assert sum(outcome.kills.values()) > 0
    assert outcome.payments["succeeded"] > 0
