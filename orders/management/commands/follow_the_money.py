"""`manage.py follow_the_money`: requests to send, payments, refunds and receipts to ask about."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from orders.domain.online import fulfilment, offset_receipts, payments, polling, refunds, sending
from orders.domain.online.gateway import Gateway
from orders.management.money import NO_SHOP, MoneyCommand
from orders.models import OffsetReceipt, PaymentAttempt, Refund


class Command(MoneyCommand):
    """Runs the periodic job of the same name by hand."""

    help = "Send unsent requests to YooKassa, and ask about pending payments, refunds and receipts."

    def work(self, shop: Gateway | None, *, at: datetime) -> Iterator[str]:
        if shop is None:
            yield NO_SHOP
            return
        yield f"Requests tried: {sending.send_due(shop, at=at)}."
        yield f"Payments asked about: {payments.check_payments(shop, at=at)}."
        yield f"Payments that waited for their places fulfilled: {fulfilment.fulfil_waiting(shop, at=at)}."
        yield f"Refunds asked about: {refunds.check_refunds(shop, at=at)}."
        yield f"Receipts asked about: {offset_receipts.check_receipts(shop, at=at)}."

    def preview(self, shop: Gateway | None, *, at: datetime) -> Iterator[str]:
        if shop is None:
            yield NO_SHOP
            return
        for request in sending.due_requests(at):
            yield f"To send: {request}, tried {request.tries} times."
        for attempt in polling.due(PaymentAttempt, at):
            yield f"To ask about: payment {attempt}, {attempt.status}."
        with transaction.atomic():
            waiting = fulfilment.fulfil_waiting(shop, at=at)
            transaction.set_rollback(True)
        yield f"Payments that wait for their places: {waiting}."
        for refund in polling.due(Refund, at).select_related("attempt"):
            yield f"To ask about: refund {refund.pk} of payment {refund.attempt}, {refund.status}."
        for receipt in polling.due(OffsetReceipt, at).select_related("attempt"):
            yield f"To ask about: receipt of payment {receipt.attempt}."
