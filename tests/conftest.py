"""The database server, the settings and the clock that every test shares."""

import gc
import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from pytest_django import DjangoDbBlocker
from pytest_django.plugin import blocking_manager_key

from olvery import embedded
from tests.contexts import keep_of_pages_alone
from tests.kept_plans import keep_over_rollbacks
from tests.moments import NOW
from tests.room import with_room
from tests.signing_in import save_one_session
from tests.spreading import spread
from tests.template import copy_template, make_template
from tests.threads import close_connections
from tests.truncation import delete_instead_of_flushing, keep_connection

TESTS = Path(__file__).parent

# Imported modules and collected tests stay until the end: collecting garbage took a seventh of the time.
gc.disable()


def pytest_collection_finish() -> None:
    """Exclude imported and collected objects from garbage collection: traversing them took a twentieth of the run.

    Collecting their garbage once takes longer than keeping it. Later objects are collected as rarely as in a web
    process, see `gunicorn.conf.py`.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests so that no worker ends with a long one."""
    if hasattr(config, "workerinput"):
        spread(items, config.workerinput["workercount"])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> object:
    """Run a test as pytest does, but with room on the stack."""
    runner = item.config.pluginmanager.get_plugin("runner")
    assert runner
    return with_room(lambda: runner.pytest_runtest_protocol(item, nextitem))


@pytest.hookimpl(wrapper=True)
def pytest_sessionstart(session: pytest.Session) -> Iterator[None]:
    """Prepare what all workers need."""
    yield
    if session.config.pluginmanager.hasplugin("dsession"):
        _migrate_meanwhile(session.config)
    elif hasattr(session.config, "workerinput") and session.config.args == [TESTS.name]:
        _import_own_share(session.config.workerinput)


def _migrate_meanwhile(config: pytest.Config) -> None:
    """Make the template while the workers, which have just been started, collect the tests."""
    gc.enable()  # migrations leave a lot of garbage
    stack = ExitStack()
    config.add_cleanup(stack.close)
    stack.enter_context(_running_server())
    with config.stash[blocking_manager_key].unblock():
        make_template()


def _import_own_share(worker: dict[str, Any]) -> None:
    """Import in a different order than other workers, so that each compiles a share and finds the rest compiled."""
    number, count = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    for path in sorted(TESTS.rglob("test_*.py"))[number::count]:
        # What fails or warns is not kept: it is imported again, and reported, when it is collected.
        with warnings.catch_warnings(action="error"), suppress(Exception):
            import_module(".".join(path.relative_to(TESTS.parent).with_suffix("").parts))


@pytest.fixture(scope="session")
def django_db_setup(_server: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Copy the test database from a migrated template."""
    # Next to a browser's event loop `connection` is another one.
    creation, before = connection.creation, connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        copy_template()
    yield
    close_connections()
    with django_db_blocker.unblock():
        creation.destroy_test_db(before, verbosity=0)


@pytest.fixture(scope="session")
def _server(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Run PostgreSQL from before the test database is made until after it is gone."""
    with _running_server():
        yield


@contextmanager
def _running_server() -> Iterator[None]:
    """Run PostgreSQL, unless one is named.

    The settings may have been read while no server was running, so Django is given the URL of its socket again.
    """
    if os.environ.get("DATABASE_URL"):
        yield
        return
    with embedded.running():
        connection.settings_dict["OPTIONS"]["host"] = embedded.socket_directory()
        yield


@pytest.fixture(scope="session", autouse=True)
def _delete_past_the_guards() -> Iterator[None]:
    """Allow the end of a transactional test to empty the ledger and the histories."""
    with pytest.MonkeyPatch.context() as patched:
        delete_instead_of_flushing(patched)
        keep_connection(patched)
        yield


@pytest.fixture(scope="session", autouse=True)
def _keep_plans() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        keep_over_rollbacks(patched)
        yield


@pytest.fixture(scope="session", autouse=True)
def _sign_in_at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        save_one_session(patched)
        yield


@pytest.fixture(scope="session", autouse=True)
def _copy_few_contexts(django_test_environment: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        keep_of_pages_alone(patched)
        yield


@pytest.fixture
def now() -> Iterator[datetime]:
    """Stop the clock on Tuesday, 24 November 2026, 9:00 in Moscow."""
    # A moment with a named zone would change the zone of the whole process.
    with time_machine.travel(NOW.astimezone(UTC), tick=False):
        yield NOW
