"""The job queue seen from outside: due jobs, jobs left by a killed worker, unfinished jobs."""

import contextlib
import time

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from bench.chaos.processes import Site
from orders.domain import messages
from orders.domain.online import fulfilment, notifications, outbox

CLOCK, MONEY, RECONCILE = "orders.follow_the_clock", "orders.follow_the_money", "orders.reconcile"
HEAL = "orders.retry_stalled"
# These do what nobody else does at that moment; the periodic ones come again.
ESSENTIAL = (outbox.SEND, messages.SEND, notifications.PROCESS, fulfilment.FULFIL, HEAL)
PATIENT_FOR = 120

# Jobs interrupted twice wait a little, one after the other.
DUE = """
SELECT id, task_name, status::text, args::text FROM procrastinate_jobs
WHERE status = 'doing' OR status = 'todo' AND (
    scheduled_at IS NULL OR scheduled_at <= now() OR priority < -1 AND scheduled_at <= now() + interval '1 minute'
)
ORDER BY id
"""
GIVEN_UP = "SELECT id, task_name, status::text, args::text FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id"
# As if a minute had passed: killed workers send no heartbeats.
ALL_ARE_DEAD = "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'"
LEFT_BEHIND = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"

Row = tuple[int, str, str, str]


def run_now(name: str) -> None:
    """Let the worker run a periodic job now, unless it is queued anyway."""
    with contextlib.suppress(AlreadyEnqueued):
        app.configure_task(name=name, queueing_lock=name).defer(timestamp=int(time.time()))


def running(name: str) -> int:
    """Return how many jobs of this name are under way."""
    return sum(task == name and status == "doing" for _pk, task, status, _args in _rows(DUE))


def drain(site: Site) -> tuple[int, list[str]]:
    """Let a worker that nobody kills recover and do all due jobs.

    Returns how many jobs the killed ones had left behind, and a line for each that is not done in the end.
    """
    site.kill("worker")
    with connection.cursor() as cursor:
        cursor.execute(ALL_ARE_DEAD)
        cursor.execute(LEFT_BEHIND)
        [left] = cursor.fetchone()
    site.start("worker")
    run_now(HEAL)
    deadline = time.monotonic() + PATIENT_FOR
    while (due := _rows(DUE)) and time.monotonic() < deadline:
        # A new job wakes the worker, one that is due again does not; and two of a kind at once can only be healed
        # one after the other.
        run_now(HEAL)
        time.sleep(0.3)
    return left, undone(due)


def undone(due: list[Row] | None = None) -> list[str]:
    """Return a line for each job about money or letters that is due, hanging or failed; not for later ones.

    What is due may be given as it was seen: a moment later something else is.
    """
    # A worker killed while it healed leaves that job behind, and the next healer gives it up for itself.
    given_up = [row for row in _rows(GIVEN_UP) if row[1] != HEAL]
    rows = [*(_rows(DUE) if due is None else due), *given_up]
    return [f"job {pk} {name} {args} is {status}" for pk, name, status, args in rows if name in ESSENTIAL]


def _rows(query: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
