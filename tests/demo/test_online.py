"""The payments of the demo, made against the sandbox."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from coworking.models import Location
from olvery.demo import online
from olvery.yookassa_sandbox import Sandbox
from orders.domain.online.sweep import sweep
from orders.gateways import gateway
from orders.models import Message, MoneyCase, Order, PaymentLink, PaymentStatus
from tests.moments import NOW
from tests.snapshots import saved_rows

TOKEN = "control-token"


@pytest.fixture(scope="module")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox(webhooks="manual", now=lambda: NOW, control_token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(location: Location, _sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A shop at the sandbox of the demo, as `make demo` sets it."""
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = "100500", "test_sandbox"
    settings.YOOKASSA_API_URL = _sandbox.api_url
    settings.YOOKASSA_CHECKOUT_HOSTS = [_sandbox.base_url.removeprefix("http://")]
    monkeypatch.setattr(online, "SETTLED_WITHIN", 0)  # no worker runs here to wait for
    monkeypatch.setenv("DEMO_SANDBOX", f"{_sandbox.base_url}/_sandbox/?token={TOKEN}")
    return _sandbox


def cases_of(order: Order) -> list[str]:
    return list(MoneyCase.objects.open().filter(order=order).values_list("kind", flat=True))


def test_orders_are_paid_declined_cancelled_and_returned(sandbox: Sandbox) -> None:
    call_command("load_demo_payments")

    orders = Order.objects.filter(payment_method="online").order_by("number")
    assert [(order.status, order.payment_status, cases_of(order)) for order in orders] == [
        ("confirmed", PaymentStatus.PAID, []),
        ("confirmed", PaymentStatus.PAID, []),
        ("confirmed", PaymentStatus.PAID, []),
        ("confirmed", PaymentStatus.PAID, []),
        ("confirmed", PaymentStatus.PARTLY_REFUNDED, []),
        ("cancelled", PaymentStatus.PARTLY_REFUNDED, []),
        ("confirmed", PaymentStatus.PAID, ["duplicate"]),
        ("confirmed", PaymentStatus.PARTLY_REFUNDED, ["external_refund"]),
        ("awaiting_payment", PaymentStatus.UNPAID, []),
        ("awaiting_payment", PaymentStatus.UNPAID, []),
        ("awaiting_payment", PaymentStatus.UNPAID, []),
    ]
    assert Counter(orders.values_list("customer__email", flat=True))["customer@olvery.test"] == 3
    assert {"debt", "refund_due"} < set(MoneyCase.objects.open().values_list("kind", flat=True))
    # Our books and the sandbox's agree.
    assert sweep(gateway(), at=NOW).different == 0
    assert not Message.objects.filter(created_at__lt=NOW - timedelta(hours=1)).exists()


def test_a_second_start_asks_nobody_and_changes_nothing(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    PaymentLink.objects.create(order=Order.objects.filter(location=location)[0])
    monkeypatch.delenv("DEMO_SANDBOX", raising=False)
    before = saved_rows()

    call_command("load_demo_payments")

    assert saved_rows() == before


@pytest.mark.parametrize("dashboard", ["", "http://127.0.0.1:1/_sandbox/", "file:///etc/passwd?token=a"])
def test_without_a_shop_nothing_is_placed(location: Location, dashboard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_SANDBOX", dashboard)
    before = saved_rows()

    with pytest.raises(CommandError, match="DEMO_SANDBOX"):
        call_command("load_demo_payments")

    assert saved_rows() == before
