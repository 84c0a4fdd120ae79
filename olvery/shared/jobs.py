"""Background jobs by name."""

import json
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from olvery.shared.rows import Statement

# What comes here with a commit is the name of a periodic job that need not wait for its minute.
WAKES = "olvery_jobs"
_DEFER = """
SELECT procrastinate_defer_jobs_v1(ARRAY[
  ROW('{queue}', '{name}', {priority}, NULL, NULL, %s::jsonb, NULL)::procrastinate_job_to_defer_v1
])
"""
# As if it had never been broken off, see `stalled_jobs`. Of two people who ask at once the second finds none.
_RUN_AGAIN = """
UPDATE procrastinate_jobs SET status = 'todo', priority = 0, scheduled_at = NULL, abort_requested = false
WHERE id = ANY(%s) AND status = 'failed' AND queueing_lock IS NULL
RETURNING id
"""


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
