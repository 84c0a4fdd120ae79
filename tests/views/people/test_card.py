"""The card of a customer known to the location: what they have here and owe, and the links to it."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccessEvent, User
from coworking.domain.rules import When
from coworking.models import Ticket, TicketStatus
from orders.models import Order
from tests.factories import make_company, make_location, make_manager, make_order, make_pass, make_user, make_waiting
from tests.html import text_of
from tests.moments import FRIDAY, THURSDAY, TUESDAY, WEDNESDAY, clock
from tests.snapshots import saved_rows
from tests.views.lists.test_lists import numbers
from tests.views.pages import World, read
from tests.views.test_access import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def card(person: User) -> str:
    return f"/manage/people/{person.pk}/"


def order_at(world: World, day: Any, **asked: Any) -> Order:
    when = When(day=day, start=clock("10"), end=clock("12"))
    return make_order(tariff=world.tariff, by=world.manager, when=when, **{"customer": world.customer, **asked})


def words(answer: Any) -> str:
    return " ".join(text_of(answer.content.decode()).split()).replace("\u00a0", " ")


def test_a_card_shows_what_a_customer_has_here_and_owes(client: Client, world: World) -> None:
    person, guest = world.customer, world.visitor
    company = make_company(person, name="АО «Север»")
    own = order_at(world, FRIDAY)
    for_guest = order_at(world, TUESDAY, visitor_ids=(guest.pk,), company_id=company.pk)
    as_guest = order_at(world, THURSDAY, customer=guest, visitor_ids=(person.pk,))
    make_order(customer=person)  # at another location
    sold = make_pass(service=world.service, customer=person, by=world.manager)
    for _each in range(3):
        order_at(world, THURSDAY, customer=guest)
    wish = make_waiting(tariff=world.tariff, customer=person, when=When(THURSDAY, clock("10"), clock("12")))
    Ticket.objects.filter(lines__order=as_guest).update(status=TicketStatus.NO_SHOW)

    answer: Any = client.get(card(person))
    shown = answer.context["card"]
    assert [ticket.order_number for ticket in shown.tickets] == [for_guest.pk, as_guest.pk, own.pk]
    assert shown.orders == [Order.objects.get(pk=sold.pk), for_guest, own]
    assert (shown.owing, shown.to_repeat) == ([own, for_guest], for_guest)
    assert (shown.passes, [row.wish for row in shown.waiting]) == ([sold], [wish])
    assert (shown.account.owed, shown.account.for_companies) == (own.due + for_guest.due, for_guest.due)
    text = words(answer)
    for told in ("АО «Север»", "для: Орлова Мария", "Неявки 1", "из них за компании: 600 ₽", "10 часов", "№ 1"):
        assert told in text
    page = read(answer)
    assert {attrs["data-copy"] for attrs in page.attrs_of("button") if "data-copy" in attrs} == {
        str(person.phone),
        person.email,
    }
    assert {
        f"/manage/orders/new/?customer={person.pk}",
        f"/manage/orders/new/?like={for_guest.pk}",
        *(f"/manage/orders/{order.pk}/" for order in (own, for_guest, as_guest)),
        f"/manage/companies/{company.pk}/",
        f"/manage/orders/?customer={person.pk}",
        f"/manage/coworking/tickets/?customer={person.pk}",
    } <= set(page.links())
    [look] = AccessEvent.objects.all()
    assert (look.by, look.person, look.location, look.screen) == (world.manager, person, world.location, "customer")


def test_all_tickets_of_a_card_are_those_of_the_customer_whatever_phone_was_left(client: Client, world: World) -> None:
    person, guest = world.customer, world.visitor
    own = order_at(world, FRIDAY, phone="+79035550011")
    for_guest = order_at(world, TUESDAY, phone="+79035550011", visitor_ids=(guest.pk,))
    as_guest = order_at(world, THURSDAY, customer=guest, visitor_ids=(person.pk,))
    make_order(customer=person)  # at another location
    order_at(world, WEDNESDAY, customer=guest)
    tickets = [Ticket.objects.get(lines__order=order).pk for order in (as_guest, for_guest, own)]
    address = "/manage/coworking/tickets/"
    page = client.get(address, {"customer": person.pk})
    assert numbers(read(page)) == tickets
    assert person.short_name in page.content.decode()
    assert numbers(read(client.get(address, {"customer": person.pk, "q": "орлова"}))) == tickets[1:2]
    gone = make_user(merged_into=person, phone=None, email=None, is_active=False)
    assert numbers(read(client.get(address, {"customer": gone.pk}))) == tickets
    stranger = make_user()
    empty = client.get(address, {"customer": stranger.pk})
    assert (numbers(read(empty)), stranger.last_name in empty.content.decode()) == ([], False)


def test_an_administrator_reads_a_card_and_begins_nothing(world: World, office: Client) -> None:
    order_at(world, FRIDAY)
    answer = office.get(card(world.customer))
    links = read(answer).links()
    assert answer.status_code == 200
    assert [link for link in links if "/orders/new/" in link or "/tickets/" in link] == []


def test_people_unknown_here_or_erased_have_no_card(client: Client, world: World) -> None:
    stranger, erased = make_user(), make_user()
    make_order(customer=stranger)
    order_at(world, FRIDAY, customer=erased)
    assert client.get(card(erased)).status_code == 200
    User.objects.filter(pk=erased.pk).update(erased_at=timezone.now(), phone=None, email=None, is_active=False)
    before = saved_rows()
    for person in (stranger, erased, world.visitor, world.manager):
        assert client.get(card(person)).status_code == 404
    assert client.get(f"/manage/people/{'9' * 30}/").status_code == 404
    assert client_of(make_manager(location=make_location())).get(card(world.customer)).status_code == 404
    assert {**saved_rows(), "User": 0, "Location": 0} == {**before, "User": 0, "Location": 0}


def test_a_merged_record_leads_to_the_one_that_was_kept(client: Client, world: World) -> None:
    kept, gone, foreign = world.customer, make_user(), make_user()
    order_at(world, FRIDAY)
    merged = {"phone": None, "email": None, "is_active": False}
    User.objects.filter(pk=gone.pk).update(merged_into=kept, **merged)
    User.objects.filter(pk=foreign.pk).update(merged_into=world.visitor, **merged)  # unknown at this location
    assert client.get(card(gone)).headers["Location"] == card(kept)
    assert client.get(card(foreign)).status_code == 404


def test_a_new_order_begins_with_the_customer_of_the_card(client: Client, world: World) -> None:
    stranger, silent = make_user(), make_user(last_name="Ким", first_name="Лев", email=None)
    order_at(world, FRIDAY)
    order_at(world, FRIDAY, customer=silent)
    expected = ((world.customer, "Петров Иван", "service"), (silent, "Ким Лев", "email"), (stranger, "", "customer_q"))
    for person, chosen, first in expected:
        page = read(client.get("/manage/orders/new/", {"customer": person.pk}))
        values, focus = page.values, [attrs["name"] for _tag, attrs in page.tags if "autofocus" in attrs]
        assert focus == [first]
        assert values["customer_q"] == [chosen]
        assert values["email"] == [(person.email or "") if chosen else ""]
        assert bool(values["customer"][0]) == bool(chosen)
    looks = list(AccessEvent.objects.order_by("pk").values_list("person", "screen"))
    assert looks == [(world.customer.pk, "order_form"), (silent.pk, "order_form")]


def test_names_lead_to_the_card(client: Client, world: World) -> None:
    def chosen() -> list[str]:
        sent = world.filled(action=f"pick:customer:{world.key(world.customer)}")
        return read(client.post("/manage/orders/new/pick/", sent, headers={"HX-Request": "true"})).links()

    def found() -> list[str]:
        return read(client.get("/manage/search/", {"q": "Петров"})).links()

    address = card(world.customer)
    assert address not in chosen() + found()  # nothing of theirs is here yet
    order = order_at(world, FRIDAY, visitor_ids=(world.visitor.pk,))
    ticket = order.lines.get().ticket_id
    of_ticket = read(client.get(f"/manage/coworking/tickets/{ticket}/")).links()
    assert {address, card(world.visitor)} <= set(of_ticket)
    assert all(
        address in links for links in (chosen(), found(), read(client.get(f"/manage/orders/{order.pk}/")).links())
    )
