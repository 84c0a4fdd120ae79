"""What a killed worker left behind."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from procrastinate.contrib.django import app
from procrastinate.tasks import Task

from olvery.shared.jobs import later
from orders.domain.messages import SEND
from orders.tasks import forget_finished_jobs, retry_stalled

PERIODIC = "orders.follow_the_clock"

pytestmark = pytest.mark.django_db(transaction=True)


def states() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id")
        return cursor.fetchall()


def start_job(*, heartbeat: str, periodic: bool = False) -> None:
    """Leave a job under way with a worker that was last heard of so long ago."""
    if periodic:
        app.configure_task(name=PERIODIC, queueing_lock=PERIODIC).defer(timestamp=0)
    else:
        later(SEND, message_id=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) RETURNING id", [heartbeat]
        )
        [worker] = cursor.fetchone()
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE status = 'todo'", [worker])


async def _do_and_leave(task: Task) -> None:
    await task.func(SimpleNamespace(app=app), 0)
    # The queries ran in a thread of their own, whose connection would outlive the test.
    await sync_to_async(connections.close_all)()


def run(task: Task) -> None:
    # In a thread of its own: a browser that is open in this process keeps a loop running in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(lambda: asyncio.run(_do_and_leave(task))).result()


def test_a_job_of_a_killed_worker_runs_again() -> None:
    start_job(heartbeat="10 minutes")
    run(retry_stalled)
    assert states() == [(SEND, "todo")]


def test_a_job_of_a_living_worker_is_left_alone() -> None:
    start_job(heartbeat="1 second")
    run(retry_stalled)
    assert states() == [(SEND, "doing")]


def test_a_periodic_job_gives_way_to_its_next_run_and_holds_nothing_up() -> None:
    start_job(heartbeat="10 minutes", periodic=True)
    start_job(heartbeat="10 minutes")
    app.configure_task(name=PERIODIC, queueing_lock=PERIODIC).defer(timestamp=60)  # the next minute
    run(retry_stalled)
    assert states() == [(PERIODIC, "failed"), (SEND, "todo"), (PERIODIC, "todo")]


def test_jobs_that_ended_well_are_forgotten_after_days() -> None:
    later(SEND, message_id=1)
    later(SEND, message_id=2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded'")
        cursor.execute(
            "UPDATE procrastinate_events SET at = now() - interval '4 days' WHERE job_id = "
            "(SELECT min(id) FROM procrastinate_jobs)"
        )
    run(forget_finished_jobs)
    assert states() == [(SEND, "succeeded")]
