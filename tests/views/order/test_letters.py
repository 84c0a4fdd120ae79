"""The dialogs show the letter that will be sent."""

from itertools import product
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coworking.models import CancellationStep, Service
from orders.letters.compose import compose
from orders.models import Message, Order
from tests.gateways.fake import FakeGateway
from tests.html import text_of
from tests.orders.steps import pay, send_all, take
from tests.snapshots import saved_rows
from tests.views.order.asking import assert_done, page_of, token

pytestmark = pytest.mark.django_db
BY_HAND = {"method": "on_site", "moved_on": "2026-11-24", "document": "8"}


@pytest.fixture
def paid(order: Order, gateway: FakeGateway) -> Order:
    pay(order, gateway)
    return order


def signs(text: str) -> str:
    return "".join(text.split())


def previewed(client: Client, order: Order, part: str, typed: dict[str, Any]) -> str:
    """Return the letter that a dialog shows for what was typed; looking saves nothing."""
    before = saved_rows()
    answer = client.post(f"{page_of(order)}{part}letter/", typed, headers={"HX-Request": "true"})
    assert (answer.status_code, saved_rows()) == (200, before)
    return signs(text_of(answer.content.decode()))


def sent(order: Order, kind: str) -> str:
    letter = compose(Message.objects.filter(order=order, kind=kind).latest("pk"))
    return signs(f"{letter.subject} {letter.body}")


@pytest.mark.parametrize("typed", [{"amount": "600"}, {"amount": "450,50"}, {"amount": "0"}])
def test_the_letter_of_a_cancellation_is_the_one_that_is_sent(
    at_desk: Client, paid: Order, typed: dict[str, str]
) -> None:
    typed = {**typed, "reason": "Не приедут <сегодня>"}
    shown = previewed(at_desk, paid, "cancel/", typed)
    assert_done(at_desk, paid, "cancel/", typed)
    assert shown == sent(paid, "cancelled")


def test_the_dialog_opens_with_the_letter_by_the_policy(at_desk: Client, paid: Order, pool: Service) -> None:
    CancellationStep.objects.create(service=pool, hours_before=0, percent=50)
    page = text_of(at_desk.get(page_of(paid) + "cancel/").content.decode()).replace("\u00a0", " ")
    assert f"Заказ {paid.number} отменён" in page
    assert "Вернём 300 ₽." in page
    assert "По условиям отмены 300 ₽ не возвращается." in page


@pytest.mark.parametrize("source", ["online", "desk"])
def test_the_letter_of_a_refund_is_the_one_that_is_sent(
    at_desk: Client, order: Order, gateway: FakeGateway, manager: User, source: str
) -> None:
    take(order, "200", by=manager)
    pay(order, gateway)
    typed = {"token": token(), "source": source, "amount": "100", "reason": "Шумно", **BY_HAND}
    shown = previewed(at_desk, order, "refund/", typed)
    assert_done(at_desk, order, "refund/", typed)
    send_all(gateway)
    assert shown == sent(order, "refunded")


@pytest.mark.parametrize("typed", [{"amount": "600"}, {"amount": "100", "rest": "owe", "owed_until": "25.11.2026"}])
def test_the_letter_about_money_from_the_desk_is_the_one_that_is_sent(
    at_desk: Client, order: Order, typed: dict[str, str]
) -> None:
    typed = {"token": token(), **BY_HAND, **typed}
    shown = previewed(at_desk, order, "payments/new/", typed)
    assert_done(at_desk, order, "payments/new/", typed)
    assert shown == sent(order, "paid")


def test_a_part_that_confirms_nothing_brings_no_letter(at_desk: Client, order: Order) -> None:
    typed = {"token": token(), **BY_HAND, "amount": "100", "rest": "wait"}
    assert "Письмопоявится" in previewed(at_desk, order, "payments/new/", typed)
    assert_done(at_desk, order, "payments/new/", typed)
    assert not Message.objects.filter(kind="paid").exists()


def test_a_sum_that_cannot_be_shows_no_letter_of_it(at_desk: Client, paid: Order) -> None:
    for part, amount in product(("cancel/", "refund/"), ("", "много", "9999")):
        shown = previewed(at_desk, paid, part, {"amount": amount, "reason": "", "source": "online"})
        assert shown == "Письмопоявитсявместессуммой.", (part, amount)


@pytest.mark.parametrize("part", ["cancel/", "refund/", "payments/new/"])
def test_without_an_e_mail_no_dialog_promises_a_letter(at_desk: Client, desk_order: Order, part: str) -> None:
    Order.objects.update(email="")
    page = at_desk.get(page_of(desk_order) + part, follow=True).content.decode()
    assert "Письмо заказчику" not in page


def test_the_letter_of_a_payment_link_is_the_one_that_is_sent(at_desk: Client, order: Order) -> None:
    dialog = at_desk.get(page_of(order) + "link/").context["text"]
    assert at_desk.post(page_of(order) + "link/send/").status_code == 302
    assert signs(f"{dialog.subject} {dialog.body}") == sent(order, "link")
