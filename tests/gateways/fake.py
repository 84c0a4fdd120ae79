"""The provider in memory, for tests of the domain: the same rules, no network, a payer that obeys.

It passes the same contract tests as YooKassa against the sandbox. Actions of the payer, the bank and the shop's
cabinet are methods here; `fail_next` injects errors on the way.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Literal, TypeVar

from django.utils import timezone

from orders.domain.online.gateway import (
    PATIENCE,
    Answer,
    Call,
    GatewayError,
    PaymentSnapshot,
    PaymentWish,
    ReceiptSnapshot,
    ReceiptWish,
    RefundSnapshot,
    RefundWish,
    Rejected,
    Wish,
)
from orders.gateways import shapes

PAY_PAGE = "https://yoomoney.ru/checkout/payments/v2/contract"
PENDING_FOR = timedelta(hours=1)
KEYS_LIVE = timedelta(hours=24)
REGISTERED_AFTER = timedelta(seconds=1)
LEAST = Decimal("1.00")

Snapshot = TypeVar("Snapshot")


@dataclass(frozen=True, slots=True)
class Sent:
    """A request to the provider, whatever its outcome."""

    method: str
    path: str
    key: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class _Fault:
    error: GatewayError
    when: Literal["before", "after"]
    path: str


@dataclass(frozen=True, slots=True)
class _Answered:
    call: Call
    answer: Answer
    at: datetime


class FakeGateway:
    """A shop at a provider, both in this object. Thread-safe."""

    def __init__(
        self,
        *,
        shop_id: str = "100500",
        is_test: bool = True,
        now: Callable[[], datetime] = timezone.now,
        refunds_stay_pending: bool = False,
        first_number: int = 1,
    ) -> None:
        self.shop_id = shop_id
        self.is_test = is_test
        self.refunds_stay_pending = refunds_stay_pending
        self.journal: list[Sent] = []
        self._now = now
        self._numbers = count(first_number)  # two shops share no ids
        self._payments: dict[str, PaymentSnapshot] = {}
        self._refunds: dict[str, RefundSnapshot] = {}
        self._receipts: dict[str, ReceiptSnapshot] = {}
        self._answers: dict[str, _Answered] = {}
        self._registers_at: dict[str, datetime] = {}
        self._faults: list[_Fault] = []
        self._lock = threading.RLock()

    # Requests of a shop

    def call(self, wish: Wish) -> Call:
        """Freeze the request that creates the wished object. Raises ValueError."""
        match wish:
            case PaymentWish():
                return shapes.frozen("/payments", shapes.payment_body(wish))
            case RefundWish():
                return shapes.frozen("/refunds", shapes.refund_body(wish))
            case ReceiptWish():
                return shapes.frozen("/receipts", shapes.receipt_body(wish))

    def send(self, call: Call, *, key: str, patience: timedelta) -> Answer:
        """Carry out a frozen request once per key; a repeated one gets the first answer."""
        makers: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "/payments": self._make_payment,
            "/refunds": self._make_refund,
            "/receipts": self._make_receipt,
        }
        if call.path not in makers:
            raise ValueError(f"Nothing is created at {call.path!r}.")
        with self._request("POST", call.path, shapes.idempotence_key(key), call.body):
            known = self._answers.get(key)
            if known is None or known.at + KEYS_LIVE <= self._now():
                known = _Answered(call, makers[call.path](json.loads(call.body)), self._now())
                self._answers[key] = known
            elif known.call != call:
                raise _illegal("Idempotence key duplicated", "Idempotence-Key")
            return known.answer

    def payment(self, payment_id: str, *, patience: timedelta) -> PaymentSnapshot:
        """Return a payment as it is now."""
        return self._one("/payments", self._payments, shapes.object_id(payment_id))

    def refund(self, refund_id: str, *, patience: timedelta) -> RefundSnapshot:
        """Return a refund as it is now."""
        return self._one("/refunds", self._refunds, shapes.object_id(refund_id))

    def receipt(self, receipt_id: str, *, patience: timedelta) -> ReceiptSnapshot:
        """Return a receipt as it is now."""
        return self._one("/receipts", self._receipts, shapes.receipt_id(receipt_id))

    def payments_since(
        self, moment: datetime, *, until: datetime | None = None, patience: timedelta = PATIENCE
    ) -> Iterator[PaymentSnapshot]:
        """Yield the payments created in between, newest first."""
        shapes.wire_moment(moment)
        with self._request("GET", "/payments"):
            found = [one for one in self._payments.values() if moment <= one.created_at <= (until or one.created_at)]
        yield from reversed(found)

    def refunds_since(
        self, moment: datetime, *, until: datetime | None = None, patience: timedelta = PATIENCE
    ) -> Iterator[RefundSnapshot]:
        """Yield the refunds created in between, newest first."""
        shapes.wire_moment(moment)
        with self._request("GET", "/refunds"):
            found = [one for one in self._refunds.values() if moment <= one.created_at <= (until or one.created_at)]
        yield from reversed(found)

    def refunds_of(self, payment_id: str, *, patience: timedelta) -> Iterator[RefundSnapshot]:
        """Yield the refunds of a payment, newest first."""
        shapes.object_id(payment_id)
        with self._request("GET", "/refunds"):
            found = [one for one in self._refunds.values() if one.payment_id == payment_id]
        yield from reversed(found)

    def receipts_of(self, payment_id: str, *, patience: timedelta) -> Iterator[ReceiptSnapshot]:
        """Yield the receipts that the shop has sent of a payment, newest first."""
        shapes.object_id(payment_id)
        with self._request("GET", "/receipts"):
            found = [one for one in self._receipts.values() if one.payment_id == payment_id]
        yield from reversed(found)

    # Actions of others

    def pay(self, payment_id: str, method: str = "Bank card *4477") -> PaymentSnapshot:
        """Let the payer pay. Raises ValueError unless the payment waits for it."""
        with self._lock:
            paid = self._settled(payment_id, status="succeeded", captured_at=self._now(), method_title=method)
            if paid.receipt_registration:
                self._registers_at[payment_id] = self._now() + REGISTERED_AFTER
            return paid

    def decline(
        self, payment_id: str, reason: str = "general_decline", party: str = "payment_network"
    ) -> PaymentSnapshot:
        """Let the bank decline. Raises ValueError unless the payment waits for it."""
        with self._lock:
            receipt = "canceled" if self._payments[payment_id].receipt_registration else ""
            return self._settled(
                payment_id, status="canceled", cancel_party=party, cancel_reason=reason, receipt_registration=receipt
            )

    def alter(self, payment_id: str, **facts: Any) -> PaymentSnapshot:
        """Make the provider report other facts about a payment, such as another sum, from now on."""
        with self._lock:
            self._payments[payment_id] = replace(self._payments[payment_id], **facts)
            return self._payments[payment_id]

    def external_refund(self, payment_id: str, amount: Decimal) -> RefundSnapshot:
        """Return money by hand in the shop's cabinet. Raises Rejected like a refund of ours."""
        with self._lock:
            return self._add_refund(payment_id, amount, metadata={}, has_receipt=False, stays_pending=False)

    def settle_refund(self, refund_id: str, status: str = "succeeded", reason: str = "") -> RefundSnapshot:
        """Let the bank decide on a pending refund. Raises ValueError for a decided one."""
        with self._lock:
            refund = self._refunds[refund_id]
            if refund.status != "pending":
                raise ValueError(f"The refund is {refund.status}.")
            self._refunds[refund_id] = refund = replace(
                refund,
                status=status,
                cancel_party="yoo_money" if status == "canceled" else "",
                cancel_reason=(reason or "general_decline") if status == "canceled" else "",
            )
            self.alter(refund.payment_id, refunded=self._returned(refund.payment_id, "succeeded"))
            return refund

    def fail_next(self, error: GatewayError, when: Literal["before", "after"] = "before", path: str = "/") -> None:
        """Inject an error into the next request with this path prefix, before its effect or instead of the answer."""
        with self._lock:
            self._faults.append(_Fault(error, when, path))

    # Behind the counter

    @contextmanager
    def _request(self, method: str, path: str, key: str = "", body: str = "") -> Iterator[None]:
        with self._lock:
            self.journal.append(Sent(method, path, key, body))
            fault = next((fault for fault in self._faults if path.startswith(fault.path)), None)
            if fault:
                self._faults.remove(fault)
            if fault and fault.when == "before":
                raise fault.error
            self._follow_the_clock()
            try:
                yield
            finally:
                if fault:  # the answer is lost, even a refusal
                    raise fault.error

    def _one(self, path: str, known: dict[str, Snapshot], thing_id: str) -> Snapshot:
        with self._request("GET", f"{path}/{thing_id}"):
            if thing_id not in known:
                raise Rejected(f"GET {path}: 404: not_found", status=404, code="not_found")
            return known[thing_id]

    def _follow_the_clock(self) -> None:
        """Apply the passing of time: unpaid payments lapse, receipts are registered."""
        for payment in list(self._payments.values()):
            if payment.status == "pending" and payment.created_at + PENDING_FOR <= self._now():
                self.decline(payment.id, "expired_on_confirmation", "yoo_money")
        for thing_id, at in list(self._registers_at.items()):
            if at > self._now():
                continue
            del self._registers_at[thing_id]
            if thing_id in self._payments:
                self.alter(thing_id, receipt_registration="succeeded")
            elif thing_id in self._refunds:
                self._refunds[thing_id] = replace(self._refunds[thing_id], receipt_registration="succeeded")
            else:
                self._receipts[thing_id] = replace(self._receipts[thing_id], status="succeeded")

    def _settled(self, payment_id: str, **facts: Any) -> PaymentSnapshot:
        if self._payments[payment_id].status != "pending":
            raise ValueError(f"The payment is {self._payments[payment_id].status}.")
        return self.alter(payment_id, confirmation_url="", **facts)

    def _make_payment(self, body: dict[str, Any]) -> PaymentSnapshot:
        amount = Decimal(body["amount"]["value"])
        if amount < LEAST:
            raise _illegal("Payment amount is illegal", "amount.value")
        payment_id = self._new_id("000f")
        self._payments[payment_id] = PaymentSnapshot(
            id=payment_id,
            status="pending",
            amount=amount,
            currency=body["amount"]["currency"],
            shop_id=self.shop_id,
            test=self.is_test,
            created_at=self._now(),
            confirmation_url=f"{PAY_PAGE}?orderId={payment_id}",
            receipt_registration="pending" if "receipt" in body else "",
            metadata=body["metadata"],
        )
        return self._payments[payment_id]

    def _make_refund(self, body: dict[str, Any]) -> RefundSnapshot:
        payment_id, amount = body["payment_id"], Decimal(body["amount"]["value"])
        payment = self._payments.get(payment_id)
        # The provider derives the receipt of a full refund from the payment's.
        in_full = payment is not None and payment.amount == amount and bool(payment.receipt_registration)
        return self._add_refund(
            payment_id,
            amount,
            metadata=body.get("metadata", {}),
            has_receipt="receipt" in body or in_full,
            stays_pending=self.refunds_stay_pending,
        )

    def _add_refund(
        self, payment_id: str, amount: Decimal, *, metadata: dict[str, str], has_receipt: bool, stays_pending: bool
    ) -> RefundSnapshot:
        payment = self._refundable(payment_id, amount)
        refund = RefundSnapshot(
            id=self._new_id("0015"),
            payment_id=payment_id,
            status="pending",
            amount=amount,
            currency=payment.currency,
            created_at=self._now(),
            receipt_registration="pending" if has_receipt else "",
            metadata=metadata,
        )
        self._refunds[refund.id] = refund
        if has_receipt:
            self._registers_at[refund.id] = self._now() + REGISTERED_AFTER
        return refund if stays_pending else self.settle_refund(refund.id)

    def _refundable(self, payment_id: str, amount: Decimal) -> PaymentSnapshot:
        """Return the payment if this much of it can be refunded. Raises Rejected."""
        payment = self._payments.get(payment_id)
        if payment is None:
            raise _illegal("Payment does not exist", "payment_id")
        if payment.status != "succeeded":
            raise _illegal("Payment can not be refunded in current status.", "payment_id")
        left = payment.amount - self._returned(payment_id, "pending", "succeeded")
        if not left:
            raise _illegal("Payment is already completely refunded", "payment_id")
        if amount > left:
            raise _illegal("Refund sum exceeded", "amount.value")
        if 0 < left - amount < LEAST:
            raise _illegal("Remaining payment amount after refund must be greater than 1.00 RUB", "amount.value")
        return payment

    def _returned(self, payment_id: str, *statuses: str) -> Decimal:
        ours = (refund for refund in self._refunds.values() if refund.payment_id == payment_id)
        return sum((refund.amount for refund in ours if refund.status in statuses), Decimal("0.00"))

    def _make_receipt(self, body: dict[str, Any]) -> ReceiptSnapshot:
        if body["payment_id"] not in self._payments:
            raise _illegal("Payment does not exist", "payment_id")
        is_offset = any(one["type"] == "prepayment" for one in body["settlements"])
        receipt = ReceiptSnapshot(
            id=f"rt-{self._new_id('0019')}", status="pending", payment_id=body["payment_id"], is_offset=is_offset
        )
        self._receipts[receipt.id] = receipt
        self._registers_at[receipt.id] = self._now() + REGISTERED_AFTER
        return receipt

    def _new_id(self, kind: str) -> str:
        return f"2a000000-{kind}-5000-8000-{next(self._numbers):012x}"


def _illegal(text: str, parameter: str) -> Rejected:
    return Rejected(
        f"400: invalid_request: {parameter}: {text}", status=400, code="invalid_request", parameter=parameter
    )
