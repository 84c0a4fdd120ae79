"""Row locks, always in one order: services by key, order, ticket, attempt, refund; receipts, requests and series last.

A new order is written before its services are locked: nobody else knows its row.

A lock is waited for at most three seconds; then Busy tells the person that somebody else works on the same.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from coworking.models import Ticket
from olvery.shared.refusals import Busy
from orders.models import ActSeries, OffsetReceipt, Order, PaymentAttempt, ProviderRequest, Refund

LOCK_NOT_AVAILABLE, DEADLOCK = "55P03", "40P01"
WAIT = "3s"


@contextmanager
def short_waits() -> Iterator[None]:
    """Open a transaction whose locks give up after three seconds. Raises Busy."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") in (LOCK_NOT_AVAILABLE, DEADLOCK):
            raise Busy from error
        raise


def lock_services(service_ids: Iterable[int]) -> None:
    """Lock services in the order of their keys: until the commit nobody else can take their places."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM coworking_service WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(service_ids)]
        )


def lock_order(number: int) -> Order:
    """Lock an order and return it as it is now."""
    return Order.objects.select_for_update(no_key=True).get(pk=number)


def lock_order_and_services(number: int) -> Order:
    """Lock the services of an order's tickets, then the order: for changes that take its places."""
    lock_services(Order.objects.values_list("service_ids", flat=True).get(pk=number))
    return lock_order(number)


def lock_ticket(number: int) -> Ticket:
    """Lock a ticket and return it as it is now, with service, location and tariff; lock its order first, if at all."""
    tickets = Ticket.objects.select_related("service__location", "tariff")
    return tickets.select_for_update(no_key=True, of=("self",)).get(pk=number)


def lock_attempt(attempt_id: int) -> PaymentAttempt:
    """Lock an attempt and return it as it is now; lock its order first."""
    return PaymentAttempt.objects.select_for_update(no_key=True).get(pk=attempt_id)


def lock_refund(refund_id: int) -> Refund:
    """Lock a refund and return it as it is now; lock its order and attempt first."""
    return Refund.objects.select_for_update(no_key=True).get(pk=refund_id)


def lock_offset_receipt(receipt_id: int) -> OffsetReceipt:
    """Lock an offset receipt and return it as it is now."""
    return OffsetReceipt.objects.select_for_update(no_key=True).get(pk=receipt_id)


def next_in_act_series(*, inn: str, year: int) -> ActSeries:
    """Return a company's series of a year with `last` moved on by one; nobody else moves it until the commit.

    In one statement, so that a number that was not used after all is the next one's: take it last.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_actseries AS series (inn, year, last) VALUES (%s, %s, 1)"
            " ON CONFLICT (inn, year) DO UPDATE SET last = series.last + 1 RETURNING id, last",
            [inn, year],
        )
        pk, last = cursor.fetchone()
    return ActSeries(pk=pk, inn=inn, year=year, last=last)


def lock_requests(requests: QuerySet[ProviderRequest]) -> list[int]:
    """Lock requests in the order of their keys and return these."""
    return list(requests.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
