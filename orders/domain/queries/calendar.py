"""What the calendar shows of orders."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from olvery.shared.periods import Period
from olvery.shared.written import Written
from orders.models import LineKind, OrderLine, PaymentStatus

OPEN = (PaymentStatus.UNPAID, PaymentStatus.PENDING, PaymentStatus.PARTLY_PAID)


@dataclass(frozen=True, slots=True)
class OrderOfTicket:
    number: int
    payment_status: PaymentStatus

    @property
    def is_unpaid(self) -> bool:
        """Whether money for it is still outstanding."""
        return self.payment_status in OPEN


_LINES = Written(
    lambda numbers: OrderLine.objects.filter(kind=LineKind.TARIFF, ticket__pk__any=numbers).values_list(
        "ticket_id", "order_id", "order__payment_status"
    ),
    numbers=[-1],
)


def orders_of_tickets(numbers: Collection[int]) -> dict[int, OrderOfTicket]:
    """Return the order of each of these tickets, by the ticket's number. One query."""
    rows = _LINES(numbers=list(numbers)) if numbers else []
    return {ticket: OrderOfTicket(order, status) for ticket, order, status in rows if ticket}


# Computed from the versions of the rows and their positions: any change is seen, and writers need not maintain
# anything.
_VERSION = """
SELECT md5(coalesce(string_agg(seen, ' ' ORDER BY seen), '')) FROM (
    SELECT concat_ws('.', ticket.number, ticket.xmin, ticket.ctid, booked.xmin, booked.ctid) AS seen
    FROM coworking_ticket AS ticket
    LEFT JOIN orders_orderline AS line
        ON %(in_detail)s AND line.ticket_id = ticket.number AND line.kind = 'tariff'
    LEFT JOIN orders_order AS booked ON booked.number = line.order_id
    WHERE ticket.location_id = %(location)s::bigint AND ticket.period && %(within)s
    UNION ALL
    SELECT concat_ws('.', 'block', block.id, block.xmin, block.ctid)
    FROM coworking_block AS block JOIN coworking_service AS service ON service.id = block.service_id
    WHERE service.location_id = %(location)s::bigint AND block.period && %(within)s
    UNION ALL
    SELECT concat_ws('.', 'visit', visit.id, visit.xmin, visit.ctid)
    FROM coworking_visit AS visit
    WHERE %(in_detail)s AND visit.location_id = %(location)s::bigint
      AND visit.arrived_at >= lower(%(within)s::tstzrange) - interval '1 day'
      AND visit.arrived_at < upper(%(within)s::tstzrange)
) AS rows
"""


def version_of(location_id: int, within: Period, *, in_detail: bool) -> str:
    """Return a digest of the tickets and blocks of a period that differs after any change.

    With details it also covers the orders of the tickets, and who came and left.

    Call it before reading what is shown, so that a change in between is seen the next time. One query.
    """
    values: dict[str, Any] = {"location": location_id, "within": within.to_range(), "in_detail": in_detail}
    with connection.cursor() as cursor:
        cursor.execute(_VERSION, values)
        return str(cursor.fetchone()[0])
