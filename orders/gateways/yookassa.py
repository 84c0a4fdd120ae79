"""YooKassa: the SDK's models shape the requests, our own transport sends them, we parse the answers."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from yookassa.domain.request import PaymentRequest, ReceiptRequest, RefundRequest

from orders.domain.online.gateway import (
    PATIENCE,
    Answer,
    Call,
    OutcomeUnknown,
    PaymentSnapshot,
    PaymentWish,
    ReceiptSnapshot,
    ReceiptWish,
    RefundSnapshot,
    RefundWish,
    Wish,
)
from orders.gateways import answers, shapes
from orders.gateways.transport import Pause, Transport

PAYMENTS, REFUNDS, RECEIPTS = "/payments", "/refunds", "/receipts"
PAGE = 100

READERS: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
    PAYMENTS: answers.read_payment,
    REFUNDS: answers.read_refund,
    RECEIPTS: answers.read_receipt,
}

Snapshot = TypeVar("Snapshot", PaymentSnapshot, RefundSnapshot, ReceiptSnapshot)


class YooKassa:
    """The gateway to one shop at YooKassa. Holds no state except connections; thread-safe."""

    def __init__(self, *, shop_id: str, secret_key: str, api_url: str, pause: Pause | None = None) -> None:
        self.shop_id = shop_id
        self.is_test = secret_key.startswith("test_")
        self._transport = Transport(shop_id=shop_id, secret_key=secret_key, api_url=api_url, pause=pause)

    def call(self, wish: Wish) -> Call:
        """Freeze the request that creates the wished object. Raises ValueError if it cannot be sent."""
        match wish:
            case PaymentWish():
                return shapes.frozen(PAYMENTS, _checked(PaymentRequest(shapes.payment_body(wish))))
            case RefundWish():
                return shapes.frozen(REFUNDS, _checked(RefundRequest(shapes.refund_body(wish))))
            case ReceiptWish():
                return shapes.frozen(RECEIPTS, _checked(ReceiptRequest(shapes.receipt_body(wish))))

    def send(self, call: Call, *, key: str, patience: timedelta) -> Answer:
        """Send a frozen request, byte for byte as it was stored. Raises a GatewayError."""
        if call.path not in READERS:
            raise ValueError(f"Nothing is created at {call.path!r}.")
        sent = self._transport.post(call.path, call.body, key=shapes.idempotence_key(key), patience=patience)
        return _read(call.path, READERS[call.path], sent)

    def payment(self, payment_id: str, *, patience: timedelta) -> PaymentSnapshot:
        """Ask for a payment. Raises a GatewayError, and ValueError for a malformed id."""
        return self._one(PAYMENTS, shapes.object_id(payment_id), answers.read_payment, patience)

    def refund(self, refund_id: str, *, patience: timedelta) -> RefundSnapshot:
        """Ask for a refund. Raises a GatewayError, and ValueError for a malformed id."""
        return self._one(REFUNDS, shapes.object_id(refund_id), answers.read_refund, patience)

    def receipt(self, receipt_id: str, *, patience: timedelta) -> ReceiptSnapshot:
        """Ask for a receipt. Raises a GatewayError, and ValueError for a malformed id."""
        return self._one(RECEIPTS, shapes.receipt_id(receipt_id), answers.read_receipt, patience)

    def payments_since(
        self, moment: datetime, *, until: datetime | None = None, patience: timedelta = PATIENCE
    ) -> Iterator[PaymentSnapshot]:
        """Yield the shop's payments created in between, newest first. Raises a GatewayError on the way."""
        return self._pages(PAYMENTS, _created(moment, until), answers.read_payment, patience)

    def refunds_since(
        self, moment: datetime, *, until: datetime | None = None, patience: timedelta = PATIENCE
    ) -> Iterator[RefundSnapshot]:
        """Yield the shop's refunds created in between, newest first. Raises a GatewayError on the way."""
        return self._pages(REFUNDS, _created(moment, until), answers.read_refund, patience)

    def refunds_of(self, payment_id: str, *, patience: timedelta) -> Iterator[RefundSnapshot]:
        """Yield the refunds of a payment, newest first. Raises a GatewayError, and ValueError for a malformed id."""
        return self._pages(REFUNDS, {"payment_id": shapes.object_id(payment_id)}, answers.read_refund, patience)

    def receipts_of(self, payment_id: str, *, patience: timedelta) -> Iterator[ReceiptSnapshot]:
        """Yield the receipts of a payment, newest first. Raises a GatewayError, and ValueError for a malformed id."""
        return self._pages(RECEIPTS, {"payment_id": shapes.object_id(payment_id)}, answers.read_receipt, patience)

    def close(self) -> None:
        """Close the connections of the calling thread."""
        self._transport.close()

    def _one(
        self, path: str, known_id: str, read: Callable[[Mapping[str, Any]], Snapshot], patience: timedelta
    ) -> Snapshot:
        snapshot = _read(path, read, self._transport.get(f"{path}/{known_id}", patience=patience))
        if snapshot.id != known_id:
            raise OutcomeUnknown(f"GET {path}: asked for {known_id}, got {snapshot.id}", status=200)
        return snapshot

    def _pages(
        self, path: str, wanted: dict[str, str], read: Callable[[Mapping[str, Any]], Snapshot], patience: timedelta
    ) -> Iterator[Snapshot]:
        query = {**wanted, "limit": str(PAGE)}
        seen = {""}
        while True:
            page = self._transport.get(path, query, patience=patience)
            items, cursor = _read(path, answers.read_page, page)
            for item in items:
                yield _read(path, read, item)
            if not cursor:
                return
            if cursor in seen:
                raise OutcomeUnknown(f"GET {path}: the list goes round in circles", status=200)
            seen.add(cursor)
            query = {**query, "cursor": cursor}


def _created(moment: datetime, until: datetime | None) -> dict[str, str]:
    within = {"created_at.gte": shapes.wire_moment(moment)}
    return {**within, "created_at.lte": shapes.wire_moment(until)} if until else within


Read = TypeVar("Read")


def _read(path: str, read: Callable[[Mapping[str, Any]], Read], content: Mapping[str, Any]) -> Read:
    """Parse an answer; an unreadable one says nothing about what happened."""
    try:
        return read(content)
    except answers.MalformedAnswer as error:
        raise OutcomeUnknown(f"{path}: the answer's {error} is malformed", status=200) from None


def _checked(request: Any) -> dict[str, Any]:
    """Return the body of an SDK request, validated by the SDK."""
    request.validate()
    body = dict(request)
    # Duplicates the receipt's contact; the provider's description of the request does not have it.
    body.pop("email", None)
    body.pop("phone", None)
    for position in body.get("receipt", body).get("items", ()):
        position["quantity"] = shapes.wire_quantity(Decimal(position["quantity"]))  # the SDK writes it as text
    return body
