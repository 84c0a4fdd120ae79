"""Time limits for statements of pages, jobs and migrations."""

from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from coworking.domain import locks
from olvery.checks import LOCK_WAIT_SECONDS, statements_outlast_locks
from olvery.shared import statements
from olvery.shared.statements import RequestStatements, Unconfirmed, alone, confirm, lift_limit, limit_session
from tests.factories import make_user
from tests.slow_urls import ask

HELPERS = "SHOW max_parallel_workers_per_gather"


@pytest.fixture
def _fresh(transactional_db: None) -> Any:
    """Clear the limit of the session afterwards."""
    connection.close()
    yield
    connection.close()


@pytest.mark.usefixtures("_fresh")
def test_each_statement_of_a_page_carries_its_limit_and_leaves_none_behind(client: Client, settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.slow_urls"
    alone, in_transaction, after_savepoint, session = client.get("/slow/limits/").content.decode().split()
    assert (alone, in_transaction, after_savepoint) == ("5s", "5s", "5s")
    assert session == "0"  # the connection was opened by a page: what is left on it would reach others by PgBouncer


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ("SELECT 1", False),
        ("\n    SELECT 1", False),
        ("(SELECT 1) UNION (SELECT 2)", False),
        ("CREATE TEMPORARY TABLE kept ()", True),
    ],
)
def test_a_reading_statement_is_no_write_however_its_text_begins(text: str, writes: bool) -> None:
    sent = RequestStatements(seconds=5, address="GET /")
    with connection.execute_wrapper(sent), connection.cursor() as cursor:
        cursor.execute(text)
    assert sent.has_written == writes


@pytest.mark.usefixtures("_fresh")
def test_a_slow_statement_is_logged_with_its_address_and_without_what_was_typed(
    client: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SLOW_QUERY_SECONDS = 0
    make_user(email="kim@example.com")
    client.post("/accounts/login/", {"login": "kim@example.com", "password": "typed in vain"})
    told = [record.getMessage() for record in caplog.records if record.name == "olvery.slow"]
    assert any(line.startswith("POST /accounts/login/: ") and " ms: SELECT" in line for line in told)
    assert not [line for line in told if "kim@" in line or "typed in" in line]

    caplog.clear()
    settings.SLOW_QUERY_SECONDS = 60
    client.get("/accounts/login/")
    assert not [record for record in caplog.records if record.name == "olvery.slow"]


@pytest.mark.usefixtures("_fresh")
def test_jobs_and_commands_have_a_longer_limit_and_migrations_none() -> None:
    assert ask("SHOW statement_timeout") == "10min"
    lift_limit(using="default")
    assert ask("SHOW statement_timeout") == "0"


@pytest.mark.django_db
def test_a_connection_that_a_page_opens_gets_no_limit_of_its_own() -> None:
    before = ask("SHOW statement_timeout")
    with connection.execute_wrapper(RequestStatements(seconds=5, address="GET /")):
        limit_session(connection)
    with connection.connection.cursor() as bare:
        assert bare.execute("SHOW statement_timeout").fetchone()[0] in (before, "5s")  # within the test's transaction


@pytest.mark.usefixtures("_fresh")
def test_what_is_read_alone_keeps_the_limit_of_its_page_and_leaves_nothing_behind() -> None:
    before = ask(HELPERS)
    with connection.execute_wrapper(RequestStatements(seconds=5, address="GET /")):
        with connection.execute_wrapper(alone):
            assert (ask(HELPERS), ask("SHOW statement_timeout")) == ("0", "5s")
        assert ask(HELPERS) == before != "0"
    with connection.execute_wrapper(alone):
        assert ask(HELPERS) == "0"


@pytest.mark.usefixtures("_fresh")
def test_confirming_writes_something_first() -> None:
    with transaction.atomic():
        assert ask("SELECT pg_current_xact_id_if_assigned() IS NULL") == "True"
        confirm()
        assert ask("SELECT pg_current_xact_id_if_assigned() IS NULL") == "False"


@pytest.mark.usefixtures("_fresh")
def test_a_commit_without_a_standby_is_told_to_whoever_asks_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "OWN_WRITE", "DO $$ BEGIN RAISE WARNING 'canceling wait'; END $$")
    confirm()  # any other warning
    monkeypatch.setattr(statements, "WAITS_FOR_STANDBY", "exec_stmt_raise")
    with pytest.raises(Unconfirmed):
        confirm()


@pytest.mark.usefixtures("_fresh")
def test_a_page_ends_a_wait_that_its_limit_does_not_and_a_job_waits_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "PATIENCE", 0.01)
    with connection.execute_wrapper(RequestStatements(seconds=5, address="POST /")):
        with pytest.raises(OperationalError) as ended:
            ask("SELECT pg_sleep(4)")
        assert isinstance(ended.value.__cause__, psycopg.errors.QueryCanceled)
        assert ask("SELECT 1") == "1"  # the cancellation has hit nothing else
    assert ask("SELECT pg_sleep(0.3)") == ""


@pytest.mark.parametrize(("seconds", "found"), [(5, []), (3, ["olvery.E021"]), (0, ["olvery.E021"])])
def test_waiting_for_a_lock_ends_before_the_statement(seconds: float, found: list[str], settings: Any) -> None:
    assert f"{LOCK_WAIT_SECONDS}s" == locks.WAIT
    settings.WEB_STATEMENT_SECONDS = seconds
    assert [error.id for error in statements_outlast_locks()] == found
