"""A short run of `python -m bench chaos`: the same storm, fewer orders, and quicker kills."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import override_settings

from bench.chaos.run import run

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS, SEED = 12, 2026
KILLED_EVERY, MOST_KILLS = (0.3, 1.0), 3  # on a busy machine the site is hardly up between more of them


@pytest.fixture(autouse=True)
def _leave_no_jobs_behind(transactional_db: None) -> Iterator[None]:
    """Empty the job queue and the cache: their tables are not Django's, so the flush after a test passes them over."""
    yield
    cache.clear()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def test_no_rouble_is_lost_or_counted_twice_while_processes_are_killed() -> None:
    with override_settings():
        outcome = run(orders=ORDERS, seed=SEED, killed_every=KILLED_EVERY, most_kills=MOST_KILLS)
    assert outcome.differences == []
    assert outcome.provider == outcome.ledger
    assert outcome.orders >= ORDERS
    assert outcome.kills["web"] > 0
    assert outcome.kills["worker"] > 0
    assert outcome.payments["succeeded"] > 0
    assert outcome.refunds.total() > 0
    assert outcome.faults.total() > 0
