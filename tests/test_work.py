"""The command that runs the jobs."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from olvery.management.commands import work
from olvery.shared.giving_way import WORKER
from olvery.shared.jobs import Queue


class Workers:
    """Replaces procrastinate; the worker of one queue may end on its own, like one that lost its connection."""

    def __init__(self, ends: str = "") -> None:
        self.ends = ends
        self.running: list[str] = []
        self.connector = self

    @asynccontextmanager
    async def open_async(self) -> Any:
        yield

    async def run_worker_async(self, *, name: str, **_options: Any) -> None:
        if name == self.ends:
            return
        self.running.append(name)
        try:
            await asyncio.Event().wait()
        finally:
            self.running.remove(name)

    async def listen_notify(self, *_told: Any) -> None:
        await asyncio.Event().wait()


class Hearing:
    """Replaces procrastinate: commits name jobs, then the database is away."""

    def __init__(self, named: list[str], *, waiting: set[str]) -> None:
        self.named, self.waiting, self.queued = named, waiting, list[str]()
        self.connector = self

    async def listen_notify(self, told: Callable[..., Any], channels: list[str]) -> None:
        for name in self.named:
            await told(channel=channels[0], payload=name)
        raise ConnectorException

    def configure_task(self, name: str, *, allow_unknown: bool) -> SimpleNamespace:
        assert not allow_unknown

        async def defer_async(*, timestamp: int) -> None:
            if name in self.waiting:
                raise AlreadyEnqueued
            self.queued.append(name)

        return SimpleNamespace(defer_async=defer_async)


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Return the handlers of the termination signals: only the main thread may install them."""
    found: list[Callable[[], None]] = []

    def note(_loop: Any, _signal: int, stop: Callable[[Any], None], workers: Any) -> None:
        found.append(lambda: stop(workers))

    monkeypatch.setattr(asyncio.SelectorEventLoop, "add_signal_handler", note)
    return found


def run(what: Callable[[], Any]) -> None:
    """Run a coroutine in a thread of its own: the thread of a browser test may have a running loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(what())).result()


def test_jobs_leave_the_processor_to_pages_under_a_name_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []
    monkeypatch.setenv("PGAPPNAME", "")
    monkeypatch.setattr(work.os, "nice", done.append)
    monkeypatch.setattr(work.asyncio, "run", lambda working: (working.close(), done.append("works")))
    work.Command().handle()
    assert done == [work.NICENESS, "works"]
    assert work.NICENESS > 0
    assert os.environ["PGAPPNAME"] == WORKER


@pytest.mark.usefixtures("ending")
def test_a_queue_never_stands_still_beside_the_others() -> None:
    workers = Workers(ends=Queue.LETTERS)
    with pytest.raises(ExceptionGroup) as ended:
        run(lambda: work.work(workers))  # type: ignore[arg-type]
    assert [type(error) for error in ended.value.exceptions] == [CommandError]
    assert "letters" in str(ended.value.exceptions[0])
    assert workers.running == []


def test_workers_that_are_told_to_stop_end_without_a_failure(ending: list[Callable[[], None]]) -> None:
    workers, ran = Workers(), []

    async def told() -> None:
        working = asyncio.create_task(work.work(workers))  # type: ignore[arg-type]
        while len(workers.running) < len(Queue):
            await asyncio.sleep(0)
        ran.extend(workers.running)
        ending[0]()
        await working

    run(told)
    assert sorted(ran) == sorted(Queue)
    assert workers.running == []


def test_a_commit_queues_the_job_it_names_unless_it_waits_already() -> None:
    hearing = Hearing(["orders.deliver", "orders.reconcile", "orders.deliver"], waiting={"orders.reconcile"})
    with pytest.raises(CommandError):
        run(lambda: work.listen(hearing))  # type: ignore[arg-type]
    assert hearing.queued == ["orders.deliver", "orders.deliver"]
