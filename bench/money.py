"""Pressing «Оплатить» without the provider's own time, and answering its notifications, provider down or up."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import time as clock
from statistics import median
from typing import Any
from unittest.mock import patch

from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bench.form import hour_tariff, open_day
from bench.measure import median_ms, queries_of
from bench.results import Results
from bench.sides import Side
from coworking.domain.rules import When
from coworking.models import Location, Service
from olvery.demo.places import LOCATION_NAME
from olvery.yookassa_sandbox import Sandbox
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, BookingWish, Wish
from orders.domain.desk.cancelling import cancel_order
from orders.domain.online.links import ensure_link
from orders.domain.online.payments import look_at
from orders.gateways import gateway
from orders.gateways.transport import Transport
from orders.models import Order

PAYMENTS = 25
NOTIFICATIONS = 60
MOST_FOR_A_PAYMENT_MS, MOST_FOR_A_NOTIFICATION_MS = 20, 15
SHOP, KEY = "100500", "test_bench"
SECRET = "measured-on-loopback-only-and-nowhere-else"
NOBODY = "http://127.0.0.1:9/v3"


def run(results: Results, sides: Sequence[Side]) -> None:
    """Start payments and take notifications, each many times, with commits."""
    sides[0].use()
    client = Client(SERVER_NAME="localhost")
    empty = median_ms(lambda: client.get("/healthz"), times=100)
    results.table("Money", "", "p50, ms", "× empty", "queries", "target", "")
    with Sandbox(shop=SHOP, secret=KEY) as sandbox, _shop(sandbox.api_url, sandbox.base_url.removeprefix("http://")):
        taken, queries = _payments(client, sandbox)
        _row(results, "«Оплатить», without the provider", taken, empty, queries, most=MOST_FOR_A_PAYMENT_MS)
        _measure_notification(results, client, empty, "up")
    with _shop(NOBODY, "yoomoney.ru"):
        _measure_notification(results, client, empty, "down")


def _row(results: Results, name: str, taken: float, empty: float, queries: int, *, most: int) -> None:
    word = results.judge(taken > most, f"{name}: {taken:.1f} ms, target {most}")
    results.row(name, taken, taken / empty, queries, most, word)


@contextmanager
def _shop(api_url: str, checkout_host: str) -> Iterator[None]:
    shop = {
        "YOOKASSA_SHOP_ID": SHOP,
        "YOOKASSA_SECRET_KEY": KEY,
        "YOOKASSA_API_URL": api_url,
        "YOOKASSA_CHECKOUT_HOSTS": [checkout_host],
        "YOOKASSA_WEBHOOK_SECRET": SECRET,
        "YOOKASSA_WEBHOOK_NETWORKS": ["127.0.0.0/8"],
    }
    with override_settings(**shop):
        yield


class _Provider:
    """Measures the time spent waiting for the provider."""

    seconds = 0.0

    def __init__(self) -> None:
        self.post = Transport.post

    def timed(self, transport: Transport, *asked: Any, **named: Any) -> Mapping[str, Any]:
        """Forward a call, and record the time."""
        began = time.perf_counter()
        try:
            return self.post(transport, *asked, **named)
        finally:
            self.seconds += time.perf_counter() - began


def _payments(client: Client, sandbox: Sandbox) -> tuple[float, int]:
    """Press «Оплатить» on this many orders; return the median time without the provider's, and the queries of one."""
    manager = User.objects.get(email="manager@olvery.test")
    orders = [_order(manager, ahead=30 + number) for number in range(PAYMENTS + 2)]
    pages = [reverse("orders:pay-start", args=[ensure_link(order, at=timezone.now()).token]) for order in orders]
    provider = _Provider()
    taken = []
    with patch.object(Transport, "post", autospec=True, side_effect=provider.timed):
        _press(client, pages[0])  # warms up
        for page in pages[1:-1]:
            provider.seconds = 0.0
            began = time.perf_counter()
            _press(client, page)
            taken.append((time.perf_counter() - began - provider.seconds) * 1000)
        queries = len(queries_of(lambda: _press(client, pages[-1])))
    for order in orders:
        for attempt in order.attempts.all():  # decided here: no other provider will ever have heard of it
            sandbox.decline(attempt.provider_id or "", "general_decline")
            look_at(attempt, gateway(), at=timezone.now())
        cancel_order(order.pk, by=manager, reason="Saved by a measurement.", at=timezone.now(), gateway=gateway())
    return median(taken), queries


def _press(client: Client, page: str) -> None:
    answer = client.post(page, {"email": "customer@olvery.test"})
    if answer.status_code != 303 or "orderId=" not in answer.headers["Location"]:
        raise RuntimeError(f"{answer.status_code} to {answer.headers.get('Location')} instead of the provider's page")


def _measure_notification(results: Results, client: Client, empty: float, provider: str) -> None:
    address = reverse("orders:webhook", args=[SECRET])
    taken = median_ms(lambda: _notify(client, address), times=NOTIFICATIONS)
    queries = len(queries_of(lambda: _notify(client, address)))
    name = f"a notification, provider {provider}"
    _row(results, name, taken, empty, queries, most=MOST_FOR_A_NOTIFICATION_MS)


def _order(manager: User, *, ahead: int) -> Order:
    location = Location.objects.get(name=LOCATION_NAME)
    tariff = hour_tariff(location, Service.Kind.POOL)
    customer = User.objects.get(email="customer@olvery.test")
    when = When(day=open_day(location, ahead), start=clock(14), end=clock(16))
    booking = BookingWish(tariff_id=tariff.pk, when=when, visitor_ids=(None,))
    wish = Wish.with_own_contacts(customer, booking, payment_method="online")
    return place_order(wish, booker=Booker.manager(manager, location), at=timezone.now())


def _notify(client: Client, address: str) -> None:
    body = {"type": "notification", "event": "payment.succeeded", "object": {"id": str(uuid.uuid4())}}
    answer = client.post(address, json.dumps(body), content_type="application/json")
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code} instead of 200")
