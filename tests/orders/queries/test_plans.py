"""The rows that PostgreSQL reads for a page: at most twenty times those shown, however frequent the values."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations, cycle, product
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from accounts.models import User
from coworking.models import Location, PaymentMethod, Ticket, TicketStatus, Unit
from olvery.shared.paging import PAGE_SIZE, Sort, pick_sort
from olvery.shared.periods import Period
from olvery.shared.search import BEGINNINGS, fold
from olvery.shared.statements import ALONE
from orders.domain.queries import lists, narrowing
from orders.domain.queries.customers import card_of, known_person
from orders.domain.queries.lists import ORDER_SORTS, TICKET_SORTS, OrderFilter, TicketFilter, orders_of, tickets_of
from orders.models import Order, OrderStatus, PaymentStatus
from tests.factories import make_location, make_manager, make_pool, make_tariff, make_user
from tests.moments import NOW

pytestmark = pytest.mark.django_db

ROWS = 3_000
MOST = 20 * PAGE_SIZE
TABLES = {"orders_order", "coworking_ticket"}
COUNT = "CTE meant"  # queries besides those of the page
TODAY = NOW.date()
RARE, FREQUENT = ("Цой", "Анна", ""), ("Петров", "Иван", "Андреевич")
TEXTS = ("петров", "пет", "цой", "анна", "петров иван", "п и", "gtnhjd", "4", "ivanov@", "никто")
DAYS = ({"from_day": TODAY, "to_day": TODAY}, {"from_day": TODAY}, {"to_day": TODAY})


@pytest.fixture(scope="module")
def _filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Location]:
    """Fill both lists once for all tests here, which only read."""
    with django_db_blocker.unblock():
        _forget_rolled_back_rows()
        with transaction.atomic():
            location = fill_lists()
            connection.check_constraints()  # otherwise each test would check these rows at its end
            yield location
            transaction.set_rollback(True)


def _forget_rolled_back_rows() -> None:
    """Shrink the indexes: the more pages tests before have left in them, the rather PostgreSQL reads the table."""
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (FULL) {', '.join(sorted(TABLES))}")


@pytest.fixture
def location(_filled: Location, db: None) -> Location:
    return _filled


def fill_lists() -> Location:
    """Save statuses, payments and names of every frequency, evenly over time."""
    rng, ways = Random(20), Random(21)
    location = make_location()
    manager = make_manager(location=location)
    names = (FREQUENT, ("Иванов", "Пётр", "Ильич"), ("Сидорова", "Мария", "Петровна"), RARE)
    people = [make_user(last_name=last, first_name=first, middle_name=middle) for last, first, middle in names]
    tariffs = [make_tariff(service=make_pool(location=location, capacity=1), unit=Unit.DAY) for _n in range(2)]
    orders, tickets = [], []
    for number in range(1, ROWS + 1):
        [person] = rng.choices(people, (60, 25, 14, 1))
        [status] = rng.choices((OrderStatus.COMPLETED, OrderStatus.CANCELLED, OrderStatus.EXPIRED), (90, 9, 1))
        [payment] = rng.choices((PaymentStatus.PAID, PaymentStatus.UNPAID, PaymentStatus.REFUNDED), (90, 8, 2))
        [tariff] = rng.choices(tariffs, (95, 5))
        [paid_by] = ways.choices(([PaymentMethod.ON_SITE], [PaymentMethod.ONLINE, PaymentMethod.ON_SITE]), (97, 3))
        period = Period(NOW, NOW + timedelta(hours=3)).shifted(timedelta(hours=4 * rng.randrange(-900, 900)))
        common: dict[str, Any] = {"tariff": tariff, "service": tariff.service, "period": period}
        orders.append(
            Order(
                **common,
                number=number,
                location=location,
                ticket_count=1,
                service_ids=[tariff.service_id],
                customer=person,
                customer_name=person.full_name,
                phone=person.phone,
                email=person.email or "",
                payment_method=rng.choice((PaymentMethod.ON_SITE, PaymentMethod.INVOICE)),
                payment_status=payment,
                paid_by=[] if payment == PaymentStatus.UNPAID else paid_by,
                status=status,
                created_by=manager,
                created_at=NOW,
            )
        )
        gone = TicketStatus.CANCELLED if status != OrderStatus.COMPLETED else TicketStatus.USED
        tickets.append(
            Ticket(**common, number=number, visitor=person, visitor_name=person.full_name, occupied=period, status=gone)
        )
    Order.objects.bulk_create(orders)
    Ticket.objects.bulk_create(tickets)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order, coworking_ticket, accounts_user")
    return location


@pytest.fixture(autouse=True)
def _limits_of_a_small_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scale the limits to this size, a tenth of the table."""
    monkeypatch.setattr(narrowing, "FEW", MOST - 1)  # one more is read to know that there are more
    for name in ("NEARBY", "FARTHER", "COMPARED"):
        monkeypatch.setattr(narrowing, name, MOST - 1)


def rows_read(sql: str, *, beside: str = COUNT) -> int:
    """Return how many rows of the lists' tables a query reads, including discarded ones, without those only counted."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql.removeprefix(ALONE)}")
        waiting = [cursor.fetchone()[0][0]["Plan"]]
    read = 0
    while waiting:
        node = waiting.pop()
        waiting += [plan for plan in node.get("Plans", []) if plan.get("Subplan Name") != beside]
        if node.get("Relation Name") in TABLES:
            seen = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
            read += int(sum(node.get(name, 0) for name in seen) * node["Actual Loops"])
    return read


def most_read_by_a_page(rows: narrowing.Narrowed[Any], sort: Sort) -> int:
    """Return the most rows read by a query for the first page, apart from the count of up to 5,000."""
    rows.count  # noqa: B018 - known before the page where an index has it in the order of every sort
    with CaptureQueriesContext(connection) as captured:
        rows.page(sort=sort)
    return max(rows_read(query["sql"]) for query in captured.captured_queries)


def asked(exact: list[dict[str, Any]], sorts: tuple[Sort, ...]) -> Iterator[tuple[dict[str, Any], Sort]]:
    """Yield each filter with every sort, and each pair of exact filters with one sort.

    A search is not sorted by name: its rows may be adjacent there, far from the beginning of the sort.
    """
    every = [pick_sort(sorts, f"{sign}{sort.name}") for sort in sorts for sign in ("", "-")]
    yield from product([{}, *exact, *DAYS], every)
    yield from product([{"text": text} for text in TEXTS], every[:4])
    pairs = (one | two for one, two in combinations(exact, 2) if not one.keys() & two.keys())
    yield from zip(pairs, cycle(every), strict=False)


def test_a_page_of_orders_reads_at_most_twenty_times_what_it_shows(location: Location) -> None:
    exact: list[dict[str, Any]] = [{"statuses": [status]} for status in OrderStatus]
    exact += [{"payments": [payment]} for payment in PaymentStatus]
    exact += [{"methods": [method]} for method in (PaymentMethod.INVOICE, PaymentMethod.ONLINE)]
    exact += [{"by_manager": True}]
    # Of a million orders nobody has more than can be read and sorted at once.
    exact += [{"customer": User.objects.get(last_name=RARE[0]).pk}]
    exact += [{"services": [pk]} for pk in Order.objects.values_list("service", flat=True).distinct()]
    read = {
        (str(wanted), sort.name): most_read_by_a_page(
            orders_of(location.pk, OrderFilter(**wanted), location.zone), sort
        )
        for wanted, sort in asked(exact, ORDER_SORTS)
    }
    assert {what: rows for what, rows in read.items() if rows > MOST} == {}


def test_a_page_of_tickets_reads_at_most_twenty_times_what_it_shows(location: Location) -> None:
    exact: list[dict[str, Any]] = [{"statuses": [status]} for status in TicketStatus]
    exact += [{"customer": User.objects.get(last_name=RARE[0]).pk}]
    exact += [{"services": [pk]} for pk in Ticket.objects.values_list("service", flat=True).distinct()]
    read = {
        (str(wanted), sort.name): most_read_by_a_page(
            tickets_of(location.pk, TicketFilter(**wanted), location.zone), sort
        )
        for wanted, sort in asked(exact, TICKET_SORTS)
    }
    assert {what: rows for what, rows in read.items() if rows > MOST} == {}


def test_the_card_of_a_customer_reads_their_rows_alone(location: Location) -> None:
    person = User.objects.get(last_name=RARE[0])
    User.objects.bulk_create(User(email=f"{number}@example.com") for number in range(ROWS))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_user")  # so many that one of them is not found by reading them all
    own = Order.objects.filter(customer=person).count()
    with CaptureQueriesContext(connection) as captured:
        assert known_person([location.pk], person.pk, location) == person
        card_of(person, location, at=NOW)
    read = [rows_read(query["sql"]) for query in captured.captured_queries]
    assert 0 < max(read) <= 4 * own < ROWS / 10


def test_control_without_the_facets_a_rare_status_reads_the_table(location: Location) -> None:
    everything = orders_of(location.pk, OrderFilter(), location.zone).rows
    with CaptureQueriesContext(connection) as captured:
        list(everything.filter(status=OrderStatus.EXPIRED).order_by("-pk")[:PAGE_SIZE])
    assert rows_read(captured.captured_queries[0]["sql"]) > MOST


def counted_and_read(location: Location, wanted: OrderFilter) -> tuple[int, int]:
    """Return how many orders match, and how many rows are read to count them."""
    with CaptureQueriesContext(connection) as captured:
        count, _is_more = orders_of(location.pk, wanted, location.zone).count
    return count, rows_read(captured.captured_queries[-1]["sql"], beside="")


def test_a_frequent_name_with_a_rare_status_is_counted_without_its_other_rows(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing, "FEW", 5)  # what fewer have is read as a whole
    wanted = OrderFilter(text="петров", statuses=[OrderStatus.EXPIRED])
    meant = Order.objects.filter(status=OrderStatus.EXPIRED, name_key__startswith=" петров").count()
    assert counted_and_read(location, wanted) == (meant, meant)

    monkeypatch.setattr(narrowing, "APART", 0)
    count, read = counted_and_read(location, wanted)
    assert (count, read > ROWS / 3) == (meant, True), "control: all of that name are read"


SEVERAL_WORDS = (
    "петров иван андреевич",
    "андреевич иван",
    "сид петровна",
    "ильич пётр иванов",
    "п п",
    "мария ильич",
    "gtnhjd bdfy",
)


@pytest.mark.parametrize(("few", "farther"), [(ROWS, 1), (0, ROWS), (0, 1)], ids=["at once", "nearby", "by condition"])
def test_several_words_mean_whoever_has_all_of_them(
    location: Location, monkeypatch: pytest.MonkeyPatch, few: int, farther: int
) -> None:
    for name, limit in (("FOUND", ROWS), ("FEW", few), ("FARTHER", farther), ("NEARBY", farther)):
        monkeypatch.setattr(narrowing, name, limit)
    orders = list(Order.objects.order_by("-pk").values_list("pk", "customer__name_key"))
    tickets = list(Ticket.objects.order_by("-pk").values_list("pk", "visitor__name_key"))
    for text in SEVERAL_WORDS:
        words = ("петров иван" if text.isascii() else fold(text)).split()
        both: tuple[tuple[narrowing.Narrowed[Any], list[tuple[int, str]]], ...] = (
            (orders_of(location.pk, OrderFilter(text=text), location.zone), orders),
            (tickets_of(location.pk, TicketFilter(text=text), location.zone), tickets),
        )
        for found, names in both:
            expected = [pk for pk, name in names if all(f" {word}" in name for word in words)]
            page = found.page(sort=ORDER_SORTS[0])
            assert [row.pk for row in page.rows] == expected[:PAGE_SIZE], text
            assert found.count == (len(expected), False), text
            assert sorted(found.all().values_list("pk", flat=True)) == sorted(expected), text


def test_rare_words_are_counted_without_other_rows(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    meant = Order.objects.filter(name_key=" цой анна").count()
    count, read = counted_and_read(location, OrderFilter(text="анна цой"))
    assert (count, read <= 2 * meant) == (meant, True)

    monkeypatch.setattr(lists, "has_beginnings", lambda *_words: Q(pk__gt=0))
    count, read = counted_and_read(location, OrderFilter(text="анна цой"))
    assert (count, read > ROWS / 3) == (meant, True), "control: without the index of beginnings every name is compared"


def test_frequent_words_with_a_rarer_status_are_compared_in_the_index(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing, "FEW", 5)  # what fewer have is read as a whole
    wanted = OrderFilter(text="п а", statuses=[OrderStatus.CANCELLED])
    cancelled = Order.objects.filter(status=OrderStatus.CANCELLED)
    meant = cancelled.filter(name_key=" петров иван андреевич").count()
    assert counted_and_read(location, wanted) == (meant, cancelled.count())

    monkeypatch.setattr(narrowing, "COMPARED", 10)
    count, read = counted_and_read(location, wanted)
    assert (count, read > ROWS / 3) == (meant, True), "control: all of that name are read"


def test_names_are_counted_without_those_behind_them(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowing, "FOUND", 100)
    count, read = counted_and_read(location, OrderFilter(text="п"))
    assert (count, read) == (100, 101)

    monkeypatch.setattr(lists, "begins_with", lambda field, text: Q((f"{field}__startswith", text)))
    count, read = counted_and_read(location, OrderFilter(text="п"))
    assert (count, read > 101) == (100, True), "control: LIKE looks through the names from «р» on"


def test_the_database_keeps_the_beginnings_that_are_looked_for() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coworking_name_beginnings(7, ' салтыков щедрин м')")
        [(kept,)] = cursor.fetchall()
        cursor.execute("SELECT coworking_name_beginnings(7, ' ')")
        [(none,)] = cursor.fetchall()
        cursor.execute("SELECT accounts_name_beginnings(' салтыков щедрин м'), accounts_name_beginnings(' ')")
        [people] = cursor.fetchall()
    words = ("салтыков", "щедрин", "м")
    expected = sorted(word[:length] for word in words for length in BEGINNINGS if length <= len(word))
    assert (sorted(kept), none) == ([f"7 {beginning}" for beginning in expected], None)
    assert (sorted(people[0]), people[1]) == (expected, None)


def test_one_process_of_the_database_looks_for_names(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FOUND", "FARTHER", "NEARBY"):
        monkeypatch.setattr(narrowing, name, 1)  # so that the page is not found nearby
    for sort in ORDER_SORTS:
        found = orders_of(location.pk, OrderFilter(text="п и"), location.zone)
        with CaptureQueriesContext(connection) as captured:
            found.page(sort=sort)
        by_index = [query["sql"] for query in captured.captured_queries if "coworking_name_beginnings" in query["sql"]]
        assert len(by_index) == 2, "to count them, and to sort them"
        assert [sql for sql in by_index if not sql.startswith(ALONE)] == []


@pytest.mark.parametrize("text", ["—", "😀", "- -", "_ _"])
def test_a_text_without_a_word_means_nobody(location: Location, text: str) -> None:
    found = (
        orders_of(location.pk, OrderFilter(text=text), location.zone),
        tickets_of(location.pk, TicketFilter(text=text), location.zone),
    )
    pages = [rows.page(sort=ORDER_SORTS[0]).rows for rows in found]
    assert (pages, [rows.count for rows in found], [rows.all().count() for rows in found]) == (
        [[], []],
        [(0, False), (0, False)],
        [0, 0],
    )
