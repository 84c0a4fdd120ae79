"""Sharing a booking: a link for others, with or without the code, until it is withdrawn or over."""

from urllib.parse import urlsplit

import icalendar
import pytest
import time_machine
from django.test import Client

from coworking.models import Location, Ticket, TicketShare, TicketStatus
from orders.models import EventKind, Order, OrderEvent
from tests.factories import make_order, make_pool, make_tariff, make_user
from tests.html import text_of
from tests.moments import moment
from tests.snapshots import saved_rows
from tests.views.pages import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(client: Client, clock: time_machine.Coordinates) -> Order:
    """A place for the customer, who is signed in, and one for a guest, on Wednesday, 10 to 12, by invoice."""
    tariff = make_tariff(service=make_pool(name="Опен-спейс", capacity=4), price="300")
    Location.objects.update(address="Ленина, 1", directions="Вход со двора")
    customer = make_user(last_name="Петров", email="petrov@example.com")
    people = (None, make_user(last_name="Орлова").pk)
    order = make_order(tariff=tariff, customer=customer, visitor_ids=people, payment_method="invoice")
    client.force_login(customer)
    return order


def ticket_of(order: Order, last_name: str = "Петров") -> Ticket:
    return Ticket.objects.get(lines__order=order, visitor__last_name=last_name)


def share(client: Client, ticket: Ticket, **sent: str) -> str:
    """Share a booking and return the path of its link."""
    assert client.post(f"/my/bookings/{ticket.pk}/share/", sent).status_code == 302
    page = read(client.get(f"/my/bookings/{ticket.pk}/share/"))
    [path] = [urlsplit(attrs["value"]).path for attrs in page.attrs_of("input", id="address")]
    return path


def test_whoever_has_the_address_sees_where_and_when_and_nothing_of_people_or_money(
    client: Client, order: Order
) -> None:
    ticket = ticket_of(order)
    path = share(client, ticket)
    answer = Client().get(path)
    words = text_of(answer.content.decode()).replace("\u00a0", " ")
    for said in ("Опен-спейс", "Завтра, 10:00–12:00", "Ленина, 1", "Вход со двора", "откроется завтра"):
        assert said in words
    for secret in ("Петров", "₽", "300", "petrov@", str(ticket.pk), str(order.pk), order.customer.phone.as_e164[-4:]):  # type: ignore[union-attr]
        assert secret not in words
    assert not read(answer).attrs_of("svg", role="img")
    assert (answer.headers["X-Robots-Tag"], answer.headers["Referrer-Policy"]) == ("noindex, nofollow", "no-referrer")
    assert "no-store" in answer.headers["Cache-Control"]
    file = Client().get(f"{path}calendar/")
    [entry] = icalendar.Calendar.from_ical(file.content).walk("VEVENT")
    assert (str(entry["SUMMARY"]), "Петров" in file.content.decode()) == ("Опен-спейс", False)


def test_the_code_is_shown_only_if_it_is_asked_for_and_while_it_lets_in(client: Client, order: Order) -> None:
    path = share(client, ticket_of(order), shows_code="1")
    assert read(Client().get(path)).attrs_of("svg", role="img")
    Ticket.objects.update(status=TicketStatus.CANCELLED)
    answer = Client().get(path)
    assert not read(answer).attrs_of("svg", role="img")
    assert "Это бронирование отменено." in answer.content.decode()


def test_an_address_leads_nowhere_once_it_is_withdrawn_made_anew_or_the_visitor_is_another(
    client: Client, order: Order
) -> None:
    ticket = ticket_of(order)
    first = share(client, ticket)
    second = share(client, ticket)
    assert [Client().get(path).status_code for path in (first, second)] == [404, 200]
    for _twice in range(2):
        assert client.post(f"/my/bookings/{ticket.pk}/share/", {"off": "1"}).status_code == 302
    assert Client().get(second).status_code == 404
    third = share(client, ticket)
    Ticket.objects.filter(pk=ticket.pk).update(visitor=make_user())
    assert (Client().get(third).status_code, Client().get(f"{third}calendar/").status_code) == (404, 404)
    told = OrderEvent.objects.filter(kind__in=[EventKind.SHARED, EventKind.UNSHARED]).order_by("pk")
    assert [(event.kind, event.by) for event in told] == [
        (kind, order.customer) for kind in ("shared", "shared", "unshared", "shared")
    ]


def test_an_address_before_is_spoken_of_where_there_was_one(client: Client, order: Order) -> None:
    client.force_login(order.customer)
    path = f"/my/bookings/{ticket_of(order).pk}/share/"
    answers = [client.post(path, follow=True).context["messages"] for _time in range(2)]
    told = [[str(message) for message in messages] for messages in answers]
    assert told == [["Ссылка готова."], ["Ссылка готова. Прежняя больше не открывается."]]


def test_it_is_over_with_the_booking(client: Client, order: Order, clock: time_machine.Coordinates) -> None:
    ticket = ticket_of(order)
    path = share(client, ticket)
    clock.move_to(moment("2026-11-25 11:59"))
    assert Client().get(path).status_code == 200
    clock.move_to(moment("2026-11-25 12:00"))
    assert Client().get(path).status_code == 404
    client.force_login(order.customer)
    before = saved_rows()
    refused = client.post(f"/my/bookings/{ticket.pk}/share/", {"shows_code": "1"})
    assert (refused.status_code, {**saved_rows(), "Session": 0}) == (422, {**before, "Session": 0})
    assert "пока оно не закончилось" in refused.content.decode()


def test_whoever_comes_shares_a_booking_and_whoever_has_ordered_it_too(client: Client, order: Order) -> None:
    guest = ticket_of(order, "Орлова")
    share(client, guest)
    visitor, stranger = Client(), Client()
    visitor.force_login(guest.visitor)
    share(visitor, guest)
    assert visitor.post(f"/my/bookings/{ticket_of(order).pk}/share/").status_code == 404
    stranger.force_login(make_user())
    assert stranger.post(f"/my/bookings/{guest.pk}/share/").status_code == 404
    assert TicketShare.objects.count() == 1


def test_reading_it_changes_nothing_and_is_limited(client: Client, order: Order) -> None:
    path = share(client, ticket_of(order))
    reader, before = Client(), saved_rows()
    codes = {reader.get(path).status_code for _time in range(60)}
    assert (codes, reader.get(path).status_code) == ({200}, 429)
    assert saved_rows() == before
