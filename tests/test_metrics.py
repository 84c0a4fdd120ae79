"""The metrics for Prometheus, and access to them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from olvery.shared.jobs import Queue, later
from orders.domain import messages
from orders.domain.queries.backlog import LATE, backlog

TOKEN = "t" * 24
MINE = {"Authorization": f"Bearer {TOKEN}"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def figures(client: Client) -> dict[str, float]:
    answer = client.get("/metrics", headers=MINE)
    assert answer.status_code == 200
    lines = [line for line in answer.content.decode().splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def age(task: str, *, by: timedelta, **changes: object) -> None:
    """Make the jobs of a task look as if they had been queued earlier."""
    with connection.cursor() as cursor:
        sets = ", ".join(f"{name} = %s" for name in changes) or "id = id"
        cursor.execute("UPDATE procrastinate_events SET at = at - %s", [by])
        cursor.execute(f"UPDATE procrastinate_jobs SET {sets} WHERE task_name = %s", [*changes.values(), task])


def test_only_the_token_of_the_settings_opens_the_page(client: Client, settings: Any) -> None:
    for sent in ({}, {"Authorization": TOKEN}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer ключ"}):
        refused = client.get("/metrics", headers=sent)
        assert (refused.status_code, refused.content) == (401, b"a token is needed")
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_requests_are_counted_by_view_and_never_by_address(client: Client) -> None:
    one = 'olvery_requests_total{method="GET",status="404",view="none"}'
    sign_in = 'olvery_requests_total{method="GET",status="200",view="account_login"}'
    took = 'olvery_request_seconds_count{view="account_login"}'
    before = figures(client)
    client.get("/accounts/login/?next=/secret/")
    client.get("/no/such/page/")
    after = figures(client)
    assert [after[name] - before.get(name, 0) for name in (sign_in, took, one)] == [1, 1, 1]
    assert not [name for name in after if "secret" in name or "such" in name]


def test_waiting_jobs_are_counted_by_queue_with_the_age_of_the_oldest(client: Client) -> None:
    later(messages.SEND, message_id=1)
    age(messages.SEND, by=timedelta(minutes=20))
    later(messages.SEND, message_id=2)
    later(messages.SEND, at=timezone.now() + timedelta(hours=1), message_id=3)  # is to wait
    told = figures(client)
    assert told['olvery_jobs{queue="letters",state="waiting"}'] == 2
    assert told['olvery_jobs{queue="provider",state="waiting"}'] == 0
    assert 1200 <= told['olvery_job_oldest_seconds{queue="letters"}'] < 1300
    assert (told["olvery_letters_late"], told["olvery_database_up"], told["olvery_cases"]) == (0, 1, 0)

    age(messages.SEND, by=timedelta(0), attempts=1, scheduled_at=timezone.now() + timedelta(hours=1))
    told = figures(client)
    assert told['olvery_jobs{queue="letters",state="retrying"}'] == told["olvery_letters_late"] == 3
    assert told['olvery_jobs{queue="letters",state="waiting"}'] == 0


def test_a_queue_is_late_after_a_quarter_of_an_hour_whatever_the_number_of_jobs() -> None:
    with CaptureQueriesContext(connection) as of_none:
        assert [queue.oldest_at for queue in backlog(at=timezone.now()).queues] == [None] * len(Queue)
    for number in range(3):
        later(messages.SEND, message_id=number)
    with CaptureQueriesContext(connection) as of_three:
        (letters, *_others) = backlog(at=timezone.now()).queues
    assert letters.oldest_at
    assert not letters.is_late(letters.oldest_at + LATE - timedelta(seconds=1))
    assert letters.is_late(letters.oldest_at + LATE)
    assert len(of_three) <= len(of_none) + 1 <= 5


def test_a_database_that_is_away_is_a_figure_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_asked: object) -> None:
        raise OperationalError

    monkeypatch.setattr("olvery.metrics.backlog", away)
    told = figures(client)
    assert told["olvery_database_up"] == 0
    assert not [name for name in told if re.match("olvery_jobs|olvery_cases", name)]
