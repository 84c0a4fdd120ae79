"""A short run of `python -m bench chaos`: the same storm, fewer orders, and quicker kills."""

import pytest
from django.test import override_settings

from bench.chaos.run import run

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS, SEED = 12, 2026
KILLED_EVERY, MOST_KILLS = (0.3, 1.0), 3  # on a busy machine the site would hardly be up between more of them


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
