"""Runs background jobs: letters, the clock, the payment provider and exports, each with its own slots."""

import asyncio
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.core.management import BaseCommand, CommandError
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from olvery.shared.giving_way import WORKER
from olvery.shared.jobs import WAKES, Queue

# How many jobs of a queue run at once. A hanging provider fills its own slots and does not delay letters.
SLOTS = {Queue.LETTERS: 2, Queue.CLOCK: 2, Queue.PROVIDER: 4, Queue.EXPORTS: 1, Queue.WEBHOOKS: 1}
# A listener holds one; other queries of the job table take moments.
CONNECTIONS = len(SLOTS) + 4
# If a page and a letter compete for the processor, the page gets nine tenths of it: somebody is waiting for it.
NICENESS = 10


class Command(BaseCommand):
    """Works until SIGTERM or Ctrl-C; running jobs are finished first."""

    help = "Run the background jobs."

    def handle(self, *args: Any, **options: Any) -> None:
        os.nice(NICENESS)  # before any thread is started: each thread has its own value, and passes it on
        os.environ["PGAPPNAME"] = WORKER  # libpq uses it as the name of every connection
        connector = PsycopgConnector(kwargs=connector_params(), min_size=len(SLOTS) + 1, max_size=CONNECTIONS)
        with app.replace_connector(connector) as worker_app:
            try:
                asyncio.run(work(worker_app))
            except* CommandError as ended:
                raise CommandError("; ".join(map(str, ended.exceptions))) from ended


async def work(worker_app: App) -> None:
    """Run a worker for each queue until all are stopped; if one ends on its own, the others stop as well."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(sum(SLOTS.values()), thread_name_prefix="job"))
    async with worker_app.open_async(), asyncio.TaskGroup() as group:
        workers = [group.create_task(work_on(queue, worker_app)) for queue in SLOTS]
        workers.append(group.create_task(listen(worker_app)))
        for ending in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(ending, stop, workers)


async def work_on(queue: Queue, worker_app: App) -> None:
    """Run the worker of a queue until it is cancelled. Raises CommandError if it ends on its own.

    A worker that loses its database connection returns without an error: its queue would stall while the others
    run, and a supervisor would not notice a failure.
    """
    await worker_app.run_worker_async(
        queues=[queue], name=queue, concurrency=SLOTS[queue], install_signal_handlers=False
    )
    raise CommandError(f"The worker of the queue '{queue}' has ended by itself, the log says why: start it again.")


async def listen(worker_app: App) -> None:
    """Queue the jobs that commits wake, until cancelled. Raises CommandError if the database is away.

    Notifications missed while nobody listens do no harm: these jobs are periodic.
    """

    async def queue_job(*, channel: str, payload: str) -> None:
        # A waiting job will see what the commit wrote; a running one may have looked before it.
        with suppress(AlreadyEnqueued):
            await worker_app.configure_task(payload, allow_unknown=False).defer_async(timestamp=int(time.time()))

    try:
        await worker_app.connector.listen_notify(queue_job, [WAKES])
    except ConnectorException as error:
        raise CommandError("The worker hears of no commits, the database is away: start it again.") from error


def stop(workers: "list[asyncio.Task[None]]") -> None:
    """Let every worker finish its running jobs and take no more."""
    for worker in workers:
        worker.cancel()
