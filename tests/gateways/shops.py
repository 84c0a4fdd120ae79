"""Two shops that must behave alike, one in memory, one at the sandbox, with controls for payer, bank and clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, Protocol

from olvery.yookassa_sandbox import Sandbox
from orders.domain.online.gateway import Gateway, OutcomeUnknown, PaymentSnapshot, RefundSnapshot
from orders.gateways.yookassa import YooKassa
from tests.gateways.fake import FakeGateway
from tests.gateways.wishes import PATIENCE, payment_wish, refund_wish
from tests.moments import NOW

SECRET = "test_sandbox"


class Clock:
    """A clock that advances only when told to."""

    def __init__(self) -> None:
        self.at = NOW.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment."""
        return self.at

    def advance(self, **length: float) -> None:
        """Let this much time pass."""
        self.at += timedelta(**length)


class Shop(Protocol):
    """A gateway, and what happens without it."""

    gateway: Gateway
    clock: Clock

    def pay(self, payment_id: str) -> None: ...
    def decline(self, payment_id: str, reason: str) -> None: ...
    def refund_in_the_cabinet(self, payment_id: str, amount: Decimal) -> None: ...
    def hold_refunds(self) -> None: ...
    def settle_refund(self, refund_id: str, status: str) -> None: ...
    def lose_the_next(self, when: Literal["before", "after"]) -> None: ...
    def requests(self) -> list[tuple[str, str]]: ...


class ShopInMemory:
    """The fake, told what to do by its own methods."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.gateway: Gateway
        self.gateway = self._fake = FakeGateway(now=self.clock.now)

    def pay(self, payment_id: str) -> None:
        self._fake.pay(payment_id)

    def decline(self, payment_id: str, reason: str) -> None:
        self._fake.decline(payment_id, reason)

    def refund_in_the_cabinet(self, payment_id: str, amount: Decimal) -> None:
        self._fake.external_refund(payment_id, amount)

    def hold_refunds(self) -> None:
        self._fake.refunds_stay_pending = True

    def settle_refund(self, refund_id: str, status: str) -> None:
        self._fake.settle_refund(refund_id, status)

    def lose_the_next(self, when: Literal["before", "after"]) -> None:
        self._fake.fail_next(OutcomeUnknown("reset", status=None), when)

    def requests(self) -> list[tuple[str, str]]:
        return [(sent.method, sent.path) for sent in self._fake.journal]


class ShopAtTheSandbox:
    """Our transport against the emulator of the provider."""

    def __init__(self, sandbox: Sandbox, clock: Clock) -> None:
        self.clock = clock
        self.sandbox = sandbox
        self.gateway: Gateway
        self.gateway = self.yookassa = YooKassa(shop_id="100500", secret_key=SECRET, api_url=sandbox.api_url)

    def pay(self, payment_id: str) -> None:
        self.sandbox.pay(payment_id)

    def decline(self, payment_id: str, reason: str) -> None:
        self.sandbox.decline(payment_id, reason)

    def refund_in_the_cabinet(self, payment_id: str, amount: Decimal) -> None:
        self.sandbox.external_refund(payment_id, amount)

    def hold_refunds(self) -> None:
        self.sandbox.add_fault({"scope": "refund", "action": "pending", "times": None})

    def settle_refund(self, refund_id: str, status: str) -> None:
        self.sandbox.settle_refund(refund_id, status)

    def lose_the_next(self, when: Literal["before", "after"]) -> None:
        self.sandbox.add_fault({"action": f"close_{when}"})

    def requests(self) -> list[tuple[str, str]]:
        return [(entry["method"], entry["path"].removeprefix("/v3")) for entry in self.sandbox.journal()]


@contextmanager
def shop_at_the_sandbox() -> Iterator[ShopAtTheSandbox]:
    """Run a separate sandbox."""
    clock = Clock()
    with Sandbox(secret=SECRET, now=clock.now, webhooks="manual") as sandbox:
        shop = ShopAtTheSandbox(sandbox, clock)
        try:
            yield shop
        finally:
            shop.yookassa.close()


def create_payment(shop: Shop, key: str = "key-1", **facts: Any) -> PaymentSnapshot:
    """Create a payment of 500 roubles."""
    answer = shop.gateway.send(shop.gateway.call(payment_wish(**facts)), key=key, patience=PATIENCE)
    assert isinstance(answer, PaymentSnapshot)
    return answer


def paid(shop: Shop, key: str = "key-1", **facts: Any) -> PaymentSnapshot:
    """Create a payment of 500 roubles and pay it."""
    payment = create_payment(shop, key, **facts)
    shop.pay(payment.id)
    return now(shop, payment)


def now(shop: Shop, payment: PaymentSnapshot) -> PaymentSnapshot:
    """Ask for a payment again."""
    return shop.gateway.payment(payment.id, patience=PATIENCE)


def refund(shop: Shop, payment_id: str, amount: str, key: str, **facts: Any) -> RefundSnapshot:
    """Ask for money back."""
    wish = refund_wish(payment_id=payment_id, amount=Decimal(amount), **facts)
    answer = shop.gateway.send(shop.gateway.call(wish), key=key, patience=PATIENCE)
    assert isinstance(answer, RefundSnapshot)
    return answer


def all_payments(shop: Shop) -> list[PaymentSnapshot]:
    """Return the shop's payments of the last day, newest first."""
    return list(shop.gateway.payments_since(shop.clock.at - timedelta(days=1)))
