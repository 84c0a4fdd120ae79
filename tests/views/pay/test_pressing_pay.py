"""Pressing «Оплатить»: one attempt, whatever the provider, the customer and the clock do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from olvery.shared.refusals import Busy
from orders.domain.online.expiry import expire_overdue
from orders.domain.online.gateway import NotSent, OutcomeUnknown, Rejected
from orders.models import Order, PaymentAttempt, ProviderRequest
from tests.gateways.fake import FakeGateway
from tests.orders.steps import look, posts, seen, send_all
from tests.snapshots import saved_rows
from tests.views import pay_stages as stages
from tests.views.pages import read
from tests.views.pay_stages import (
    EMAIL,
    PROVIDER,
    address_of,
    ask,
    open_page,
    press,
    provider_id,
)

pytestmark = pytest.mark.django_db

Clock = time_machine.Coordinates


def test_pressing_pay_leads_to_the_page_of_the_provider(client: Client, order: Order, gateway: FakeGateway) -> None:
    attempt = PaymentAttempt.objects.get(provider_id=provider_id(press(client, order)))
    assert (attempt.order, attempt.status, attempt.email) == (order, "pending", EMAIL)
    assert Order.objects.get().email == order.email  # the receipt goes elsewhere, letters do not
    assert posts(gateway, "/payments") == 1


def test_pressing_twice_leads_to_the_same_page(client: Client, order: Order, gateway: FakeGateway) -> None:
    assert provider_id(press(client, order)) == provider_id(press(client, order))
    assert (PaymentAttempt.objects.count(), posts(gateway, "/payments")) == (1, 1)


def test_pressing_while_the_first_press_is_on_its_way_waits_for_it(
    client: Client, order: Order, gateway: FakeGateway
) -> None:
    stages.starting(order, gateway)
    ProviderRequest.objects.update(state="sending", next_try_at=timezone.now() + timedelta(seconds=45))
    response = press(client, order, order.email)
    assert (response.status_code, response.headers["Location"]) == (303, address_of(order))
    assert (PaymentAttempt.objects.count(), posts(gateway, "/payments")) == (1, 1)


@pytest.mark.parametrize(
    ("error", "when"),
    [
        (NotSent("refused"), "before"),
        (OutcomeUnknown("500"), "before"),
        (OutcomeUnknown("no answer in time"), "after"),
        (Rejected("401", status=401), "before"),
    ],
    ids=str,
)
def test_a_provider_that_does_not_answer_is_waited_for_and_asked_again(
    client: Client, order: Order, gateway: FakeGateway, clock: Clock, error: Any, when: Any
) -> None:
    gateway.fail_next(error, when)
    response = press(client, order)
    assert (response.status_code, response.headers["Location"]) == (303, address_of(order))
    assert "state" in open_page(client, order).ids
    assert 'id="state"' in ask(client, order, "starting").content.decode()

    clock.shift(timedelta(minutes=6))
    send_all(gateway)
    leads_to = ask(client, order, "starting").headers["HX-Redirect"]
    assert leads_to.startswith(PROVIDER)
    assert provider_id(press(client, order)) == leads_to.rpartition("=")[2]
    assert len(gateway._payments) == 1
    assert len({sent.key for sent in gateway.journal if sent.method == "POST"}) == 1


@pytest.mark.parametrize("email", ["buh", "buh@", "buh@localhost", "a\0b@example.com", f"{'a' * 250}@ya.ru"])
def test_without_an_address_for_the_receipt_nothing_is_started(
    client: Client, order: Order, gateway: FakeGateway, email: str
) -> None:
    before = saved_rows()
    response = press(client, order, email)
    page = read(response)
    assert response.status_code == 422
    assert page.attrs_of("input", name="email")[0]["aria-invalid"] == "true"
    assert "email_error" in page.ids
    assert (saved_rows(), gateway.journal) == (before, [])
    assert "form-action 'self' https://yoomoney.ru" in response.headers["Content-Security-Policy"]


def test_typed_values_stay(client: Client, order: Order) -> None:
    assert read(press(client, order, "buh@<b>")).forms[1].values == {"email": ["buh@<b>"]}


def test_somebody_who_works_on_the_order_is_waited_for(
    client: Client, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: Any, **_named: Any) -> None:
        raise Busy

    monkeypatch.setattr("orders.views.pay.pay_page.start_payment", busy)
    response = press(client, order)
    page = read(response)
    assert (response.status_code, page.forms[1].values) == (422, {"email": [EMAIL]})
    assert "Эти бронирования прямо сейчас меняет кто-то ещё. Попробуйте ещё раз." in page.html


def test_an_answer_that_cannot_be_taken_now_is_taken_by_a_job(
    client: Client, order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    def busy(*_args: Any, **_named: Any) -> None:
        raise Busy

    with monkeypatch.context() as patched:
        patched.setattr("orders.domain.online.sending.take_answer", busy)
        assert press(client, order).headers["Location"] == address_of(order)
    clock.shift(timedelta(minutes=1))
    send_all(gateway)
    assert ask(client, order, "starting").headers["HX-Redirect"].startswith(PROVIDER)
    assert len(gateway._payments) == 1


def test_a_page_without_cookies_pays_too(order: Order) -> None:
    client = Client(enforce_csrf_checks=True)
    open_page(client, order)
    client.cookies.clear()
    assert press(client, order).status_code == 303


def test_a_declined_customer_tries_again_with_a_new_attempt(client: Client, order: Order, gateway: FakeGateway) -> None:
    first = provider_id(press(client, order))
    gateway.decline(first, "insufficient_funds")
    client.get(address_of(order, "return/"))
    second = provider_id(press(client, order))
    assert first != second
    gateway.pay(second)
    client.get(address_of(order, "return/"))
    after = seen(order)
    assert (after.status, after.payments) == ("confirmed", ["canceled", "succeeded"])
    assert len({sent.key for sent in gateway.journal if sent.method == "POST"}) == 2


@pytest.mark.parametrize(
    "stage", [stages.expired, stages.cancelled, stages.paid, stages.returning], ids=lambda stage: stage.__name__
)
def test_an_order_that_can_no_longer_be_paid_starts_no_payment(
    client: Client, order: Order, gateway: FakeGateway, stage: Callable[[Order, FakeGateway], str]
) -> None:
    stage(order, gateway)
    before, asked = saved_rows(), list(gateway.journal)
    response = press(client, order)
    assert (response.status_code, response.headers["Location"]) == (303, address_of(order))
    assert (saved_rows(), gateway.journal) == (before, asked)


def test_an_order_that_is_never_paid_expires_with_one_letter(
    client: Client, order: Order, gateway: FakeGateway, clock: Clock
) -> None:
    clock.shift(timedelta(hours=23, minutes=50))
    attempt = provider_id(press(client, order))
    clock.shift(timedelta(minutes=70))
    expire_overdue(gateway, timezone.now())
    client.get(address_of(order, "return/"))
    look(PaymentAttempt.objects.get(provider_id=attempt), gateway)
    after = seen(order)
    assert (after.status, after.tickets, after.payments) == ("expired", ["cancelled"], ["canceled"])
    assert after.letters == ["created", "expired"]
    assert "Деньги не списаны" in open_page(client, order).html
