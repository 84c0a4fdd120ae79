"""Deferring background jobs by name, and restarting those that a killed worker left behind."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.types import JSONValue

from olvery.shared.rows import Statement

# The channel on which a commit sends the name of a periodic job that should run at once.
WAKES = "olvery_jobs"
_DEFER = """
SELECT procrastinate_defer_jobs_v1(ARRAY[
  ROW('{queue}', '{name}', {priority}, NULL, NULL, %s::jsonb, NULL)::procrastinate_job_to_defer_v1
])
"""
# As if it had never been interrupted, see `rerun_stalled`. The second of two people who ask at once finds none.
_RUN_AGAIN = """
UPDATE procrastinate_jobs SET status = 'todo', priority = 0, scheduled_at = NULL, abort_requested = false
WHERE id = ANY(%s) AND status = 'failed' AND queueing_lock IS NULL
RETURNING id
"""
log = logging.getLogger(__name__)

# A job may be what killed its worker: after this many runs it is left to support.
MOST_RUNS = 3
# Two jobs interrupted twice do not run at the same time again: one of them may be the cause.
APART = timedelta(seconds=15)


async def rerun_stalled(jobs: JobManager, *, at: datetime) -> None:
    """Restart jobs that killed workers left behind, or give them up after MOST_RUNS.

    The negative priority of a job is the number of its interruptions: `attempts` also counts errors, and interrupted
    jobs should come after others. A periodic job is given up at once: its next run is queued, and only one may be.
    """
    last_at = at
    for job in await jobs.get_stalled_jobs():
        runs = 1 - job.priority
        try:
            if job.queueing_lock or runs >= MOST_RUNS:
                await jobs.finish_job(job, Status.FAILED, delete_job=False)
                _tell(logging.ERROR, job, f"was broken off and is given up, runs: {runs}")
                continue
            if runs > 1:
                last_at += APART
            await jobs.retry_job(job, retry_at=last_at if runs > 1 else at, priority=-runs)
            _tell(logging.WARNING, job, f"was broken off and runs again, runs: {runs}")
        except ConnectorException as error:  # its worker was only slow, and has finished it since
            _tell(logging.WARNING, job, f"is not run again: {error}")


class Queue(StrEnum):
    """Queues that do not wait for each other. Jobs that call the payment provider may take long."""

    LETTERS = "letters"
    CLOCK = "clock"
    PROVIDER = "provider"
    EXPORTS = "exports"
    WEBHOOKS = "webhooks"


def later(name: str, *, at: datetime | None = None, **ids: JSONValue) -> None:
    """Defer a job in the current transaction: it runs after the commit, or never if there is none.

    `name` is the task's name, `ids` its arguments: primary keys only, the job reads the rest itself. With
    `at` it runs no earlier than that moment.
    """
    app.configure_task(name=name, schedule_at=at).defer(**ids)


def statement_of(name: str, **ids: JSONValue) -> Statement:
    """Return the statement that defers a job like `later`, for `insert_together` to send with other rows."""
    task = app.tasks[name]
    return _DEFER.format(queue=task.queue, name=name, priority=task.priority), [json.dumps(ids)]


def each_later(name: str, ids: Iterable[dict[str, JSONValue]]) -> None:
    """Defer a job for each of these arguments, like `later`. One query."""
    app.configure_task(name=name).batch_defer(*ids)


def wake(name: str) -> None:
    """Run a periodic job once the current transaction is committed, without waiting for its minute."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [WAKES, name])


def run_again(keys: Iterable[int]) -> list[int]:
    """Queue failed jobs again; return which. A periodic one runs again anyway."""
    with connection.cursor() as cursor:
        cursor.execute(_RUN_AGAIN, [list(keys)])
        return [key for (key,) in cursor.fetchall()]


def _tell(level: int, job: Job, what: str) -> None:
    told = {"id": job.id, "task_name": job.task_name}  # in procrastinate's format
    log.log(level, "job %s %s %s", job.id, job.task_name, what, extra={"job": told})
