"""Adapters to the payment provider."""

from datetime import timedelta
from functools import cache

from django.conf import settings
from django.utils import timezone

from orders.domain.online.gateway import Gateway
from orders.domain.online.pauses import begin_pause, pause_left
from orders.gateways.shops import Shops


class SharedPause:
    """The pause of the shop, the same for all processes."""

    def begin(self, length: timedelta) -> None:
        """Stop all requests for this long."""
        begin_pause(length, at=timezone.now())

    def left(self) -> timedelta:
        """Return the rest of the pause."""
        return pause_left(at=timezone.now())


def gateway() -> Gateway:
    """Return the gateway to the shops in the settings; connections are kept while the settings do not change."""
    keys = {settings.YOOKASSA_SHOP_ID: settings.YOOKASSA_SECRET_KEY, **settings.YOOKASSA_SHOPS}
    shops = [
        _yookassa(shop_id=shop_id, secret_key=key, api_url=settings.YOOKASSA_API_URL) for shop_id, key in keys.items()
    ]
    return shops[0] if len(shops) == 1 else Shops(shops)


def connected_gateway() -> Gateway | None:
    """Return the gateway to the shops, None if no shop is connected."""
    return gateway() if settings.YOOKASSA_SHOP_ID else None


@cache
def _yookassa(*, shop_id: str, secret_key: str, api_url: str) -> Gateway:
    from orders.gateways.yookassa import YooKassa  # noqa: PLC0415 - the SDK is slow to load, and most processes need none

    return YooKassa(shop_id=shop_id, secret_key=secret_key, api_url=api_url, pause=SharedPause())
