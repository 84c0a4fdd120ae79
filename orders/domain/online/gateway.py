"""The payment provider as the domain sees it: requests, answers and errors.

Implemented by `orders.gateways`; the domain takes a gateway as an argument and never imports one.
The only facts about money are answers to our own authenticated requests, see docs/decisions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from orders.domain.money.receipts import ReceiptItem

CURRENCY = "RUB"
# The provider answers within 30 seconds, and jobs can wait that long.
PATIENCE = timedelta(seconds=35)
# HTTP statuses for a wrong shop or key: no payment goes through until the settings are fixed.
OUR_SETTINGS = (401, 403)


class GatewayError(Exception):
    """A call to the provider failed. `text` is for logs and staff, never for customers."""

    status: int | None = None

    def __init__(self, text: str, *, status: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class NotSent(GatewayError):
    """The request did not reach the provider: connection refused or timed out, DNS or TLS failed."""


class OutcomeUnknown(GatewayError):
    """The request may have been carried out: a timeout, a reset, 202, 3xx, 5xx, a body that is not JSON."""


class RateLimited(GatewayError):
    """The provider asks for fewer requests; nothing was done."""

    def __init__(self, text: str, *, retry_after: timedelta) -> None:
        super().__init__(text, status=429)
        self.retry_after = retry_after


class Rejected(GatewayError):
    """A definite refusal: any other 4xx."""

    def __init__(self, text: str, *, status: int, code: str = "", parameter: str = "") -> None:
        super().__init__(text, status=status)
        self.code = code
        self.parameter = parameter

    @property
    def is_our_settings(self) -> bool:
        """Whether the shop or its key is wrong, so that no payment can go through."""
        return self.status in OUR_SETTINGS

    @property
    def is_unknown_object(self) -> bool:
        """Whether the provider knows no object with that id."""
        return self.status == 404


@dataclass(frozen=True, slots=True, kw_only=True)
class WithReceipt:
    """A sum and its receipt: who gets it and what it lists. `items` may be empty if the shop sends no receipts."""

    amount: Decimal
    email: str = ""
    phone: str = ""
    items: tuple[ReceiptItem, ...] = ()
    tax_system: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentWish(WithReceipt):
    """A payment to create."""

    description: str
    return_url: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish(WithReceipt):
    """A refund to create. `items` only for a partial refund: for a whole payment the provider reuses its receipt."""

    payment_id: str
    description: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptWish(WithReceipt):
    """The offset receipt after the service has been rendered: full settlement against the prepayment."""

    payment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySnapshot:
    """A payment or a refund as the provider described it at one moment; unknown values are kept as they are."""

    id: str
    status: str
    amount: Decimal
    currency: str
    created_at: datetime
    cancel_party: str = ""
    cancel_reason: str = ""
    receipt_registration: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSnapshot(MoneySnapshot):
    shop_id: str
    test: bool
    captured_at: datetime | None = None
    refunded: Decimal = Decimal("0.00")
    confirmation_url: str = ""
    method_title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSnapshot(MoneySnapshot):
    payment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSnapshot:
    """A receipt as the provider described it at one moment."""

    id: str
    status: str
    payment_id: str = ""
    is_offset: bool = False  # whether it offsets a prepayment


@dataclass(frozen=True, slots=True)
class Call:
    """A POST that is stored before it is sent: `body` is frozen, retries send the same bytes.

    `shop_id` is the shop it is for, if there are several; empty means the one in the settings.
    """

    path: str
    body: str
    shop_id: str = ""


Wish = PaymentWish | RefundWish | ReceiptWish
Answer = PaymentSnapshot | RefundSnapshot | ReceiptSnapshot


class Gateway(Protocol):
    """What a payment provider can do for us. Every method except `call` uses the network.

    These raise NotSent, OutcomeUnknown, RateLimited, Rejected, and nothing else. `patience` is the
    timeout: short while a person waits, longer in a job.
    """

    shop_id: str  # of sellers without a shop of their own
    is_test: bool  # the same for all shops, see the system checks

    def call(self, wish: Wish) -> Call:
        """Freeze the request that creates it. Does no I/O. Raises ValueError if it cannot be sent."""
        ...

    def send(self, call: Call, *, key: str, patience: timedelta) -> Answer:
        """Send a frozen request with its idempotency key; the snapshot's type follows the call's path."""
        ...

    def payment(self, payment_id: str, *, patience: timedelta) -> PaymentSnapshot:
        """Ask for a payment. The id must be a UUID: anything else is a ValueError before any request."""
        ...

    def refund(self, refund_id: str, *, patience: timedelta) -> RefundSnapshot:
        """Ask for a refund. The id must be a UUID: anything else is a ValueError before any request."""
        ...

    def receipt(self, receipt_id: str, *, patience: timedelta) -> ReceiptSnapshot:
        """Ask for a receipt."""
        ...

    def payments_since(
        self, moment: datetime, *, until: datetime | None = None, patience: timedelta = PATIENCE
    ) -> Iterator[PaymentSnapshot]:
        """Yield the shop's payments created from the moment on, up to `until`, newest first, page by page."""
        ...

    def refunds_since(
        self, moment: datetime, *, until: datetime | None = None, patience: timedelta = PATIENCE
    ) -> Iterator[RefundSnapshot]:
        """Yield the shop's refunds created from the moment on, up to `until`, newest first, page by page."""
        ...

    def refunds_of(self, payment_id: str, *, patience: timedelta) -> Iterator[RefundSnapshot]:
        """Yield the refunds of a payment, newest first, page by page."""
        ...

    def receipts_of(self, payment_id: str, *, patience: timedelta) -> Iterator[ReceiptSnapshot]:
        """Yield the receipts of a payment and of its refunds, newest first, page by page."""
        ...


def wire_sum(amount: Decimal) -> str:
    """Format a sum for the provider: «1234.50»."""
    return f"{amount:.2f}"
