"""Starting a payment besides the provider's own time, and answering its notifications, provider down or up."""

import json
import time
import uuid
from datetime import time as clock
from datetime import timedelta
from statistics import median

from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bench.form import open_day
from bench.measure import Report, median_ms, queries_of
from coworking.domain.rules import When
from coworking.models import Location, Service, Tariff, Unit
from orders.demo.places import LOCATION_NAME
from orders.domain import operations, payments
from orders.domain.gateway import Answer, Call
from orders.domain.placing import OrderRequest, place_order
from orders.domain.returns import cancel_order
from orders.gateways.fake import FakeGateway
from orders.models import Order

PAYMENTS = 25
NOTIFICATIONS = 60
MOST_FOR_A_PAYMENT_MS, MOST_FOR_A_NOTIFICATION_MS = 20, 15
SECRET = "measured-on-loopback-only-and-nowhere-else"


class Provider(FakeGateway):
    """A provider that notes how long it took itself."""

    own_seconds = 0.0

    def send(self, call: Call, *, key: str, patience: timedelta) -> Answer:
        """Answer, and note the time."""
        began = time.perf_counter()
        try:
            return super().send(call, key=key, patience=patience)
        finally:
            self.own_seconds += time.perf_counter() - began


def measure(report: Report) -> None:
    """Start payments and take notifications, each many times, with commits."""
    report.title("Money, ms", "median", "× empty", "queries")
    client = Client(SERVER_NAME="localhost")
    empty = median_ms(lambda: client.get("/healthz"), times=100)
    report.row("empty request (/healthz)", empty, 1.0, 0)
    shop = {
        "YOOKASSA_SHOP_ID": "100500",
        "YOOKASSA_SECRET_KEY": "test_bench",
        "YOOKASSA_API_URL": "http://127.0.0.1:9/v3",  # nobody listens there: the provider is down
        "YOOKASSA_WEBHOOK_SECRET": SECRET,
        "YOOKASSA_WEBHOOK_NETWORKS": ["127.0.0.0/8"],
        "YOOKASSA_CHECKOUT_HOSTS": ["yoomoney.ru"],
    }
    with override_settings(**shop):
        taken, queries = _payments()
        report.row("starting a payment, without the provider", taken, taken / empty, queries)
        report.expect(taken <= MOST_FOR_A_PAYMENT_MS, f"a payment takes {taken:.1f} ms besides the provider")
        address = reverse("orders:webhook", args=[SECRET])
        taken = median_ms(lambda: _notify(client, address), times=NOTIFICATIONS)
        queries = len(queries_of(lambda: _notify(client, address)))
        report.row("a notification, provider down", taken, taken / empty, queries)
        report.expect(taken <= MOST_FOR_A_NOTIFICATION_MS, f"a notification takes {taken:.1f} ms")


def _payments() -> tuple[float, int]:
    provider = Provider(shop_id=settings.YOOKASSA_SHOP_ID, is_test=True, now=timezone.now)
    manager = User.objects.get(email="manager@olvery.test")
    orders = [_order(manager, ahead=30 + number) for number in range(PAYMENTS + 2)]
    taken = []
    for order in orders[:PAYMENTS]:
        provider.own_seconds = 0.0
        began = time.perf_counter()
        _start(order, provider)
        taken.append((time.perf_counter() - began - provider.own_seconds) * 1000)
    queries = len(queries_of(lambda: _start(orders[PAYMENTS], provider)))
    for order in orders:
        cancel_order(order.pk, by=manager, reason="Saved by a measurement.", at=timezone.now(), gateway=provider)
    return median(taken), queries


def _start(order: Order, provider: Provider) -> None:
    payment = payments.start_payment(order.pk, provider, email=order.email, at=timezone.now())
    operations.send_operation(payment.operation.pk, provider, at=timezone.now())


def _order(manager: User, *, ahead: int) -> Order:
    location = Location.objects.get(name=LOCATION_NAME)
    tariff = Tariff.objects.on_sale(location).filter(service__kind=Service.Kind.POOL, unit=Unit.HOUR)[0]
    customer = User.objects.get(email="customer@olvery.test")
    day = open_day(location, ahead)
    return place_order(
        OrderRequest(
            token=uuid.uuid4(),
            customer_id=customer.pk,
            phone=customer.phone or "",
            email=customer.email or "",
            tariff_id=tariff.pk,
            when=When(day=day, start=clock(14), end=clock(16)),
            visitor_ids=(None,),
            payment_method="online",
        ),
        location=location,
        by=manager,
        at=timezone.now(),
    )


def _notify(client: Client, address: str) -> None:
    body = {"type": "notification", "event": "payment.succeeded", "object": {"id": str(uuid.uuid4())}}
    answer = client.post(address, json.dumps(body), content_type="application/json")
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code} instead of 200")
