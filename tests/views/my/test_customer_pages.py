"""«Мой кабинет»: a person's own orders and bookings, and nobody else's."""

from datetime import timedelta
from typing import Any

import icalendar
import pytest
from django.test import Client
from django.utils.translation import gettext, override

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Location, Ticket, TicketStatus, Unit
from orders.domain.desk.cancelling import cancel_order
from orders.domain.online.completion import complete_finished
from orders.models import Order
from tests.factories import make_order, make_pool, make_seats, make_tariff, make_user, seat_of
from tests.moments import NOW, THURSDAY, TUESDAY, WEDNESDAY, moment
from tests.views.pages import read, shortened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
PRESSED = ("primary", "danger-solid")


@pytest.fixture
def customer(client: Client) -> User:
    customer = make_user(last_name="Орлова", first_name="Мария")
    client.force_login(customer)
    return customer


def own(customer: User, **fields: Any) -> Order:
    """Save an order of this customer for a whole Wednesday, made by a manager unless somebody else is named."""
    tariff = make_tariff(service=make_seats(), unit=Unit.DAY, price="900")
    return make_order(tariff=tariff, customer=customer, **{"when": When(day=WEDNESDAY), **fields})


def shown(client: Client, url: str) -> list[str]:
    """Return the orders or bookings a list leads to, in their order."""
    response = client.get(url)
    assert response.status_code == 200
    return [
        link.split("/")[3]
        for link in read(response).links()
        if link.startswith(url.split("?", maxsplit=1)[0]) and link[-2].isdigit()
    ]


def tickets(order: Order) -> list[Ticket]:
    """Return the tickets of an order, by number."""
    return list(Ticket.objects.filter(lines__order=order).order_by("number"))


def test_orders_are_those_where_the_person_pays_and_bookings_those_where_they_come(
    client: Client, customer: User
) -> None:
    friend = make_user()
    paid = own(customer, visitor_ids=(friend.pk,))
    invited = own(friend, visitor_ids=(customer.pk,))
    own(friend)

    assert shown(client, "/my/orders/") == [str(paid.number)]
    assert shown(client, "/my/bookings/") == [str(tickets(invited)[0].number)]
    assert client.get(f"/my/orders/{invited.number}/").status_code == 404
    assert client.get(f"/my/bookings/{tickets(paid)[0].number}/").status_code == 404
    booking = read(client.get(f"/my/bookings/{tickets(invited)[0].number}/"))
    assert f"/my/orders/{invited.number}/" not in booking.links()


def test_a_manager_sees_own_orders_alone_in_the_own_account(client: Client, customer: User) -> None:
    order = own(customer)
    client.force_login(order.created_by)
    assert shown(client, "/my/orders/?view=all") == []


def test_orders_are_upcoming_past_or_all_newest_first(client: Client, customer: User) -> None:
    over = own(customer, when=When(day=TUESDAY), at=moment("2026-11-24 07:00"))
    Ticket.objects.filter(lines__order=over).update(period=(NOW - timedelta(hours=9), NOW - timedelta(hours=1)))
    Order.objects.filter(pk=over.pk).update(period=(NOW - timedelta(hours=9), NOW - timedelta(hours=1)))
    complete_finished(None, NOW)
    cancelled, ahead, later = own(customer), own(customer), own(customer, when=When(day=THURSDAY))
    cancel_order(cancelled.number, by=cancelled.created_by, reason="Передумал", at=NOW)

    assert shown(client, "/my/orders/") == [str(later.number), str(ahead.number)]
    assert shown(client, "/my/orders/?view=junk") == shown(client, "/my/orders/")
    assert shown(client, "/my/orders/?view=past") == [str(cancelled.number), str(over.number)]
    everything = [str(order.number) for order in (later, ahead, cancelled, over)]
    assert shown(client, "/my/orders/?view=all") == everything


def test_a_held_ticket_says_what_it_waits_for_and_offers_the_customer_to_pay(
    client: Client, customer: User, settings: Any
) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    order = own(customer, payment_method="online")
    own_ticket, url = tickets(order)[0], f"/my/orders/{order.number}/pay/"
    page = read(client.get(f"/my/bookings/{own_ticket.number}/"))
    assert "Ждёт оплаты до" in page.html
    assert url in page.links()
    Order.objects.update(customer=make_user())
    page = read(client.get(f"/my/bookings/{own_ticket.number}/"))
    assert "Ждёт оплаты до" in page.html
    assert url not in page.links()


def test_the_lists_say_what_to_do_next(client: Client, customer: User) -> None:
    order = own(customer)
    code = f"/my/bookings/{tickets(order)[0].number}/"
    page = read(client.get("/my/orders/"))
    assert code in page.links()
    assert "Оплатите у администратора" in page.html
    assert "приходите и покажите код" in client.get("/my/bookings/").content.decode()
    cancel_order(order.number, by=order.created_by, reason="Передумал", at=NOW)
    page = read(client.get("/my/orders/?view=past"))
    assert (code in page.links(), f"/my/orders/{order.number}/repeat/" in page.links()) == (False, True)
    assert "приходите" not in client.get("/my/bookings/").content.decode()


def test_a_place_of_a_pool_is_told_in_words(client: Client, customer: User) -> None:
    order = make_order(tariff=make_tariff(service=make_pool()), customer=customer)
    ticket = tickets(order)[0].number
    for url in (f"/my/orders/{order.number}/", f"/my/bookings/{ticket}/"):
        html = client.get(url).content.decode()
        assert '<span class="sub">Любое свободное место</span>' in html, url
        assert "seat-no" not in html, url


def test_an_order_made_by_a_manager_says_so(client: Client, customer: User) -> None:
    order = own(customer)
    with override("ru"):
        mark = gettext("Made by a manager")
    assert mark in client.get("/my/orders/").content.decode()
    assert order.created_by.short_name in client.get(f"/my/orders/{order.number}/").content.decode()
    Order.objects.update(created_by=customer)
    assert mark not in client.get("/my/orders/").content.decode()


def test_the_internal_note_stays_internal_and_the_comment_does_not(client: Client, customer: User) -> None:
    order = own(customer, comment="Ключ на стойке", internal_note="Должен за ноябрь")
    pages = [client.get(f"/my/orders/{order.number}/"), client.get("/my/orders/")]
    pages += [
        client.get(f"/my/bookings/{tickets(order)[0].number}/"),
        client.get(f"/my/orders/{order.number}/calendar/"),
    ]
    assert "Ключ на стойке" in pages[0].content.decode()
    assert not [page for page in pages if "Должен" in page.content.decode()]


def test_the_calendar_file_holds_the_booked_time(client: Client, customer: User) -> None:
    service = make_seats()
    order = make_order(
        tariff=make_tariff(service=service),
        customer=customer,
        visitor_ids=(None, None),
        seat_ids=(seat_of(service, "A2").pk,),
    )
    response = client.get(f"/my/orders/{order.number}/calendar/")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == f'attachment; filename="order-{order.number}.ics"'
    events = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    assert {(event.decoded("dtstart"), event.decoded("dtend")) for event in events} == {
        (order.period.start, order.period.end)
    }


@pytest.mark.parametrize("status", TicketStatus.values)
def test_the_code_is_shown_for_an_active_ticket_alone(client: Client, customer: User, status: str) -> None:
    order = own(customer)
    ticket = tickets(order)[0]
    held_until = NOW + timedelta(hours=1) if status == TicketStatus.HELD else None
    Ticket.objects.filter(pk=ticket.pk).update(status=status, held_until=held_until)

    is_active = status == TicketStatus.ACTIVE
    booking = read(client.get(f"/my/bookings/{ticket.number}/"))
    assert bool(booking.attrs_of("svg", role="img")) is is_active
    order_page = read(client.get(f"/my/orders/{order.number}/"))
    assert (f"/my/bookings/{ticket.number}/" in order_page.links()) is is_active
    assert ticket.code not in booking.html


def test_the_bookings_have_the_agreed_columns(client: Client, customer: User) -> None:
    own(customer)
    with override("ru"):
        titles = [gettext(text) for text in ("Number", "Service name", "Rental period", "Status")]
    assert read(client.get("/my/bookings/")).text["th"] == titles


@pytest.mark.parametrize("url", ["/my/orders/", "/my/orders/?view=past", "/my/orders/?view=all", "/my/bookings/"])
def test_an_empty_list_says_so(client: Client, customer: User, url: str) -> None:
    page = read(client.get(url))
    assert page.text["h2"]
    assert "table" not in {tag for tag, _attrs in page.tags}


@pytest.mark.parametrize(("url", "size"), [("/my/orders/?view=all", 20), ("/my/bookings/?", 30)])
def test_pages_show_each_row_once(client: Client, customer: User, url: str, size: int) -> None:
    for _ in range(size + 3):
        own(customer)
    first = read(client.get(url))
    rel = {attrs["rel"]: attrs["href"] for attrs in first.attrs_of("a") if attrs.get("rel") == "next"}
    path = url.split("?", maxsplit=1)[0]
    rows = shown(client, url) + shown(client, path + rel["next"])
    assert len(rows) == len(set(rows)) == size + 3


@pytest.mark.parametrize(
    "query", ["after=junk", "before=junk", "after=1~x", "before=9~", f"after={'9' * 4000}~", "view=%F0"], ids=shortened
)
@pytest.mark.parametrize("url", ["/my/orders/", "/my/bookings/"])
def test_junk_in_the_address_is_answered(client: Client, customer: User, url: str, query: str) -> None:
    own(customer)
    assert client.get(f"{url}?{query}").status_code == 200


def test_the_phone_of_the_location_is_a_link_that_calls(client: Client, customer: User) -> None:
    order = own(customer)
    Location.objects.update(phone="8 831 253-01-17")

    page = client.get(f"/my/orders/{order.number}/")

    assert "+7\u00a0831\u00a0253-01-17" in page.content.decode()
    assert [link for link in read(page).links() if link.startswith("tel:")] == ["tel:+78312530117"]


@pytest.mark.parametrize(
    "page", ["/my/orders/", "/my/orders/?view=all", "/my/bookings/", "/my/passes/", "/my/waiting/"]
)
def test_an_empty_list_leads_to_what_can_be_booked(page: str) -> None:
    client = Client()
    client.force_login(make_user())
    links = read(client.get(page)).attrs_of("a", **{"class": "btn", "data-variant": "primary"})
    assert [link["href"] for link in links] == ["/services/"]


@pytest.mark.parametrize(
    "url",
    [
        "/my/orders/{order}/cancel/",
        "/my/orders/{order}/tickets/{ticket}/move/",
        "/my/orders/{order}/tickets/{ticket}/hand-over/",
        "/my/bookings/{ticket}/share/",
        "/my/profile/name/",
        "/my/profile/email/",
        "/my/profile/phone/",
        "/accounts/login/code/",
        "/accounts/password/reset/",
    ],
)
def test_a_button_pressed_twice_sends_its_form_once(client: Client, customer: User, url: str) -> None:
    """The second answer would say that what has just been done cannot be done."""
    order = own(customer, when=When(day=THURSDAY))
    if url.startswith("/accounts/"):
        client.logout()
    page = read(client.get(url.format(order=order.number, ticket=tickets(order)[0].number)))
    [button] = [one for one in page.attrs_of("button", type="submit") if one.get("data-variant") in PRESSED]
    assert button["data-busy"] in ("Сохраняем", "Отменяем", "Отправляем")
    assert any("js/sent-once" in one.get("src", "") for one in page.attrs_of("script"))
