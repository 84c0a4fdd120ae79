"""Storing requests to the provider; `sending` sends them."""

from datetime import datetime, timedelta

from olvery.shared.jobs import later
from orders.domain.online.gateway import Call
from orders.models import OffsetReceipt, PaymentAttempt, ProviderRequest, Refund

SEND = "orders.send_request"


def queue_request(
    call: Call,
    *,
    at: datetime,
    attempt: PaymentAttempt | None = None,
    refund: Refund | None = None,
    receipt: OffsetReceipt | None = None,
    wait: timedelta = timedelta(0),
) -> ProviderRequest:
    """Store a request in the current transaction; a job sends it unless somebody else has sent it by then."""
    request = ProviderRequest.objects.create(
        attempt=attempt,
        refund=refund,
        receipt=receipt,
        path=call.path,
        body=call.body,
        created_at=at,
        next_try_at=at,
    )
    later(SEND, at=at + wait if wait else None, request_id=request.pk)
    return request
