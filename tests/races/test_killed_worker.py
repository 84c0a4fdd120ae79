"""What a killed worker left behind."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from procrastinate.contrib.django import app

from olvery.shared.jobs import later
from orders.domain.mailing import SEND
from orders.tasks import retry_stalled

pytestmark = pytest.mark.django_db(transaction=True)


def states() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id")
        return cursor.fetchall()


def start_job(*, heartbeat: str) -> None:
    """Leave a job under way with a worker that was last heard of so long ago."""
    later(SEND, message_id=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) RETURNING id", [heartbeat]
        )
        [worker] = cursor.fetchone()
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [worker])


async def _retry_and_leave() -> None:
    await retry_stalled.func(SimpleNamespace(app=app), 0)
    # The queries ran in a thread of their own, whose connection would outlive the test.
    await sync_to_async(connections.close_all)()


def run_retry() -> None:
    # In a thread of its own: a browser that is open in this process keeps a loop running in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(lambda: asyncio.run(_retry_and_leave())).result()


def test_a_job_of_a_killed_worker_runs_again() -> None:
    start_job(heartbeat="10 minutes")
    run_retry()
    assert states() == [(SEND, "todo")]


def test_a_job_of_a_living_worker_is_left_alone() -> None:
    start_job(heartbeat="1 second")
    run_retry()
    assert states() == [(SEND, "doing")]
