"""The payment link: ours, the same whatever the provider does."""

from datetime import timedelta

import pytest
import time_machine

from orders.domain.online.links import LinkNotSent, ensure_link, note_opening, resend_link, url_of
from orders.models import Message, Order, PaymentLink
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import pay, review, seen
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def test_an_order_keeps_its_link(order: Order, clock: time_machine.Coordinates) -> None:
    link = PaymentLink.objects.get()
    assert link.created_at == now()
    clock.shift(SECOND)
    assert ensure_link(order, at=now()) == link
    assert url_of(link) == f"http://127.0.0.1:8000/pay/{link.token}/"


def test_a_link_is_sent_again_after_a_minute(order: Order, clock: time_machine.Coordinates) -> None:
    first = now()
    resend_link(order.pk, at=now())
    clock.shift(timedelta(seconds=59))
    before = saved_rows()
    with pytest.raises(LinkNotSent):
        resend_link(order.pk, at=now())
    assert saved_rows() == before
    clock.shift(SECOND)
    link = resend_link(order.pk, at=now())
    assert link.resent_at == now()
    asked = Message.objects.filter(kind="link").order_by("pk").values_list("asked_at", flat=True)
    assert list(asked) == [first, now()]


def test_a_link_is_made_for_an_order_that_has_none(desk_order: Order) -> None:
    assert not PaymentLink.objects.exists()
    link = resend_link(desk_order.pk, at=now())
    assert (link.order, seen(desk_order).letters) == (desk_order, ["created", "tickets", "link"])


@pytest.mark.parametrize("obstacle", ["no e-mail", "paid", "in review", "too late", "cancelled"])
def test_a_link_that_leads_nowhere_is_not_sent(obstacle: str, order: Order, gateway: FakeGateway) -> None:
    if obstacle == "no e-mail":
        Order.objects.update(email="", payment_method="on_site", status="confirmed")
    elif obstacle == "paid":
        pay(order, gateway)
    elif obstacle == "in review":
        review(order, gateway)
    elif obstacle == "too late":
        Order.objects.update(deadline_at=now())
    else:
        Order.objects.update(status="cancelled")
    before = saved_rows()
    with pytest.raises(LinkNotSent):
        resend_link(order.pk, at=now())
    assert saved_rows() == before


@pytest.mark.usefixtures("order")
def test_openings_are_counted_and_the_first_one_is_remembered(clock: time_machine.Coordinates) -> None:
    first = now()
    for _opening in range(3):
        note_opening(PaymentLink.objects.get(), at=now())
        clock.shift(SECOND)
    link = PaymentLink.objects.get()
    assert (link.opens, link.opened_at) == (3, first)
