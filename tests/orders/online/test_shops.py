"""Several sellers with shops of their own: every request goes to the shop of its sale."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from coworking.models import Location, Seller
from orders.domain.online import notifications, offset_receipts, sending, sweep
from orders.domain.online.completion import complete_finished
from orders.domain.online.gateway import PATIENCE, Call, OutcomeUnknown, Rejected
from orders.domain.online.notifications import Notification, process_notification, store_notification
from orders.domain.online.payments import look_at, start_payment
from orders.gateways import gateway as connected
from orders.gateways.shops import Shops
from orders.models import OffsetReceipt, Order, PaymentAttempt, ProviderNotification, ProviderRequest, Refund
from tests.factories import make_location, make_manager, make_order, make_pool, make_seller, make_tariff
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import SHOP, now
from tests.orders.steps import open_kinds, refund, seen

pytestmark = pytest.mark.django_db

OTHER = "200600"
HOUR = timedelta(hours=1)


@pytest.fixture
def other(clock: time_machine.Coordinates) -> FakeGateway:
    """The shop of another seller, in memory."""
    return FakeGateway(shop_id=OTHER, is_test=True, now=timezone.now, first_number=1001)


@pytest.fixture
def shops(gateway: FakeGateway, other: FakeGateway) -> Shops:
    return Shops([gateway, other])


@pytest.fixture
def their_order(other: FakeGateway) -> Order:
    """600 ₽ at a location whose seller has a shop of its own."""
    location = make_location(name="Север")
    make_seller(location=location, shop_id=OTHER)
    tariff = make_tariff(service=make_pool(location=location), price="300")
    return make_order(tariff=tariff, by=make_manager(location=location), payment_method="online")


def begin(order: Order, shops: Shops) -> PaymentAttempt:
    attempt = start_payment(order.pk, shops, email=order.email, at=now())
    sending.send_request(attempt.provider_request.pk, shops, at=now())
    attempt.refresh_from_db()
    return attempt


def asked(shop: FakeGateway) -> list[tuple[str, str]]:
    """Return the requests to a shop since the last call: methods and the first part of the paths."""
    found = [(sent.method, sent.path.split("/")[1]) for sent in shop.journal]
    shop.journal.clear()
    return found


def test_payment_refund_and_receipt_go_to_the_shop_of_the_sale(
    order: Order,
    their_order: Order,
    gateway: FakeGateway,
    other: FakeGateway,
    shops: Shops,
    clock: time_machine.Coordinates,
) -> None:
    ours, theirs = begin(order, shops), begin(their_order, shops)
    assert (ours.shop_id, theirs.shop_id) == (SHOP, OTHER)
    assert (asked(gateway), asked(other)) == ([("POST", "payments")], [("POST", "payments")])
    gateway.pay(ours.provider_id or "")
    other.pay(theirs.provider_id or "")
    for attempt in (ours, theirs):
        assert look_at(attempt, shops, at=now()).status == "succeeded"
    assert (asked(gateway), asked(other)) == ([("GET", "payments")], [("GET", "payments")])
    assert (seen(order).status, seen(their_order).status, open_kinds()) == ("confirmed", "confirmed", [])
    # The seller moves on to another shop: what was sold stays with the old one.
    Seller.objects.update(shop_id="")
    refund(their_order, shops, "100", by=their_order.created_by)  # type: ignore[arg-type]
    sending.send_due(shops, at=now())
    assert (asked(gateway), asked(other)) == ([], [("POST", "refunds")])
    assert Refund.objects.get().status == "succeeded"
    clock.move_to(order.period.end)
    assert complete_finished(shops, now()) == 2
    sending.send_due(shops, at=now())
    clock.shift(HOUR)
    assert offset_receipts.check_receipts(shops, at=now()) == 2
    assert asked(gateway) == asked(other) == [("POST", "receipts"), ("GET", "receipts")]
    assert open_kinds() == []


def test_a_receipt_whose_answer_was_lost_is_looked_for_in_the_shop_of_its_payment(
    their_order: Order, gateway: FakeGateway, other: FakeGateway, shops: Shops, clock: time_machine.Coordinates
) -> None:
    attempt = begin(their_order, shops)
    other.pay(attempt.provider_id or "")
    look_at(attempt, shops, at=now())
    clock.move_to(their_order.period.end)
    assert complete_finished(shops, now()) == 1
    other.journal.clear()
    for error, when in ((OutcomeUnknown("timeout"), "after"), (Rejected("400", status=400), "before")):
        other.fail_next(error, when=when, path="/receipts")  # type: ignore[arg-type]
        sending.send_due(shops, at=now())
        clock.shift(timedelta(minutes=1))
    assert (asked(gateway), asked(other)) == ([], [("POST", "receipts")] * 2 + [("GET", "receipts")])
    assert (OffsetReceipt.objects.get().state, open_kinds()) == ("succeeded", [])


def test_news_and_the_sweep_find_the_shop_that_knows(
    their_order: Order, gateway: FakeGateway, other: FakeGateway, shops: Shops
) -> None:
    attempt = begin(their_order, shops)
    other.pay(attempt.provider_id or "")
    # As if our own answer had been lost: nobody here knows the payment by its id.
    PaymentAttempt.objects.update(provider_id=None)
    told = Notification("payment.succeeded", attempt.provider_id or "")
    store_notification(told, body=b"{}", address="185.71.76.5", at=now())
    process_notification(ProviderNotification.objects.get().pk, shops, at=now())
    assert (ProviderNotification.objects.get().state, seen(their_order).status) == ("applied", "confirmed")
    other.external_refund(attempt.provider_id or "", PaymentAttempt.objects.get().amount)
    assert sweep.sweep(shops, at=now()).seen == 2
    assert (Refund.objects.get().source, open_kinds()) == ("external", ["external_refund"])
    unknown = Notification("payment.succeeded", "2d5c1f6e-000f-5000-8000-1a2b3c4d5e6f")
    store_notification(unknown, body=b"{}", address="185.71.76.5", at=now())
    stored = ProviderNotification.objects.latest("pk")
    process_notification(stored.pk, shops, at=now())
    stored.refresh_from_db()
    assert (stored.state, notifications.waiting_notifications().count()) == ("ignored", 0)


def test_a_shop_whose_key_is_gone_is_a_case_and_nothing_is_sent_elsewhere(
    their_order: Order, gateway: FakeGateway, shops: Shops, manager: User
) -> None:
    attempt = start_payment(their_order.pk, shops, email=their_order.email, at=now())
    only_ours = Shops([gateway])
    sending.send_request(attempt.provider_request.pk, only_ours, at=now())
    assert (asked(gateway), open_kinds()) == ([], ["misconfigured"])
    assert ProviderRequest.objects.get().state == "queued"
    with pytest.raises(Rejected, match=OTHER):
        only_ours.send(Call("/payments", "{}", OTHER), key="1", patience=PATIENCE)


def test_the_settings_hold_the_keys_and_the_seller_only_the_number(settings: Any, location: Location) -> None:
    settings.YOOKASSA_SECRET_KEY = "test_ours"
    assert connected().shop_id == SHOP
    assert not isinstance(connected(), Shops)
    settings.YOOKASSA_SHOPS = {OTHER: "test_theirs"}
    both = connected()
    assert (type(both), both.shop_id, both.is_test) == (Shops, SHOP, True)
    seller = make_seller(location=location, shop_id="300700")
    with pytest.raises(ValidationError) as refused:
        seller.clean()
    assert list(refused.value.message_dict) == ["shop_id"]
    seller.shop_id = OTHER
    seller.clean()
