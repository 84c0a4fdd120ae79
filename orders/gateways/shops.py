"""Several shops at the provider as one gateway: each request goes to the shop that it belongs to."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import TypeVar

from orders.domain.online.gateway import (
    PATIENCE,
    Answer,
    Call,
    Gateway,
    GatewayError,
    PaymentSnapshot,
    ReceiptSnapshot,
    RefundSnapshot,
    Rejected,
    Wish,
)
from orders.models import OffsetReceipt, PaymentAttempt, Refund

Told = TypeVar("Told", PaymentSnapshot, RefundSnapshot, ReceiptSnapshot)
NO_KEY = 401


class Shops:
    """A gateway to all shops in the settings; the first one serves sellers without a shop of their own."""

    def __init__(self, shops: Sequence[Gateway]) -> None:
        self._default = shops[0]
        self._shops = {shop.shop_id: shop for shop in shops}
        self.shop_id, self.is_test = self._default.shop_id, self._default.is_test

    def call(self, wish: Wish) -> Call:
        """Freeze a request; this is the same for every shop."""
        return self._default.call(wish)

    def send(self, call: Call, *, key: str, patience: timedelta) -> Answer:
        """Send a frozen request to the shop it names. Raises a GatewayError."""
        return self._of(call.shop_id).send(call, key=key, patience=patience)

    def payment(self, payment_id: str, *, patience: timedelta) -> PaymentSnapshot:
        """Ask the payment's shop for it, or every shop if the payment is unknown. Raises a GatewayError."""
        known = PaymentAttempt.objects.filter(provider_id=payment_id).values_list("shop_id", flat=True).first()
        return self._ask(known, lambda shop: shop.payment(payment_id, patience=patience))

    def refund(self, refund_id: str, *, patience: timedelta) -> RefundSnapshot:
        """Ask the refund's shop for it, or every shop if the refund is unknown. Raises a GatewayError."""
        known = Refund.objects.filter(provider_id=refund_id).values_list("attempt__shop_id", flat=True).first()
        return self._ask(known, lambda shop: shop.refund(refund_id, patience=patience))

    def receipt(self, receipt_id: str, *, patience: timedelta) -> ReceiptSnapshot:
        """Ask the receipt's shop for it, or every shop if the receipt is unknown. Raises a GatewayError."""
        known = OffsetReceipt.objects.filter(provider_id=receipt_id).values_list("attempt__shop_id", flat=True).first()
        return self._ask(known, lambda shop: shop.receipt(receipt_id, patience=patience))

    def payments_since(
        self, moment: datetime, *, until: datetime | None = None, patience: timedelta = PATIENCE
    ) -> Iterator[PaymentSnapshot]:
        """Yield the payments of all shops, shop by shop. Raises a GatewayError on the way."""
        lists = (shop.payments_since(moment, until=until, patience=patience) for shop in self._shops.values())
        return chain.from_iterable(lists)

    def refunds_since(
        self, moment: datetime, *, until: datetime | None = None, patience: timedelta = PATIENCE
    ) -> Iterator[RefundSnapshot]:
        """Yield the refunds of all shops, shop by shop. Raises a GatewayError on the way."""
        lists = (shop.refunds_since(moment, until=until, patience=patience) for shop in self._shops.values())
        return chain.from_iterable(lists)

    def refunds_of(self, payment_id: str, *, patience: timedelta) -> Iterator[RefundSnapshot]:
        """Yield the refunds of a payment of ours, newest first. Raises a GatewayError."""
        shops = self._that_have(payment_id)
        return chain.from_iterable(shop.refunds_of(payment_id, patience=patience) for shop in shops)

    def receipts_of(self, payment_id: str, *, patience: timedelta) -> Iterator[ReceiptSnapshot]:
        """Yield the receipts of a payment of ours, newest first. Raises a GatewayError."""
        shops = self._that_have(payment_id)
        return chain.from_iterable(shop.receipts_of(payment_id, patience=patience) for shop in shops)

    def _that_have(self, payment_id: str) -> Iterable[Gateway]:
        """Return the shop of a payment, or every shop if the payment is unknown. Raises Rejected without its key."""
        known = PaymentAttempt.objects.filter(provider_id=payment_id).values_list("shop_id", flat=True).first()
        return self._shops.values() if known is None else [self._of(known)]

    def _of(self, shop_id: str) -> Gateway:
        """Return the gateway to a shop, by default the one in the settings. Raises Rejected without its key."""
        shop = self._shops.get(shop_id) if shop_id else self._default
        if shop is None:
            raise Rejected(f"no key of shop {shop_id} in YOOKASSA_SHOPS", status=NO_KEY)
        return shop

    def _ask(self, known: str | None, ask: Callable[[Gateway], Told]) -> Told:
        if known is not None:
            return ask(self._of(known))
        failed: GatewayError | None = None
        for shop in self._shops.values():
            try:
                return ask(shop)
            except GatewayError as error:
                # It is certain that no shop knows it only if every shop has said so.
                if failed is None or not (isinstance(error, Rejected) and error.is_unknown_object):
                    failed = error
        assert failed  # noqa: S101 - there is a shop, and it has not answered
        raise failed
