from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client

from coworking.models import Ticket, TicketStatus
from orders.models import Order, OrderStatus
from tests.admin.pages import address, filled, make_one_of_each
from tests.factories import (
    make_location,
    make_order,
    make_pool,
    make_tariff,
    make_ticket,
)
from tests.moments import hours, moment
from tests.orders.booking.asking import at_hours
from tests.orders.steps import take
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)


# Not changed by hand


@pytest.mark.parametrize("model", [Order, Ticket])
def test_orders_and_tickets_are_not_added_or_deleted(support: Client, model: type[Model]) -> None:
    row = make_one_of_each()[model]
    before = saved_rows()

    answers = [
        support.post(address(model, "add"), {"status": "confirmed"}),
        support.get(address(model, "delete", row.pk)),
        support.post(address(model, "delete", row.pk), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "delete_selected" not in support.get(address(model, "changelist")).text
    support.post(address(model, "changelist"), {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"})
    assert saved_rows() == before


def test_a_ticket_is_not_changed(support: Client) -> None:
    ticket = make_one_of_each()[Ticket]
    before = saved_rows()

    answer = support.post(address(Ticket, "change", ticket.pk), {"status": "cancelled"})

    assert answer.status_code == 403
    assert saved_rows() == before
    assert ticket.code not in support.get(address(Ticket, "change", ticket.pk)).text


def test_a_ticket_is_held_by_the_clock_of_its_location(support: Client) -> None:
    ticket = make_ticket(
        service=make_pool(), period=hours("10", "12"), status=TicketStatus.HELD, held_until=moment("2026-11-24 11:30")
    )

    page = support.get(address(Ticket, "change", ticket.pk)).text

    assert "24.11.2026 11:30" in page


def test_support_writes_the_internal_note_of_an_order_and_nothing_else(support: Client) -> None:
    order = make_order()
    before = saved_rows()
    page = support.get(address(Order, "change", order.pk))
    forged = {
        **{"status": "cancelled", "payment_method": "free", "customer_name": "Никто", "phone": "+79990000000"},
        **{"comment": "ничего", "lines-0-amount": "1", "lines-0-DELETE": "on", "events-0-DELETE": "on"},
        **{"lines-TOTAL_FORMS": "5", "lines-4-title": "Ещё", "lines-4-amount": "1", "events-TOTAL_FORMS": "5"},
        **{"events-4-kind": "created", "messages-TOTAL_FORMS": "5", "messages-0-DELETE": "on"},
    }

    answer = support.post(address(Order, "change", order.pk), filled(page, internal_note="Звонил", **forged))

    assert answer.status_code == 302
    after = saved_rows()
    assert after["Order"][0].pop("internal_note") == "Звонил"
    assert before["Order"][0].pop("internal_note") == ""
    assert after == before


def test_the_note_does_not_bring_back_a_status_that_has_moved_on(
    support: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order()
    data = filled(support.get(address(Order, "change", order.pk)), internal_note="Звонил")
    read = admin.site._registry[Order].get_object

    def read_just_before_it_moves(*args: Any, **kwargs: Any) -> Any:
        seen = read(*args, **kwargs)
        Order.objects.filter(pk=order.pk).update(status=OrderStatus.COMPLETED)
        return seen

    monkeypatch.setattr(admin.site._registry[Order], "get_object", read_just_before_it_moves)
    support.post(address(Order, "change", order.pk), data)

    order.refresh_from_db()
    assert (order.internal_note, order.status) == ("Звонил", OrderStatus.COMPLETED)


def test_an_order_shows_its_money_and_the_clock_of_its_location(support: Client) -> None:
    location = make_location(time_zone="Asia/Yekaterinburg")
    order = make_order(tariff=make_tariff(service=make_pool(location=location), price="1150"))

    page = support.get(address(Order, "change", order.pk)).text
    listed = support.get(address(Order, "changelist")).text

    assert "None" not in page
    for text in (page, listed):
        assert "2\u00a0300\u00a0₽" in text
        assert "25.11.2026 10:00–12:00" in text
        assert "24.11.2026 11:00" in text


def test_the_list_says_how_an_order_was_paid(support: Client) -> None:
    order = make_order(payment_method="invoice")
    take(order, "600", by=order.created_by)
    listed = support.get(address(Order, "changelist")).text
    assert "На месте<br>Оплачен" in listed
    assert "По счёту<br>" not in listed


def test_the_filter_by_method_finds_the_orders_that_say_so(support: Client) -> None:
    paid, unpaid = make_order(payment_method="invoice"), make_order(payment_method="invoice", when=at_hours("14", "16"))
    take(paid, "600", by=paid.created_by)
    for method, expected in (("on_site", [paid]), ("invoice", [unpaid]), ("junk", [unpaid, paid])):
        listed = support.get(address(Order, "changelist"), {"method": method})
        assert list(listed.context["cl"].result_list) == expected


def test_an_order_is_found_by_its_number_as_letters_write_it(support: Client) -> None:
    order, other = make_order(), make_order(when=at_hours("14", "16"))
    for text in (f"{order.pk}", f"№ {order.pk}", f"Заказ {order.pk}"):
        found: Any = support.get(address(Order, "changelist"), {"q": text})
        assert list(found.context["cl"].queryset) == [order]
    assert other.pk != order.pk
