"""The calendar of a location with two hundred seats, on a day on which a thousand tickets are booked.

The location is created in a transaction that is rolled back, so any database may be used.
"""

import gzip
import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bench import board
from bench.busy import book, new_location
from bench.measure import COLUMNS, Call, answered, measure, row
from bench.results import Results
from bench.sides import Side, browser_of
from bench.targets import CALENDAR, CALENDAR_BYTES_COMPRESSED, CALENDAR_QUERIES
from coworking.models import Location, Seat, Service, Tariff, Ticket, Unit
from olvery.shared.periods import DAY

SERVICES, SEATS = 4, 50
AT_ONCE = 10  # tickets of an order
STARTS = (8, 10, 12, 14, 16)
TIMES = 25
PLAIN = {"Accept-Encoding": "identity"}


def run(results: Results, sides: Sequence[Side]) -> None:
    """Book the day, then request it in every way."""
    side = sides[0]
    side.use()
    with transaction.atomic():
        client, day = _booked_day(side.manager)
        results.table("Calendar: 200 seats, 1 000 tickets in a day", "", *COLUMNS)
        pages = {
            "a day, the first 60 rows": {"day": day},
            "a day, every row": {"day": day, "all": 1},
            "a week, the first 30 rows": {"day": day, "view": "week"},
            "a month": {"day": day, "view": "month"},
        }
        for name, query in pages.items():
            row(results, name, measure([side], _asked(client, query), times=TIMES), CALENDAR)
        shown = client.get(reverse("orders:calendar"), {"day": day}, headers=PLAIN).content.decode()
        seen = re.findall(r'data-version="(.+?)"', shown)[0]
        unchanged = _asked(client, {"day": day, "seen": seen}, name="orders:calendar-changes", status=204)
        row(results, "nothing has changed", measure([side], unchanged, times=TIMES), CALENDAR)
        _sizes(results, client, {name: pages[name] for name in list(pages)[:2]})
        board.run(results, client, pages["a day, every row"])
        transaction.set_rollback(True)


def _asked(
    client: Client, query: dict[str, object], *, name: str = "orders:calendar", status: int = 200
) -> Callable[[Side], Call]:
    url = f"{reverse(name)}?{urlencode(query)}"

    def call_on(_side: Side) -> Call:
        return lambda: answered(client.get(url), status)

    return call_on


def _sizes(results: Results, client: Client, pages: dict[str, dict[str, object]]) -> None:
    results.table("Calendar: queries and bytes", "", "queries", "bytes", "compressed", "")
    for name, query in pages.items():
        with CaptureQueriesContext(connection) as sent:
            content = client.get(reverse("orders:calendar"), query, headers=PLAIN).content
        sql = [one for one in sent if "SAVEPOINT" not in one["sql"]]
        small = len(gzip.compress(content, 6))
        missed = len(sql) > CALENDAR_QUERIES or small > CALENDAR_BYTES_COMPRESSED
        word = results.judge(missed, f"{name}: {len(sql)} queries, {small} bytes")
        results.row(name, len(sql), len(content), small, word)


def _booked_day(manager: User) -> tuple[Client, date]:
    """Create the location with its orders, and return the manager's browser and the day."""
    location = new_location(manager)
    at = timezone.now()
    day = location.day_at(at) + DAY
    tariffs = [_tariff(location, number) for number in range(SERVICES)]
    book(tariffs, day, STARTS, places=SEATS, at_once=AT_ONCE, by=manager, at=at)
    assert Ticket.objects.filter(service__location=location).count() == SERVICES * SEATS * len(STARTS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE coworking_ticket, coworking_seat, orders_order, orders_orderline")
    return browser_of(manager, location), day


def _tariff(location: Location, number: int) -> Tariff:
    service = Service.objects.create(location=location, name=f"Zone {number}", kind=Service.Kind.SEATS, position=number)
    Seat.objects.bulk_create(
        Seat(service=service, label=f"{number}{seat:02}", table=seat // 10, position=seat) for seat in range(SEATS)
    )
    return Tariff.objects.create(service=service, name="Hour", unit=Unit.HOUR, price=Decimal(300))
