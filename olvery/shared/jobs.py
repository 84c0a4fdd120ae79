"""Background jobs by name, and those that a killed worker left behind."""

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

# What comes here with a commit is the name of a periodic job that need not wait for its minute.
WAKES = "olvery_jobs"
_DEFER = """
SELECT procrastinate_defer_jobs_v1(ARRAY[
  ROW('{queue}', '{name}', {priority}, NULL, NULL, %s::jsonb, NULL)::procrastinate_job_to_defer_v1
])
"""
# As if it had never been broken off, see `rerun_stalled`. Of two people who ask at once the second finds none.
_RUN_AGAIN = """
UPDATE procrastinate_jobs SET status = 'todo', priority = 0, scheduled_at = NULL, abort_requested = false
WHERE id = ANY(%s) AND status = 'failed' AND queueing_lock IS NULL
RETURNING id
"""
log = logging.getLogger(__name__)

# A job may be what killed its worker: after as many runs it is left to support.
MOST_RUNS = 3
# Two that were broken off twice do not run at once again: one of them is the cause, perhaps.
APART = timedelta(seconds=15)


async def rerun_stalled(jobs: JobManager, *, at: datetime) -> None:
    """Run again what killed workers left behind, or give it up after MOST_RUNS.

    How often a job was broken off is its priority below zero: `attempts` counts errors as well, and what was broken
    off comes after what was not. A periodic job is given up at once: its next run is queued, and only one may be.
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
        except ConnectorException as error:  # its worker was only slow, and has ended it meanwhile
            _tell(logging.WARNING, job, f"is not run again: {error}")


class Queue(StrEnum):
    """Jobs that do not wait for each other. What asks the payment provider may take long."""

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
    """Return the statement that defers a job as `later` does, for `insert_together` to send it with other rows."""
    task = app.tasks[name]
    return _DEFER.format(queue=task.queue, name=name, priority=task.priority), [json.dumps(ids)]


def each_later(name: str, ids: Iterable[dict[str, JSONValue]]) -> None:
    """Defer a job for each of these arguments, as `later` does. One query."""
    app.configure_task(name=name).batch_defer(*ids)


def wake(name: str) -> None:
    """Have a periodic job run when the current transaction is committed, without waiting for its minute."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [WAKES, name])


def run_again(keys: Iterable[int]) -> list[int]:
    """Queue jobs that were given up; return which. A periodic one comes again by itself."""
    with connection.cursor() as cursor:
        cursor.execute(_RUN_AGAIN, [list(keys)])
        return [key for (key,) in cursor.fetchall()]


def _tell(level: int, job: Job, what: str) -> None:
    told = {"id": job.id, "task_name": job.task_name}  # as procrastinate tells of a job
    log.log(level, "job %s %s %s", job.id, job.task_name, what, extra={"job": told})
