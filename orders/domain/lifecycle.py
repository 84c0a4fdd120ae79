"""What the clock does to orders that are paid for."""

import logging
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Exists, OuterRef

from coworking.models import Ticket, TicketStatus
from olvery.shared.batches import one_by_one
from orders.domain import locks
from orders.domain.gateway import Gateway, ReceiptWish
from orders.domain.moves import MoveRefused, move_order
from orders.domain.outbox import queue_operation
from orders.domain.refunds import positions_of
from orders.models import OffsetReceipt, Order, OrderLine, OrderStatus, Payment
from orders.models.payment import returned_of

log = logging.getLogger(__name__)

BATCH = 200


def complete_finished(gateway: Gateway | None, at: datetime) -> int:
    """Close tickets whose period is over, and orders whose last ticket is; return how many orders.

    Until visits are recorded, an active ticket counts as used when its time is over. The offset receipt of a
    prepaid order follows where the settings ask for it and a shop is connected.
    """
    Ticket.objects.filter(status=TicketStatus.ACTIVE, period__endswith__lte=at).update(status=TicketStatus.USED)
    still_open = OrderLine.objects.filter(order=OuterRef("pk"), ticket__status=TicketStatus.ACTIVE)
    finished = Order.objects.filter(status=OrderStatus.CONFIRMED, period__endswith__lte=at).exclude(Exists(still_open))
    due = finished.order_by("number")[:BATCH]
    return one_by_one(due, lambda order, moment: _complete(order, gateway, at=moment), at=at)


def _complete(order: Order, gateway: Gateway | None, *, at: datetime) -> bool:
    try:
        with locks.short_waits():
            move_order(order, OrderStatus.COMPLETED, by=None, at=at)
            if gateway and settings.YOOKASSA_OFFSET_RECEIPTS:
                _write_offset_receipts(order, gateway, at=at)
    except MoveRefused as refusal:  # cancelled at this very moment
        log.info("order %s is not completed now: %s", order.pk, refusal)
        return False
    return True


def _write_offset_receipts(order: Order, gateway: Gateway, *, at: datetime) -> None:
    paid = order.payments.filter(status=Payment.Status.SUCCEEDED, offset_receipt=None)
    for payment in [locks.lock_payment(pk) for pk in paid.order_by("pk").values_list("pk", flat=True)]:
        left = Decimal(payment.amount - returned_of(payment))
        if left <= 0 or not payment.receipt_items:
            continue
        receipt = OffsetReceipt.objects.create(payment=payment, amount=left, created_at=at)
        call = gateway.receipt_call(
            ReceiptWish(
                payment_id=payment.provider_id or "",
                amount=left,
                email=payment.email or order.email,
                phone=str(order.phone),
                items=tuple(positions_of(payment, left).values()),
            )
        )
        queue_operation(call, receipt=receipt, at=at)
