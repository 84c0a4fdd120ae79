"""The command that runs the jobs."""

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.core.management import CommandError

from olvery.management.commands import work
from olvery.shared.jobs import Queue


class Workers:
    """Stands in for procrastinate; the worker of one queue may end by itself, as one does that lost its connection."""

    def __init__(self, ends: str = "") -> None:
        self.ends = ends
        self.stopped: list[str] = []

    @asynccontextmanager
    async def open_async(self) -> Any:
        yield

    async def run_worker_async(self, *, name: str, **_options: Any) -> None:
        if name == self.ends:
            return
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.append(name)


def test_a_queue_never_stands_still_beside_the_others() -> None:
    workers = Workers(ends=Queue.LETTERS)
    with pytest.raises(ExceptionGroup) as ended:
        asyncio.run(work.work(workers))  # type: ignore[arg-type]
    assert [type(error) for error in ended.value.exceptions] == [CommandError]
    assert "letters" in str(ended.value.exceptions[0])
    assert sorted(workers.stopped) == [Queue.CLOCK, Queue.PROVIDER]


def test_workers_that_are_told_to_stop_end_without_a_failure() -> None:
    workers = Workers()

    async def run() -> None:
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)
        await work.work(workers)  # type: ignore[arg-type]

    asyncio.run(run())
    assert sorted(workers.stopped) == sorted(Queue)
