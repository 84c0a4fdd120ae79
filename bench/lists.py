"""The lists of orders and tickets at two hundred thousand orders: every page as cheap as the first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from bench.generate import QUIET
from bench.measure import NOTHING_ASKED, Plan, Report, median_ms, plan_of, queries_of
from coworking.models import Location, PaymentMethod, Service, Ticket, TicketStatus
from olvery.demo.places import LOCATION_NAME
from olvery.shared.paging import COUNTED, PAGE_SIZE, Sort, count_up_to_limit, keyset_page
from orders.domain.queries.lists import OrderFilter, TicketFilter, orders_of, tickets_of
from orders.models import Order, OrderStatus, PaymentStatus
from orders.views.lists.order_list import SORTS as ORDER_SORTS
from orders.views.lists.ticket_list import SORTS as TICKET_SORTS

FAR_PAGE = 1000
MOST_ROWS = 50_000
TIMES = 5
F = TypeVar("F", OrderFilter, TicketFilter)


@dataclass(frozen=True, slots=True)
class Wanted(Generic[F]):
    """A filter with its name; `is_checked` says whether its plan must use an index.

    `words` are those of the people it means, to count what it has to find.
    """

    what: str
    filter: F
    is_checked: bool = False
    words: tuple[str, ...] = ()


def measure(report: Report) -> None:
    """Measure both lists."""
    location = Location.objects.get(name=LOCATION_NAME)
    _measure_orders(report, location)
    _measure_tickets(report, location)


def _measure_orders(report: Report, location: Location) -> None:
    def rows(wanted: OrderFilter, place: Location = location) -> QuerySet[Order]:
        return orders_of(place.pk, wanted, place.zone)

    count = Order.objects.count()
    report.title(f"Orders: list at {count:,}, ms", "page 1", f"page {FAR_PAGE:,}", "ratio", "rows read")
    for sort in ORDER_SORTS:
        _measure_pages(report, rows(OrderFilter()), sort, table="orders_order")
    report.title("Orders: filters and searches, ms", "page 1", "count", "found", "rows read")
    for wanted in _order_filters(location):
        _measure_filter(report, wanted, partial(rows, wanted.filter), "orders_order")
    quiet = Location.objects.get(name=QUIET)
    _measure_filter(
        report, Wanted("a quiet location", OrderFilter(), True), lambda: rows(OrderFilter(), quiet), "orders_order"
    )


def _measure_tickets(report: Report, location: Location) -> None:
    def rows(wanted: TicketFilter, place: Location = location) -> QuerySet[Ticket]:
        return tickets_of(place.pk, wanted, place.zone)

    count = Ticket.objects.count()
    report.title(f"Tickets: list at {count:,}, ms", "page 1", f"page {FAR_PAGE:,}", "ratio", "rows read")
    for sort in TICKET_SORTS:
        _measure_pages(report, rows(TicketFilter()), sort, table="coworking_ticket")
    report.title("Tickets: filters and searches, ms", "page 1", "count", "found", "rows read")
    for wanted in _ticket_filters(location):
        _measure_filter(report, wanted, partial(rows, wanted.filter), "coworking_ticket")
    quiet = Location.objects.get(name=QUIET)
    _measure_filter(
        report,
        Wanted("a quiet location", TicketFilter(), True),
        lambda: rows(TicketFilter(), quiet),
        "coworking_ticket",
    )


def _order_filters(location: Location) -> "list[Wanted[OrderFilter]]":
    order = Order.objects.filter(location=location).order_by("pk")[70_000]
    today = timezone.now().astimezone(location.zone).date()
    then = order.created_at.astimezone(location.zone).date()
    service = Service.objects.filter(location=location).order_by("position").last()
    assert service
    number, phone = str(order.pk), str(order.phone)
    return [
        Wanted("nothing", OrderFilter(), True),
        Wanted(f"number «{number}»", OrderFilter(text=number), True),
        Wanted("pasted address", OrderFilter(text=f"http://x/manage/orders/{number}/"), True),
        Wanted(f"last four digits «{phone[-4:]}»", OrderFilter(text=phone[-4:]), True),
        Wanted(f"seven digits «{phone[-7:]}»", OrderFilter(text=phone[-7:]), True),
        Wanted(f"phone «8{phone[2:]}»", OrderFilter(text=f"8{phone[2:]}"), True),
        Wanted("phone of nobody", OrderFilter(text="0000000000"), True),
        Wanted("name «петров»", OrderFilter(text="петров"), True, ("петров",)),
        Wanted("name «иванов ал»", OrderFilter(text="иванов ал"), True, ("иванов", "ал")),
        Wanted(f"name «{order.customer_name}»", OrderFilter(text=order.customer_name), True),
        Wanted("name of nobody", OrderFilter(text="щщщщ"), True),
        Wanted("e-mail", OrderFilter(text="petrov.ivan-1@"), True),
        Wanted("status confirmed", OrderFilter(statuses=[OrderStatus.CONFIRMED])),
        Wanted("status awaiting payment", OrderFilter(statuses=[OrderStatus.AWAITING_PAYMENT])),
        *(Wanted(f"payment {status}", OrderFilter(payments=[status]), True) for status in PaymentStatus),
        Wanted("method invoice", OrderFilter(methods=[PaymentMethod.INVOICE])),
        Wanted("one service", OrderFilter(services=[service.pk])),
        Wanted("today", OrderFilter(from_day=today, to_day=today)),
        Wanted("a week long ago", OrderFilter(from_day=then, to_day=then + timedelta(days=6))),
        Wanted("until a day long ago", OrderFilter(to_day=then - timedelta(days=900))),
        Wanted("created on a day long ago", OrderFilter(created_on=then)),
        Wanted("made by a manager", OrderFilter(by_manager=True)),
    ]


def _ticket_filters(location: Location) -> "list[Wanted[TicketFilter]]":
    ticket = Ticket.objects.filter(service__location=location).select_related("visitor").order_by("pk")[70_000]
    today = timezone.now().astimezone(location.zone).date()
    then = ticket.period.days(location.zone)[0]
    number, phone = str(ticket.pk), str(ticket.visitor.phone)
    return [
        Wanted("nothing", TicketFilter(), True),
        Wanted(f"number «{number}»", TicketFilter(text=number), True),
        Wanted("pasted address", TicketFilter(text=f"http://x/manage/coworking/tickets/{number}/"), True),
        Wanted(f"last four digits «{phone[-4:]}»", TicketFilter(text=phone[-4:]), True),
        Wanted(f"seven digits «{phone[-7:]}»", TicketFilter(text=phone[-7:]), True),
        Wanted(f"phone «8{phone[2:]}»", TicketFilter(text=f"8{phone[2:]}"), True),
        Wanted("name «петров»", TicketFilter(text="петров"), True, ("петров",)),
        Wanted("name «иванов ал»", TicketFilter(text="иванов ал"), True, ("иванов", "ал")),
        Wanted(f"name «{ticket.visitor_name}»", TicketFilter(text=ticket.visitor_name), True),
        Wanted("name of nobody", TicketFilter(text="щщщщ"), True),
        Wanted("status active", TicketFilter(statuses=[TicketStatus.ACTIVE])),
        Wanted("status held", TicketFilter(statuses=[TicketStatus.HELD])),
        Wanted("one service", TicketFilter(services=[ticket.service_id])),
        Wanted("today", TicketFilter(from_day=today, to_day=today)),
        Wanted("a week long ago", TicketFilter(from_day=then, to_day=then + timedelta(days=6))),
    ]


def _measure_pages(report: Report, rows: "QuerySet[Any]", sort: Sort, *, table: str) -> None:
    """Compare the first page with a far one, by the cursor at which the far one begins."""
    before = keyset_page(rows, sort=sort, size=PAGE_SIZE * (FAR_PAGE - 1))
    first = median_ms(lambda: keyset_page(rows, sort=sort), times=TIMES)
    far = median_ms(lambda: keyset_page(rows, sort=sort, older_than=before.older), times=TIMES)
    [sql] = queries_of(lambda: keyset_page(rows, sort=sort, older_than=before.older))
    plan = plan_of(sql)
    name = f"by {sort.name}"
    report.row(name, first, far, far / first, f"{plan.rows_read:,}", note=plan.indexes)
    report.expect_fast(first, f"{table} {name}, page 1")
    report.expect_fast(far, f"{table} {name}, page {FAR_PAGE}")
    if sort.is_by_key:
        _expect_index(report, f"{table} {name}, page {FAR_PAGE}", plan, table)


def _measure_filter(report: Report, wanted: "Wanted[Any]", rows: "Callable[[], QuerySet[Any]]", table: str) -> None:
    """Measure the page and the number beside it, as the view asks for them, the search for people included."""
    sort = (ORDER_SORTS if table == "orders_order" else TICKET_SORTS)[0]
    page = median_ms(lambda: keyset_page(rows(), sort=sort), times=TIMES)
    asked = rows()
    counted = median_ms(lambda: count_up_to_limit(asked), times=TIMES)
    found, _is_more = count_up_to_limit(asked)
    sent = queries_of(lambda: keyset_page(asked, sort=sort))
    plan = plan_of(sent[0]) if sent else NOTHING_ASKED  # nobody has the name, so no list is read
    report.row(wanted.what, page, counted, found, f"{plan.rows_read:,}", note=plan.indexes)
    report.expect_fast(page + counted, f"{table}, {wanted.what}")
    if wanted.is_checked:
        _expect_index(report, f"{table}, {wanted.what}", plan, table)
    if wanted.words:
        expected = min(COUNTED, _count_by_name(table, wanted.words))
        report.expect(found == expected, f"{table}, {wanted.what}: all {expected:,} are found, not {found:,}")


def _count_by_name(table: str, words: tuple[str, ...]) -> int:
    """Count the rows of the location whose person has these words in the name, by reading everything."""
    if len(words) == 1:
        named = f"(strpos(name_key, ' {words[0]}') = 1 OR strpos(given_key, '{words[0]}') = 1)"
    else:
        named = " AND ".join(f"strpos(name_key, ' {word}') > 0" for word in words)
    person = "customer_id" if table == "orders_order" else "visitor_id"
    sql = f"""
        SELECT count(*) FROM {table} row
        JOIN accounts_user person ON person.id = row.{person}
        JOIN coworking_service service ON service.id = row.service_id
        JOIN coworking_location location ON location.id = service.location_id
        WHERE location.name = %s AND person.is_active AND {named}
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [LOCATION_NAME])
        return int(cursor.fetchone()[0])


def _expect_index(report: Report, name: str, plan: Plan, table: str) -> None:
    report.expect(not plan.scans_all_of(table), f"{name}: no sequential scan of {table}")
    report.expect(plan.rows_read <= MOST_ROWS, f"{name}: at most {MOST_ROWS:,} rows read, not {plan.rows_read:,}")
