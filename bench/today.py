"""«Сегодня» at a location with 20 000 tickets on the day, at noon: people come, are here, are late and owe.

The location is created in a copy of the database, and committed as in real life: in an open transaction, PostgreSQL
would look up the savepoint of each ticket. It is in the zone where it is noon now, so that half of the day is always
over.
"""

import time as clock
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bench import database
from bench.busy import book, new_location
from bench.measure import COLUMNS, Call, answered, measure, row
from bench.results import Results
from bench.sides import Side, browser_of
from bench.targets import TODAY, TODAY_QUERIES
from coworking.models import Location, Service, Tariff, Ticket, Unit, Visit, VisitSource
from olvery.shared.periods import local_day

SERVICES, PLACES = 4, 1000
AT_ONCE = 50  # tickets of an order
STARTS = (9, 11, 13, 15, 17)
CAME = 3  # of four whose time has begun
TIMES = 25
HTMX = {"HX-Request": "true", "HX-Target": "today"}


def run(results: Results, sides: Sequence[Side]) -> None:
    """Book the day, let people in, then request the page and the part that refreshes itself."""
    sides[0].connection.close()
    with database.copied(sides[0].name) as copy:
        side = Side(copy)
        side.use()
        client = _busy_day(side.manager)
        results.table(f"Today: {SERVICES * PLACES * len(STARTS):,} tickets", "", *COLUMNS)
        for name, headers in (("the page", {}), ("what renews itself", HTMX)):
            row(results, name, measure([side], lambda _side, sent=headers: _asked(client, sent), times=TIMES), TODAY)
        results.table("Today: queries and the time of this process", "", "queries", "CPU p50, ms", "")
        for name, headers in (("the page", {}), ("what renews itself", HTMX)):
            _row_of_cpu(results, name, _asked(client, headers))
        side.connection.close()


def _asked(client: Client, headers: dict[str, str]) -> Call:
    return lambda: answered(client.get(reverse("orders:manage"), headers=headers))


def _row_of_cpu(results: Results, name: str, call: Call) -> None:
    with CaptureQueriesContext(connection) as sent:
        call()
    queries = len([one for one in sent if "SAVEPOINT" not in one["sql"]])
    taken = []
    for _time in range(TIMES):
        began = clock.process_time()
        call()
        taken.append((clock.process_time() - began) * 1000)
    word = results.judge(queries > TODAY_QUERIES, f"{name}: {queries} queries")
    results.row(name, queries, median(taken), word)


def _busy_day(manager: User) -> Client:
    """Create the location with its orders and visits, and return the manager's browser."""
    location = new_location(manager, time_zone=_where_it_is_noon())
    day = location.day_at(timezone.now())
    tariffs = [_tariff(location, number) for number in range(SERVICES)]
    midnight = local_day(day, location.zone).start
    book(tariffs, day, STARTS, places=PLACES, at_once=AT_ONCE, by=manager, at=midnight)
    assert Ticket.objects.filter(service__location=location).count() == SERVICES * PLACES * len(STARTS)
    _let_in(location, manager)
    with connection.cursor() as cursor:
        # In real life autovacuum has run while the day filled up.
        cursor.execute("VACUUM ANALYZE coworking_ticket, coworking_visit, orders_order, orders_orderline")
    return browser_of(manager, location)


def _tariff(location: Location, number: int) -> Tariff:
    service = Service.objects.create(
        location=location, name=f"Zone {number}", kind=Service.Kind.POOL, capacity=PLACES, position=number
    )
    return Tariff.objects.create(service=service, name="Hour", unit=Unit.HOUR, price=Decimal(300))


def _where_it_is_noon() -> str:
    """Return a zone where it is between twelve and one; the signs in these names are inverted."""
    behind = datetime.now(UTC).hour - 12
    return f"Etc/GMT{behind:+d}"


def _let_in(location: Location, manager: User) -> None:
    """Let in most of those whose time has begun; those whose time is over have left."""
    now = timezone.now()
    begun = Ticket.objects.filter(service__location=location, period__startswith__lt=now).order_by("pk")
    Visit.objects.bulk_create(
        (
            Visit(
                ticket=ticket,
                location=location,
                source=VisitSource.NUMBER,
                arrived_at=ticket.period.start + timedelta(minutes=5),
                let_in_by=manager,
                left_at=ticket.period.end if ticket.period.end <= now else None,
            )
            for number, ticket in enumerate(begun.iterator())
            if number % 4 < CAME
        ),
        batch_size=2000,
    )
