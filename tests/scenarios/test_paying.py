"""The way of a customer who pays."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from orders.models import PaymentAttempt
from tests.factories import make_user
from tests.orders.steps import Seen, seen
from tests.races.guards import at_once
from tests.scenarios.numbers import scenario
from tests.scenarios.scene import Scene
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db(transaction=True)

SUM = Decimal("600.00")
CHARGE = ("charge", "online", SUM)
PAID = Seen(
    status="confirmed",
    tickets=["active"],
    payments=["succeeded"],
    refunds=[],
    ledger=[CHARGE],
    letters=["created", "paid"],
    cases=[],
)
CLICKS = 4


@scenario(1)
def test_a_payment_confirms_the_order_once_with_one_letter_and_a_receipt_of_its_sum(scene: Scene) -> None:
    page = scene.press_pay()
    assert page == scene.page()
    way_back = scene.payer_presses(page, "pay", method="sbp")
    assert urlsplit(way_back).path == scene.url("pay-return")
    assert scene.come_back() == "paid"
    scene.deliver()
    scene.minutes(2)
    assert (scene.times_confirmed(), seen(scene.order)) == (1, PAID)
    assert len(mail.outbox) == len(PAID.letters)
    [asked] = scene.wire.posts()
    positions = scene.sandbox.journal()[0]["body"]["receipt"]["items"]
    assert [(float(one["quantity"]), one["amount"]["value"]) for one in positions] == [(2, "300.00")]
    assert asked.path == "/payments"
    scene.later(hours=1)
    assert scene.attempt().receipt == "succeeded"


@scenario(2)
def test_a_second_press_in_another_tab_leads_to_the_same_page(scene: Scene) -> None:
    assert scene.press_pay() == scene.press_pay(Client()) == scene.page()
    assert (PaymentAttempt.objects.count(), len(scene.wire.posts())) == (1, 1)


@scenario(2)
def test_many_presses_at_once_make_one_payment_and_all_get_to_its_page(scene: Scene) -> None:
    scene.url()  # the link is there before anybody can press
    browsers = [Client() for _click in range(CLICKS)]
    led_to = at_once([partial(scene.press_pay, browser) for browser in browsers])
    assert scene.page() in led_to
    assert set(led_to) <= {scene.page(), scene.url()}
    for browser, address in zip(browsers, led_to, strict=True):
        assert scene.page() in (address, scene.wait_page_leads_to(browser))
    assert (PaymentAttempt.objects.count(), len(scene.wire.posts()), len(scene.sandbox.payments())) == (1, 1, 1)


@scenario(14)
def test_after_a_decline_the_customer_reads_why_and_pays_with_another_attempt(scene: Scene) -> None:
    scene.payer_presses(scene.press_pay(), "decline", reason="insufficient_funds")
    assert scene.come_back() == "payable"
    assert "недостаточно средств" in scene.look().text
    assert seen(scene.order).status == "awaiting_payment"
    assert scene.press_pay() == scene.page(attempt=2)
    scene.pay(attempt=2)
    scene.deliver()
    assert scene.come_back() == "paid"
    after = seen(scene.order)
    assert (after.status, after.payments, after.ledger) == ("confirmed", ["canceled", "succeeded"], [CHARGE])
    assert after.letters == ["created", "paid"]
    assert len({sent.key for sent in scene.wire.posts()}) == 2


@scenario(15)
def test_a_payment_nobody_tells_of_is_found_within_two_minutes(scene: Scene) -> None:
    scene.sandbox.add_fault({"scope": "webhook", "action": "drop", "times": None})
    scene.press_pay()
    scene.pay()
    scene.minutes(2)
    assert seen(scene.order) == PAID
    assert [hook["state"] for hook in scene.sandbox.webhooks()] == ["dropped"]
    assert len(mail.outbox) == len(PAID.letters)


@scenario(39)
@pytest.mark.parametrize("signed_in", [False, True], ids=["anonymous", "signed in"])
def test_nobody_gets_to_a_payment_by_a_guessed_address(scene: Scene, signed_in: bool) -> None:
    scene.press_pay()
    stranger = Client()
    if signed_in:
        stranger.force_login(make_user())
    before, rows = len(scene.wire.sent), saved_rows()
    for name in ("pay", "pay-return", "pay-state", "pay-calendar"):
        guessed = scene.url(name).replace(scene.order.link.token, "A" * 22)
        assert stranger.get(guessed).status_code == 404
    guessed = scene.url("pay-start").replace(scene.order.link.token, "A" * 22)
    assert stranger.post(guessed, {"email": "stranger@example.com"}).status_code == 404
    assert (len(scene.wire.sent), saved_rows()) == (before, rows)


@scenario(39)
def test_an_order_of_another_customer_can_neither_be_seen_nor_paid_from_the_account(scene: Scene) -> None:
    scene.press_pay()
    stranger = Client()
    stranger.force_login(make_user())
    before, rows = len(scene.wire.sent), saved_rows()
    for name in ("my-order", "my-order-calendar", "my-order-pay"):
        assert stranger.get(reverse(f"orders:{name}", args=[scene.order.pk])).status_code == 404
    assert (len(scene.wire.sent), saved_rows()) == (before, rows)


@scenario(39)
def test_coming_back_before_paying_says_that_the_payment_is_awaited(scene: Scene) -> None:
    scene.press_pay()
    assert scene.come_back() == "checking"
    page = scene.look(came_back=True).text
    assert "Проверяем платёж" in page
    assert "вернитесь к оплате" in page
    assert seen(scene.order).payments == ["pending"]


@scenario(39)
def test_a_page_opened_a_hundred_times_asks_the_provider_once_in_three_seconds(scene: Scene) -> None:
    scene.press_pay()
    for _time in range(100):
        scene.browser.get(scene.url("pay-return"))
    assert len(scene.wire.gets()) == 1
    scene.clock.shift(timedelta(seconds=2.9))
    scene.come_back()
    assert len(scene.wire.gets()) == 1
    scene.clock.shift(timedelta(seconds=0.2))
    scene.come_back()
    assert len(scene.wire.gets()) == 2
