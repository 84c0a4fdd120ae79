"""Filling a database from nothing: people, then orders in two processes, then indexes and constraints."""

import gc
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from accounts.models import Membership, Role, User
from bench.fill import guards, indexes
from bench.fill.orders import Plan, batches
from bench.fill.people import Person, draw_people, rows_of_people
from bench.fill.places import NAMES, create_sites, plain
from bench.fill.records import MODELS
from bench.progress import bar
from olvery.demo.people import create_people
from olvery.demo.places import LOCATION_NAME, TIME_ZONE

PROCESSES = 2
PEOPLE_AT_A_TIME = 50_000
TABLES = [model._meta.db_table for model in (User, *MODELS)]


@dataclass(frozen=True, slots=True)
class Size:
    """The size of the filling: rows depend only on this, the seed and the day, except for password hashes."""

    people: int
    orders: int
    seed: int
    as_of: date

    @property
    def at(self) -> datetime:
        """The moment that the rows are written for: the beginning of the day at the locations."""
        return datetime.combine(self.as_of, clock.min, ZoneInfo(TIME_ZONE)).astimezone(UTC)


def fill(size: Size, url: str, connection: Any) -> None:
    """Fill the migrated, empty database behind this address."""
    with connection.cursor() as cursor:
        dropped = indexes.drop(cursor, TABLES)
        guards.switch(cursor, on=False)
        _let_autovacuum(cursor, "autovacuum_enabled = off")
        with _told("people", size.people) as advance:
            plan = prepare(size, cursor, advance)
    connection.close()  # the processes below share no connection
    with _told("orders", size.orders) as advance:
        _copy_orders(plan, url, advance)
    with _told("indexes", indexes.steps(dropped)) as advance:
        indexes.create(url, dropped, done=lambda: advance(1))
    with connection.cursor() as cursor:
        finish(cursor)
        guards.switch(cursor, on=True)
        _let_autovacuum(cursor, "autovacuum_enabled = on")
    tables = connection.introspection.table_names()
    connection.close()
    with _told("statistics", len(tables)) as advance:
        indexes.vacuum(url, tables, done=lambda: advance(1))


def _let_autovacuum(cursor: Any, setting: str) -> None:
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} SET ({setting})")


def prepare(size: Size, cursor: Any, advance: Callable[[int], None]) -> Plan:
    """Save the locations, the accounts and the people, and return what the orders are made of."""
    sites = create_sites(today=size.as_of, orders=size.orders)
    rng = Random(f"{size.seed}, people")
    accounts = create_people(location=sites[LOCATION_NAME].location, at=size.at).accounts
    for name in NAMES:
        if name != LOCATION_NAME:
            location = sites[name].location
            Membership.objects.create(user=accounts.administrator, location=location, role=Role.RENTAL_MANAGER)
    people = list(_write_people(size, cursor, rng, advance))
    managers = dict.fromkeys(NAMES, accounts.administrator.pk) | {LOCATION_NAME: accounts.manager.pk}
    known = {name: plain(site, manager_pk=managers[name], today=size.as_of) for name, site in sites.items()}
    return Plan(known, people, size.orders, size.at, size.seed)


def _write_people(size: Size, cursor: Any, rng: Random, advance: Callable[[int], None]) -> Iterator[Person]:
    known = dict(User.objects.values_list("pk", "phone"))
    first, taken = max(known) + 1, set(map(str, known.values()))
    rows = rows_of_people()
    for person in draw_people(size.people, first=first, taken=taken, at=size.at, rng=rng, rows=rows):
        yield person
        if len(rows.lines) == PEOPLE_AT_A_TIME:
            advance(len(rows.lines))
            rows.write(cursor)
    advance(len(rows.lines))
    rows.write(cursor)


def finish(cursor: Any) -> None:
    """Set the sequences after the last keys, and check what the guards would have. Raises Broken."""
    for model in (User, *MODELS):
        key = model._meta.pk
        assert key
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{model._meta.db_table}', '{key.column}'), max(\"{key.column}\")) "
            f'FROM "{model._meta.db_table}"'
        )
    guards.check(cursor)


def _copy_orders(plan: Plan, url: str, advance: Callable[[int], None]) -> None:
    """Make the orders in processes that inherit the people; one writes while the other makes."""
    gc.collect()
    gc.freeze()  # a collection would touch, and so copy, every page of people
    forking = multiprocessing.get_context("fork")
    lock, written = forking.Lock(), forking.Value("L", 0)
    waiting = forking.SimpleQueue()
    for span in plan.spans():
        waiting.put(span)
    for _process in range(PROCESSES):
        waiting.put(None)
    workers = [forking.Process(target=_work, args=(plan, url, waiting, lock, written)) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    seen = 0
    while any(worker.is_alive() for worker in workers) or seen < written.value:
        now = written.value
        advance(now - seen)
        seen = now
        time.sleep(0.2)
        if any(worker.exitcode for worker in workers):
            break
    for worker in workers:
        if any(one.exitcode for one in workers):
            worker.terminate()
        worker.join()
    gc.unfreeze()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("a process that makes orders has failed, see above")


def _work(plan: Plan, url: str, waiting: Any, lock: Any, written: Any) -> None:
    gc.disable()
    with psycopg.connect(url) as session:
        session.execute("SET synchronous_commit = off")
        session.commit()
        while span := waiting.get():
            for count, records in batches(plan, span):
                with lock, session.cursor() as cursor:  # two writers could wait for each other's facets
                    records.write(cursor)
                    session.commit()
                    written.value += count


@contextmanager
def _told(what: str, total: int) -> Iterator[Callable[[int], None]]:
    began = time.monotonic()
    with bar(what, total) as advance:
        yield advance
    print(f"{what}: {time.monotonic() - began:.0f} s", flush=True)
