"""What a killed worker left behind."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.tasks import Task

from olvery.shared.jobs import APART, MOST_RUNS, Queue, later, run_again
from orders.domain.messages import SEND
from orders.domain.queries.backlog import backlog
from orders.tasks import forget_finished_jobs, retry_stalled

PERIODIC = "orders.follow_the_clock"

pytestmark = pytest.mark.django_db(transaction=True)


def states() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id")
        return cursor.fetchall()


def start_job(*, heartbeat: str, periodic: bool = False) -> None:
    """Leave a job running on a worker that was last heard of this long ago."""
    if periodic:
        app.configure_task(name=PERIODIC, queueing_lock=PERIODIC).defer(timestamp=0)
    else:
        later(SEND, message_id=1)
    take(heartbeat=heartbeat)


def take(*, heartbeat: str = "10 minutes") -> None:
    """Let a worker take all waiting jobs, and send no more heartbeats."""
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


def break_off(times: int) -> list[tuple[str, str]]:
    """Let the waiting jobs kill their worker this often, restarting it each time; return their states."""
    for _time in range(times):
        take()
        run(retry_stalled)
    return states()


def test_a_job_that_kills_its_worker_is_given_up_and_told(caplog: pytest.LogCaptureFixture) -> None:
    later(SEND, message_id=1)
    assert break_off(MOST_RUNS - 1) == [(SEND, "todo")]
    assert break_off(1) == [(SEND, "failed")]
    *_again, told = [(record.levelname, record.job["task_name"]) for record in caplog.records]
    assert told == ("ERROR", SEND)
    [letters] = [queue for queue in backlog(at=timezone.now()).queues if queue.queue == Queue.LETTERS]
    assert (letters.waiting, letters.failed) == (0, 1)
    assert break_off(3) == [(SEND, "failed")]  # it does not run again by itself


def test_control_without_a_limit_it_runs_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olvery.shared.jobs.MOST_RUNS", 1000)
    later(SEND, message_id=1)
    assert break_off(MOST_RUNS + 3) == [(SEND, "todo")]


def test_errors_are_not_counted_as_broken_off() -> None:
    start_job(heartbeat="10 minutes")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET attempts = 50")
    run(retry_stalled)
    assert states() == [(SEND, "todo")]


def test_jobs_that_were_broken_off_twice_run_one_after_the_other() -> None:
    for number in range(3):
        later(SEND, message_id=number)
    break_off(2)
    late = sorted(ProcrastinateJob.objects.values_list("scheduled_at", flat=True))
    assert [(after - before) for before, after in pairwise(late)] == [APART, APART]
    assert late[0] > timezone.now()


def test_a_job_that_support_restarts_counts_from_zero() -> None:
    later(SEND, message_id=1)
    break_off(MOST_RUNS)
    [job] = run_again(ProcrastinateJob.objects.values_list("pk", flat=True))
    assert run_again([job]) == []  # somebody else was first
    assert break_off(MOST_RUNS - 1) == [(SEND, "todo")]


def test_a_periodic_job_is_not_started_again_beside_its_next_run() -> None:
    start_job(heartbeat="10 minutes", periodic=True)
    run(retry_stalled)
    assert run_again(ProcrastinateJob.objects.values_list("pk", flat=True)) == []
    assert states() == [(PERIODIC, "failed")]


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
