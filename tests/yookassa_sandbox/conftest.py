"""One sandbox for all tests here, emptied before each; its clock stands still until a test advances it."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from olvery.yookassa_sandbox import Sandbox
from tests.moments import NOW
from tests.yookassa_sandbox.shop import Ear, Listener, Shop

TOKEN = "control-token"


@pytest.fixture(scope="session")
def _ear() -> Ear:
    return Ear()


@pytest.fixture(scope="session")
def _running(_ear: Ear) -> Iterator[Sandbox]:
    with Sandbox(deliver=_ear, webhooks="manual", now=lambda: NOW, control_token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture
def ear(_ear: Ear) -> Ear:
    _ear.__init__()  # type: ignore[misc]
    return _ear


@pytest.fixture
def sandbox(_running: Sandbox, ear: Ear) -> Sandbox:
    _running.reset()
    return _running


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return Shop(sandbox)


@pytest.fixture
def run() -> Iterator[Callable[..., Sandbox]]:
    """Start sandboxes with options of their own; they end with the test."""
    started: list[Sandbox] = []

    def start(**options: Any) -> Sandbox:
        sandbox = Sandbox(**{"webhooks": "manual", "now": lambda: NOW, **options})
        started.append(sandbox)
        sandbox.start()
        return sandbox

    yield start
    for sandbox in started:
        sandbox.stop()


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    """Open URLs for webhooks that answer with the given codes, then with 200."""
    opened: list[tuple[Listener, threading.Thread]] = []

    def start(*answers: int) -> Listener:
        listener = Listener(list(answers))
        thread = threading.Thread(target=listener.serve_forever, args=(0.02,))
        thread.start()
        opened.append((listener, thread))
        return listener

    yield start
    for listener, thread in opened:
        listener.shutdown()
        thread.join()
        listener.server_close()
