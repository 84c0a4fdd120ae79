"""Storing a request to the provider; `operations` sends what is stored here."""

from datetime import datetime, timedelta

from olvery.shared.jobs import later
from orders.domain.gateway import Call
from orders.models import OffsetReceipt, Payment, ProviderOperation, Refund

SEND = "orders.send_operation"


def queue_operation(
    call: Call,
    *,
    at: datetime,
    payment: Payment | None = None,
    refund: Refund | None = None,
    receipt: OffsetReceipt | None = None,
    wait: timedelta = timedelta(0),
) -> ProviderOperation:
    """Store a request within the current transaction; a job sends it unless somebody else has by then."""
    operation = ProviderOperation.objects.create(
        payment=payment,
        refund=refund,
        receipt=receipt,
        path=call.path,
        body=call.body,
        created_at=at,
        next_attempt_at=at,
    )
    later(SEND, at=at + wait if wait else None, operation_id=operation.pk)
    return operation
