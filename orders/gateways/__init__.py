"""Adapters to the payment provider."""

from datetime import timedelta
from functools import cache

from django.conf import settings
from django.utils import timezone

from orders.domain.online.gateway import Gateway
from orders.domain.online.pauses import begin_pause, pause_left


class SharedPause:
    """The pause of the shop, the same for all processes."""

    def begin(self, length: timedelta) -> None:
        """Let nobody ask anything for so long."""
        begin_pause(length, at=timezone.now())

    def left(self) -> timedelta:
        """Return how long it still lasts."""
        return pause_left(at=timezone.now())


def gateway() -> Gateway:
    """Return the gateway to the shop of the settings; the same one while they stay the same."""
    return _yookassa(
        shop_id=settings.YOOKASSA_SHOP_ID,
        secret_key=settings.YOOKASSA_SECRET_KEY,
        api_url=settings.YOOKASSA_API_URL,
        vat_code=settings.YOOKASSA_VAT_CODE,
        tax_system=settings.YOOKASSA_TAX_SYSTEM,
        payment_mode=settings.YOOKASSA_PAYMENT_MODE,
        payment_subject=settings.YOOKASSA_PAYMENT_SUBJECT,
    )


@cache
def _yookassa(
    *,
    shop_id: str,
    secret_key: str,
    api_url: str,
    vat_code: int,
    tax_system: int | None,
    payment_mode: str,
    payment_subject: str,
) -> Gateway:
    from orders.gateways.yookassa import Fiscal, YooKassa  # noqa: PLC0415 - the fake needs no SDK, which is slow to load

    fiscal = Fiscal(
        vat_code=vat_code, tax_system=tax_system, payment_mode=payment_mode, payment_subject=payment_subject
    )
    return YooKassa(shop_id=shop_id, secret_key=secret_key, api_url=api_url, fiscal=fiscal, pause=SharedPause())
