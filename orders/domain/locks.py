"""Row locks, always in one order: services by key, wish that waits, order, ticket, attempt, refund.

Receipts, requests and series come last.

An order's place in a bulk action comes before all of these.

A promo code or a pass is locked after its order, a company after these, and the holder of one of them waits for
no lock of another order.

A new order is written before its services are locked: nobody else knows its row.

Merging and erasing lock the people, or the companies, by key before anything of theirs.

We wait at most three seconds for a lock; then Busy tells the person that somebody else is working on the same.
"""

from collections.abc import Iterable
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet

from accounts.models import Company
from coworking.domain.locks import (  # noqa: F401 - the lower app's: whoever locks in this one knows one module
    lock_location,
    lock_people,
    lock_person,
    lock_services,
    lock_waiting,
    short_waits,
)
from coworking.models import Ticket
from olvery.shared.written import Written
from orders.models import (
    ActSeries,
    BulkItem,
    OffsetReceipt,
    Order,
    Pass,
    PaymentAttempt,
    PromoCode,
    ProviderRequest,
    Refund,
)

Row = TypeVar("Row", bound=Model)


_ORDER = Written(lambda pk: Order.objects.select_for_update(no_key=True).filter(pk=pk), pk=-1)
_ATTEMPT = Written(lambda pk: PaymentAttempt.objects.select_for_update(no_key=True).filter(pk=pk), pk=-1)


def _locked(query: Written[Row], model: type[Row], pk: int) -> Row:
    """Return the row of a query that locks it. Raises its model's DoesNotExist."""
    if transaction.get_autocommit():  # Django looks when it writes a query, so only once for a written one
        raise transaction.TransactionManagementError("a lock outside of a transaction ends at once")
    for row in query(pk=pk):
        return row
    raise model.DoesNotExist  # type: ignore[attr-defined]


def lock_bulk_item(item_id: int) -> BulkItem:
    """Lock an order's place in a bulk action and return it as it is now, with the action and who asked for it."""
    items = BulkItem.objects.select_related("action__by")
    return items.select_for_update(no_key=True, of=("self",)).get(pk=item_id)


def lock_order(number: int) -> Order:
    """Lock an order and return it as it is now."""
    return _locked(_ORDER, Order, number)


def lock_orders(numbers: Iterable[int]) -> list[int]:
    """Lock orders by ascending number and return them."""
    found = Order.objects.select_for_update(no_key=True).filter(pk__in=numbers)
    return list(found.order_by("pk").values_list("pk", flat=True))


def lock_order_and_services(number: int) -> Order:
    """Lock the services of an order's tickets, then the order: for changes that take its places."""
    lock_services(Order.objects.values_list("service_ids", flat=True).get(pk=number))
    return lock_order(number)


def lock_ticket(number: int) -> Ticket:
    """Lock a ticket and return it as it is now, with service, location and tariff; lock its order before, if needed."""
    tickets = Ticket.objects.select_related("service__location", "tariff")
    return tickets.select_for_update(no_key=True, of=("self",)).get(pk=number)


def lock_tickets(numbers: Iterable[int]) -> None:
    """Lock tickets by ascending number: until the commit nobody can check in on one of them."""
    tickets = Ticket.objects.select_for_update(no_key=True).filter(pk__in=list(numbers)).order_by("pk")
    list(tickets.values_list("pk", flat=True))


def lock_promo_code(code_id: int) -> PromoCode:
    """Lock a promo code and return it as it is now: until the commit nobody else takes a use of it."""
    return PromoCode.objects.select_for_update(no_key=True).get(pk=code_id)


def lock_pass(number: int) -> Pass:
    """Lock a pass and return it as it is now: until the commit nobody else uses any of it."""
    return Pass.objects.select_for_update(no_key=True).get(pk=number)


def lock_company(company_id: int) -> Company:
    """Lock a company and return it as it is now."""
    return Company.objects.select_for_update(no_key=True).get(pk=company_id)


def lock_companies(company_ids: Iterable[int]) -> dict[int, Company]:
    """Lock companies by ascending key, so that nobody joins them, and return them by key."""
    companies = Company.objects.select_for_update().filter(pk__in=list(company_ids)).order_by("pk")
    return {company.pk: company for company in companies}


def lock_attempt(attempt_id: int) -> PaymentAttempt:
    """Lock an attempt and return it as it is now; lock its order first."""
    return _locked(_ATTEMPT, PaymentAttempt, attempt_id)


def lock_refund(refund_id: int) -> Refund:
    """Lock a refund and return it as it is now; lock its order and attempt first."""
    return Refund.objects.select_for_update(no_key=True).get(pk=refund_id)


def lock_offset_receipt(receipt_id: int) -> OffsetReceipt:
    """Lock an offset receipt and return it as it is now."""
    return OffsetReceipt.objects.select_for_update(no_key=True).get(pk=receipt_id)


def next_in_act_series(*, inn: str, year: int) -> ActSeries:
    """Return a company's series of a year with `last` increased by one; nobody else can increase it until the commit.

    A rollback releases the number, so the series has no gaps. Take it last.
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
    """Lock requests by ascending key and return them."""
    return list(requests.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
