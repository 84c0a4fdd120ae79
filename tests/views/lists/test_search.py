"""The search of the top bar: an exact match opens at once, anything else shows people and their bookings."""

import pytest
from django.test import Client

from accounts.domain import search_limit
from accounts.models import Role, User
from coworking.domain.ticket_codes import code_of
from coworking.models import Location, Ticket
from tests.factories import make_company, make_manager, make_member, make_order, make_user
from tests.views.lists.test_lists import add, ticket_of
from tests.views.lists.test_lists import location as location  # noqa: PLC0414 - fixtures
from tests.views.lists.test_lists import manager as manager  # noqa: PLC0414
from tests.views.pages import read
from tests.views.test_query_counts import queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

SEARCH = "/manage/search/"


def leads_to(client: Client, text: str) -> str:
    """Return where the search redirects at once, None if it shows a page."""
    answer = client.get(SEARCH, {"q": text})
    return answer.headers.get("Location", "")


def links(client: Client, text: str) -> list[str]:
    """Return the links on the page of a search."""
    response = client.get(SEARCH, {"q": text})
    assert response.status_code == 200
    rows = read(response).attrs_of("a", **{"class": "row-link"})
    return [row["href"] for row in rows]


def test_an_exact_number_a_code_or_a_link_opens_at_once(client: Client, manager: User, location: Location) -> None:
    order = add(manager, location)
    ticket = Ticket.objects.select_related("service__location").get(pk=ticket_of(order))
    of_order, of_ticket = f"/manage/orders/{order.pk}/", f"/manage/coworking/tickets/{ticket.pk}/"
    for text in (
        f"№ {order.pk}",
        f"Заказ {order.pk}",
        f"заказ № {order.pk} ",
        f"https://example.com{of_order}cancel/",
        f"http://x/my/orders/{order.pk}/",
    ):
        assert leads_to(client, text) == of_order
    for text in (f"https://example.com{of_ticket}", code_of(ticket), ticket.code):
        assert leads_to(client, text) == of_ticket
    if order.pk != ticket.pk:
        assert (leads_to(client, str(order.pk)), leads_to(client, str(ticket.pk))) == (of_order, of_ticket)


@pytest.mark.parametrize("text", ["ёлк", "Мария Елкина", "tkrbyf", "2233", "elkina@", "+7 916 111-22-33"])
def test_people_are_found_with_their_newest_orders_and_tickets(
    client: Client, manager: User, location: Location, text: str
) -> None:
    person = make_user(last_name="Ёлкина", first_name="Мария", phone="+79161112233", email="elkina@example.com")
    orders = [add(manager, location, customer=person) for _ in range(6)]
    make_order(customer=person)  # at another location
    shown = orders[:0:-1]
    assert links(client, text) == [
        f"/manage/people/{person.pk}/",
        *(f"/manage/orders/{order.pk}/" for order in shown),
        *(f"/manage/coworking/tickets/{ticket_of(order)}/" for order in shown),
    ]


def test_foreign_or_unknown_records_are_not_found(client: Client, manager: User, location: Location) -> None:
    stranger = make_order()
    for text in (str(stranger.pk), f"/orders/{stranger.pk}/", str(ticket_of(stranger)), "никтоникто"):
        assert links(client, text) == []
        assert "Ничего не нашли" in client.get(SEARCH, {"q": text}).content.decode()
    for text in ("", " ", "я"):
        assert "хотя бы две буквы" in client.get(SEARCH, {"q": text}).content.decode().lower()


@pytest.mark.parametrize("text", ["К", "К-", "«»"])
def test_people_and_companies_are_looked_for_by_two_letters_at_least(
    client: Client, manager: User, location: Location, text: str
) -> None:
    person = make_user(last_name="Кротова")
    company = make_company(person, name="ООО «Крот»")
    administrator = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    of_company = f"/manage/companies/{company.pk}/"
    for by, address in (
        (manager, of_company),
        (administrator, f"{of_company}merge/"),
        (administrator, "/manage/people/merge/"),
        (administrator, "/manage/erasures/new/"),
    ):
        client.force_login(by)
        page = client.get(address, {"q": text}).content.decode()
        assert ("Напишите хотя бы две буквы" in page, "Кротова" in page) == (True, address == of_company), address


def test_an_administrator_finds_no_tickets(client: Client, location: Location) -> None:
    order = add(make_manager(location=location), location, customer=make_user(last_name="Ёлкина"))
    client.force_login(make_member(location=location, role=Role.LOCATION_ADMINISTRATOR))
    assert leads_to(client, f"/tickets/{ticket_of(order)}/") == ""
    assert [link for link in links(client, "ёлкина") if "/tickets/" in link] == []
    assert f"/manage/orders/{order.pk}/" in links(client, "ёлкина")


def test_searching_too_often_shows_a_message(client: Client, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_limit, "LIMITS", dict.fromkeys(search_limit.LIMITS, 0))
    answer = client.get(SEARCH, {"q": "петров"})
    assert answer.status_code == 422
    assert "Вы искали слишком часто" in answer.content.decode()


@pytest.mark.parametrize("text", ["ёлк", "елкина мар", "2233", "elkina@example.com"])
def test_a_search_takes_six_queries_at_most(client: Client, manager: User, location: Location, text: str) -> None:
    person = make_user(last_name="Ёлкина", first_name="Мария", phone="+79161112233", email="elkina@example.com")
    client.get("/manage/orders/")  # queries made once per process are made before
    for _ in range(2):
        add(manager, location, customer=person)
        assert queries(lambda: client.get(SEARCH, {"q": text})) <= 6
