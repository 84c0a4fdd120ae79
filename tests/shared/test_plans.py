"""Plans that PostgreSQL caches in a connection: which, when, and their time limits."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from coworking.domain.catalogue import tariffs_on_sale
from coworking.models import Tariff
from olvery.database.plans import KEPT_AFTER, allow_plans, keeping_plans
from olvery.shared.statements import RequestStatements
from tests.factories import make_tariff
from tests.moments import NOW


@pytest.fixture
def _direct(transactional_db: None) -> Any:
    """Start with a connection without cached plans."""
    connection.close()
    connection.ensure_connection()
    yield
    connection.close()


def ask(sql: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def kept() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements ORDER BY prepare_time")
        return [text for (text,) in cursor.fetchall()]


@pytest.mark.usefixtures("_direct")
def test_a_statement_run_often_keeps_its_plan() -> None:
    for number in range(KEPT_AFTER):
        with keeping_plans(connection):
            assert ask("SELECT %s::int + 1", number) == number + 1
    assert kept() == []
    with keeping_plans(connection):
        assert ask("SELECT %s::int + 1", 41) == 42
    assert kept() == ["SELECT $1::int + 1"]


@pytest.mark.usefixtures("_direct")
def test_anything_else_is_planned_for_its_values() -> None:
    for number in range(2 * KEPT_AFTER):
        ask("SELECT %s::int + 1", number)
    assert kept() == []


@pytest.mark.usefixtures("_direct")
def test_nothing_is_kept_behind_a_pooler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psycopg.ConnectionInfo, "backend_pid", 1)  # a number of the pooler's own
    allow_plans(connection)
    for number in range(2 * KEPT_AFTER):
        with keeping_plans(connection):
            assert ask("SELECT %s::int + 1", number) == number + 1
    assert kept() == []


@pytest.mark.usefixtures("_direct")
def test_a_page_ends_what_has_a_plan_when_its_time_is_over() -> None:
    with connection.execute_wrapper(RequestStatements(seconds=0.05, address="GET /")), keeping_plans(connection):
        with pytest.raises(OperationalError) as ended:
            ask("SELECT pg_sleep(%s)", 4)
        assert isinstance(ended.value.__cause__, psycopg.errors.QueryCanceled)
        assert ask("SELECT %s::int", 1) == 1


@pytest.mark.usefixtures("_direct")
def test_a_logged_statement_with_a_plan_has_its_values() -> None:
    with CaptureQueriesContext(connection) as sent, keeping_plans(connection):
        ask("SELECT %s::text", "kim")
    assert [query["sql"] for query in sent] == ["SELECT 'kim'::text"]


@pytest.fixture
def migrating(_direct: None) -> Iterator["psycopg.Connection[Any]"]:
    """Another connection, which changes tables in between."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        yield other


def names_on_sale(tariff: Tariff) -> list[str]:
    return [one.name for one in tariffs_on_sale(tariff.service.location, at=NOW)]


def test_a_column_that_is_added_meanwhile_disturbs_no_plan(migrating: "psycopg.Connection[Any]") -> None:
    tariff = make_tariff()
    before = [names_on_sale(tariff) for _time in range(2 * KEPT_AFTER)]
    migrating.execute("ALTER TABLE coworking_tariff ADD COLUMN later integer")
    try:
        assert names_on_sale(tariff) == before[0] == [tariff.name]
        assert any("coworking_tariff" in text for text in kept())
    finally:
        migrating.execute("ALTER TABLE coworking_tariff DROP COLUMN later")


def test_a_column_whose_type_changes_meanwhile_ends_the_plans_of_a_connection(
    migrating: "psycopg.Connection[Any]",
) -> None:
    tariff = make_tariff()
    before = [names_on_sale(tariff) for _time in range(2 * KEPT_AFTER)]
    length = Tariff._meta.get_field("name").max_length
    migrating.execute(f"ALTER TABLE coworking_tariff ALTER COLUMN name TYPE varchar({length + 1})")
    try:
        assert names_on_sale(tariff) == before[0] == [tariff.name]
        assert connection.connection.prepare_threshold is None
    finally:
        migrating.execute(f"ALTER TABLE coworking_tariff ALTER COLUMN name TYPE varchar({length})")
