"""Letters give way to pages, and never for long."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat

import pytest
from django.db import connection

from olvery.shared.giving_way import LONGEST, PAUSE, WORKER, give_way, pages_are_asking


def pauses(busy: Iterator[bool]) -> list[float]:
    slept: list[float] = []
    give_way(is_busy=lambda: next(busy), sleep=slept.append)
    return slept


def test_nobody_waits_where_no_page_is_asked_for() -> None:
    assert pauses(iter([False])) == []


def test_what_gives_way_goes_on_as_soon_as_no_page_asks() -> None:
    assert pauses(iter([True, True, False])) == [PAUSE, PAUSE]


def test_what_gives_way_goes_on_in_half_a_second_however_many_pages_ask() -> None:
    assert sum(pauses(repeat(True))) == pytest.approx(LONGEST) == pytest.approx(0.5)


@contextmanager
def somebody_in_a_transaction(name: str) -> Iterator[None]:
    other = connection.copy()
    other.settings_dict["OPTIONS"]["application_name"] = name
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1")
        yield
        other.rollback()  # the server may not have noticed the end of a connection when the next test asks
    finally:
        other.close()


@pytest.mark.django_db
def test_a_page_that_works_in_the_database_is_seen() -> None:
    with somebody_in_a_transaction("page"):
        assert pages_are_asking()


@pytest.mark.django_db
def test_connections_that_wait_for_a_page_are_no_page() -> None:
    assert not pages_are_asking()


@pytest.mark.django_db
def test_jobs_do_not_give_way_to_each_other() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('application_name', %s, true)", [WORKER])
    with somebody_in_a_transaction(WORKER):
        assert not pages_are_asking()
