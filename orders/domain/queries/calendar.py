"""What the calendar shows of orders."""

from collections.abc import Collection
from dataclasses import dataclass

from orders.models import LineKind, OrderLine, PaymentStatus

OPEN = (PaymentStatus.UNPAID, PaymentStatus.PENDING, PaymentStatus.PARTLY_PAID)


@dataclass(frozen=True, slots=True)
class OrderOfTicket:
    """The order that a ticket belongs to."""

    number: int
    payment_status: PaymentStatus

    @property
    def is_unpaid(self) -> bool:
        """Whether money for it is still to come."""
        return self.payment_status in OPEN


def orders_of_tickets(numbers: Collection[int]) -> dict[int, OrderOfTicket]:
    """Return the order of each of these tickets, by the ticket's number. One query."""
    lines = OrderLine.objects.filter(kind=LineKind.TARIFF, ticket__in=list(numbers))
    rows = lines.values_list("ticket_id", "order_id", "order__payment_status")
    return {ticket: OrderOfTicket(order, status) for ticket, order, status in rows if ticket}
