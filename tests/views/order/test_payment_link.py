"""The payment link at the desk: its states, sending, showing, extending, reactivating."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from coworking.models import Tariff
from orders.domain.online.expiry import expire_overdue
from orders.domain.online.links import note_opening, url_of
from orders.letters.compose import compose
from orders.letters.mail import Text
from orders.models import LedgerEntry, Message, OffsetReceipt, Order, OrderEvent, PaymentAttempt
from tests.factories import make_order
from tests.gateways.fake import FakeGateway
from tests.orders.steps import cancel, look, pay, press_pay, seen, take
from tests.snapshots import saved_rows
from tests.views.order.asking import in_russian, page_of, plain, said
from tests.views.pages import read

pytestmark = pytest.mark.django_db

SEND, EXTEND, AGAIN, QR = "link/send/", "extend/", "reactivate/", "link/"
HOUR = timedelta(hours=1)


def shown(client: Client, order: Order) -> str:
    """Return the order's page as text with ordinary spaces."""
    response = client.get(page_of(order))
    assert response.status_code == 200
    return plain(response.content.decode())


def steps(client: Client, order: Order) -> list[bool]:
    """Return the completed steps of the payment."""
    track = shown(client, order).split('<ol class="track"')[1].split("</ol>")[0]
    return ["data-done" in step for step in track.split("<li")[1:]]


def assert_refused(client: Client, order: Order, part: str, message: str) -> None:
    """Press a button that is refused: the page says why, nothing is saved."""
    before = saved_rows()
    response = client.post(page_of(order) + part)
    assert response.status_code == 422
    page = plain(response.content.decode())
    assert in_russian(message) in page
    assert in_russian("Nothing was changed.") in page
    assert saved_rows() == before


def assert_sent(shown: Text, order: Order) -> None:
    """Compare the letter that was shown with the one that was sent."""
    letter = compose(Message.objects.filter(order=order).latest("pk"))
    assert (shown.subject, shown.body) == (letter.subject, str(letter.body).strip())


def assert_done(client: Client, order: Order, part: str) -> None:
    """Press a button and come back to the order's page."""
    assert client.post(page_of(order) + part).headers["Location"] == page_of(order)


def test_the_page_follows_the_life_of_the_link(at_desk: Client, order: Order, gateway: FakeGateway) -> None:
    assert steps(at_desk, order) == [True, False, False, False, False]
    Message.objects.filter(order=order).update(sent_at=timezone.now())
    note_opening(order.link, at=timezone.now())
    assert steps(at_desk, order) == [True, True, True, False, False]
    assert "ждём 600 ₽" in shown(at_desk, order)
    assert "осталось" in shown(at_desk, order)
    pay(order, gateway)
    assert steps(at_desk, order)[:4] == [True, True, True, True]
    assert "осталось" not in shown(at_desk, order)


def test_the_page_says_in_words_why_a_payment_was_declined(at_desk: Client, order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.decline(attempt.provider_id or "", "insufficient_funds")
    look(attempt, gateway)
    page = shown(at_desk, order)
    assert "Оплата 600 ₽ не прошла, сегодня в 09:00" in page
    assert "Причина: недостаточно средств." in page
    assert "600 ₽ · недостаточно средств" in page  # the history
    assert "insufficient_funds" not in page
    press_pay(order, gateway)
    assert "Причина: недостаточно средств." not in shown(at_desk, order)


def test_an_unknown_reason_reads_as_none(at_desk: Client, order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.decline(attempt.provider_id or "", "brand_new_reason")
    look(attempt, gateway)
    assert "Причина: банк не назвал причину." in shown(at_desk, order)
    assert "brand_new_reason" not in shown(at_desk, order)


def test_an_order_paid_at_the_desk_has_no_way_of_an_online_payment(
    at_desk: Client, desk_order: Order, manager: User
) -> None:
    take(desk_order, "600", by=manager)
    assert 'class="track"' not in shown(at_desk, desk_order)


def test_the_link_is_sent_again_once_a_minute(at_desk: Client, order: Order, clock: time_machine.Coordinates) -> None:
    assert_done(at_desk, order, SEND)
    assert seen(order).letters == ["created", "link"]
    assert f"Ссылка отправляется на {order.email}." in shown(at_desk, order)
    assert_refused(at_desk, order, SEND, "The link was sent less than a minute ago.")
    clock.shift(timedelta(seconds=60))
    assert_done(at_desk, order, SEND)
    assert seen(order).letters == ["created", "link", "link"]


def test_a_link_that_nobody_can_pay_by_is_not_sent(at_desk: Client, order: Order, manager: User) -> None:
    cancel(order, None, by=manager)
    assert_refused(at_desk, order, SEND, "There is nothing to pay on this order.")


def test_the_code_on_the_screen_leads_to_the_link(at_desk: Client, order: Order) -> None:
    response = at_desk.get(page_of(order) + QR, headers={"HX-Request": "true"})
    page = read(response)
    assert not page.attrs_of("html")
    assert page.attrs_of("svg", role="img")[0]["data-size"] == "xl"
    assert url_of(order.link) in page.links()
    copied = [button["data-copy"] for button in page.attrs_of("button") if "data-copy" in button]
    assert copied == [url_of(order.link)]
    assert read(at_desk.get(page_of(order) + QR)).attrs_of("html")


def test_an_order_without_a_link_has_no_code(at_desk: Client, desk_order: Order) -> None:
    assert at_desk.get(page_of(desk_order) + QR).status_code == 404


def test_the_time_to_pay_is_counted_from_now(at_desk: Client, order: Order, clock: time_machine.Coordinates) -> None:
    was = order.deadline_at
    assert_refused(at_desk, order, EXTEND, "The deadline cannot be moved further: the service sets the longest.")
    clock.shift(HOUR)
    assert_done(at_desk, order, EXTEND)
    order.refresh_from_db()
    assert was is not None
    assert order.deadline_at == was + HOUR
    event = OrderEvent.objects.select_related("order__location").get(order=order, kind="deadline_moved")
    assert said(event) == "25.11.2026 09:00 → 25.11.2026 10:00"
    assert event.by == order.created_by


def test_an_order_that_waits_for_nothing_has_no_time_to_extend(at_desk: Client, desk_order: Order) -> None:
    assert_refused(at_desk, desk_order, EXTEND, "Only an order that waits for its payment has a deadline.")


@pytest.fixture
def expired(at_desk: Client, order: Order, gateway: FakeGateway, clock: time_machine.Coordinates) -> Order:
    """An order that was not paid by Wednesday, 9:00."""
    clock.shift(timedelta(hours=24, minutes=5))
    assert expire_overdue(gateway, timezone.now()) == 1
    at_desk.force_login(order.created_by)
    return Order.objects.get(pk=order.pk)


def test_an_expired_order_takes_its_places_again(at_desk: Client, expired: Order) -> None:
    assert page_of(expired) + AGAIN in read(at_desk.get(page_of(expired))).links()
    before = saved_rows()
    dialog = at_desk.get(page_of(expired) + AGAIN)
    assert saved_rows() == before
    assert_done(at_desk, expired, AGAIN)
    after = seen(expired)
    assert (after.status, after.tickets, after.letters[-1]) == ("awaiting_payment", ["held"], "link")
    assert_sent(dialog.context["letter"], expired)
    assert page_of(expired) + AGAIN not in read(at_desk.get(page_of(expired))).links()
    assert at_desk.get(page_of(expired) + AGAIN).headers["Location"] == page_of(expired)


def test_an_expired_order_that_is_paid_is_confirmed_with_its_places(at_desk: Client, expired: Order) -> None:
    pay_by_hand = {"kind": "charge", "method": "on_site", "amount": 600}
    LedgerEntry.objects.create(order=expired, at=timezone.now(), by=expired.created_by, **pay_by_hand)
    dialog = at_desk.get(page_of(expired) + AGAIN)
    assert "Заказ оплачен" in plain(dialog.content.decode())
    assert_done(at_desk, expired, AGAIN)
    after = seen(expired)
    assert (after.status, after.tickets, after.letters[-1]) == ("confirmed", ["active"], "paid")
    assert_sent(dialog.context["letter"], expired)
    assert "Места снова заняты: заказ оплачен." in shown(at_desk, expired)


def test_an_order_whose_time_has_begun_says_so_before_anything_is_pressed(
    at_desk: Client, expired: Order, clock: time_machine.Coordinates
) -> None:
    clock.move_to(expired.period.start)
    answer = at_desk.get(page_of(expired) + AGAIN)
    assert answer.status_code == 422
    assert in_russian("Nothing was changed.") in plain(answer.content.decode())


def test_an_expired_order_whose_place_is_gone_stays_expired(at_desk: Client, expired: Order, tariff: Tariff) -> None:
    make_order(tariff=tariff, by=expired.created_by, at=timezone.now())
    assert_refused(at_desk, expired, AGAIN, "Everything is taken at this time.")
    assert seen(expired).status == "expired"


def test_only_an_expired_order_is_started_anew(at_desk: Client, order: Order) -> None:
    before = saved_rows()
    assert at_desk.post(page_of(order) + AGAIN).status_code == 422
    assert saved_rows() == before


@pytest.mark.parametrize("part", [SEND, EXTEND, AGAIN])
def test_a_button_carried_on_after_a_new_sign_in_does_nothing(at_desk: Client, order: Order, part: str) -> None:
    before = saved_rows()
    response = at_desk.post(page_of(order) + part, {"action": "refresh"})
    assert response.headers["Location"] == page_of(order)
    assert saved_rows() == before


def test_each_payment_says_that_its_receipt_was_not_registered(
    at_desk: Client, order: Order, gateway: FakeGateway
) -> None:
    first = press_pay(order, gateway)
    order.email = "other@olvery.test"  # a new attempt, while the page of the first is open
    newest = pay(order, gateway)
    gateway.pay(first.provider_id or "")
    look(first, gateway)
    PaymentAttempt.objects.filter(pk=first.pk).update(receipt="canceled")
    PaymentAttempt.objects.filter(pk=newest.pk).update(receipt="succeeded")
    for attempt, sum in ((first, 400), (newest, 300)):
        OffsetReceipt.objects.create(attempt=attempt, amount=sum)

    page = shown(at_desk, order)

    assert page.count(f'<span class="sub">{in_russian("Receipt was not registered")}</span>') == 1
    assert [line.strip() for line in page.splitlines() if "Чек зачёта" in line] == [
        "Чек зачёта предоплаты, 300 ₽: чек регистрируется",
        "Чек зачёта предоплаты, 400 ₽: чек регистрируется",
    ]
