"""The books of the season: invoices, and money taken at the desk or by transfer."""

from collections.abc import Iterable, Iterator
from random import Random
from uuid import UUID

from accounts.models import User
from olvery.demo.companies import read_buyers
from olvery.demo.places import Site
from olvery.demo.season import Booking, Movement
from olvery.shared.money import to_kopecks
from orders.documents.issued import contents_of
from orders.domain.money.tax import tax_at
from orders.models import EntryKind, EventKind, IssuedInvoice, LedgerEntry, Order, OrderEvent, OrderLine

Sold = tuple[Order, Booking, list[OrderLine]]


def write_books(sold: Iterable[Sold], site: Site, manager: User, *, rng: Random) -> Iterator[OrderEvent]:
    """Save the invoices and the ledger of saved orders, and yield what their history tells of it."""
    rows = list(sold)
    invoices = sorted(_invoices(rows, site, manager), key=lambda invoice: invoice.issued_at)
    for invoice in IssuedInvoice.objects.bulk_create(invoices):
        facts = {"number": invoice.pk, "sum": str(invoice.amount), "to": invoice.buyer_name}
        yield OrderEvent(
            order=invoice.order, kind=EventKind.INVOICE_ISSUED, at=invoice.issued_at, by=manager, data=facts
        )
    moved = [(order, movement) for order, booking, _lines in rows for movement in booking.movements]
    moved.sort(key=lambda row: row[1].at)
    LedgerEntry.objects.bulk_create(_entry(order, movement, manager, rng) for order, movement in moved)
    for order, movement in moved:
        yield _event(order, movement, manager)


def _invoices(sold: Iterable[Sold], site: Site, manager: User) -> Iterator[IssuedInvoice]:
    buyers = read_buyers()
    for order, booking, lines in sold:
        if booking.invoiced_at:
            buyer, total = buyers[booking.customer.company], booking.price.total
            tax = tax_at(site.location, at=booking.invoiced_at)
            yield IssuedInvoice(
                order=order,
                amount=total,
                buyer_name=buyer.name,
                buyer_inn=buyer.inn,
                buyer_kpp=buyer.kpp,
                buyer_address=buyer.address,
                contents=contents_of(order, site.seller, tax, lines, total),
                issued_at=booking.invoiced_at,
                issued_by=manager,
            )


def _entry(order: Order, movement: Movement, manager: User, rng: Random) -> LedgerEntry:
    return LedgerEntry(
        order=order,
        kind=EntryKind.CHARGE if movement.amount > 0 else EntryKind.REFUND,
        method=order.payment_method,
        amount=movement.amount,
        at=movement.at,
        recorded_at=movement.at,
        by=manager,
        document=movement.document,
        reason=movement.reason,
        form_token=UUID(int=rng.getrandbits(128), version=4),
    )


def _event(order: Order, movement: Movement, manager: User) -> OrderEvent:
    total = str(to_kopecks(abs(movement.amount)))
    return OrderEvent(
        order=order,
        kind=EventKind.PAID if movement.amount > 0 else EventKind.REFUNDED,
        at=movement.at,
        by=manager,
        reason=movement.reason,
        data={"sum": total, "method": order.payment_method, "document": movement.document},
    )
