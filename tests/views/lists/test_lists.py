"""The lists of orders and tickets: columns, filters, search, and pages that show every row once."""

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils.translation import gettext, override

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Location, PaymentMethod, Ticket, TicketStatus, Unit
from olvery.shared.formats import initials_name
from orders.domain.desk.cancelling import cancel_order
from orders.models import Order
from tests.factories import (
    make_company,
    make_location,
    make_manager,
    make_order,
    make_pool,
    make_seats,
    make_tariff,
    make_user,
)
from tests.moments import NOW, THURSDAY, TUESDAY, WEDNESDAY
from tests.orders.steps import take
from tests.views.pages import Page, read, shortened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

ORDERS, TICKETS = "/manage/orders/", "/manage/coworking/tickets/"
LISTS = [ORDERS, TICKETS]
TARGETS = {ORDERS: "orders", TICKETS: "tickets"}
LISTS_WITH_SORTS = [(ORDERS, "customer"), (TICKETS, "visitor")]


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def manager(client: Client, location: Location) -> User:
    manager = make_manager(location=location)
    client.force_login(manager)
    return manager


def add(manager: User, location: Location, *, on: date = WEDNESDAY, last: date | None = None, **fields: Any) -> Order:
    """Save an order for whole days at a service of its own, with a name of its own."""
    seats = fields.pop("seats", False)
    service = (make_seats if seats else make_pool)(location=location)
    tariff = make_tariff(service=service, unit=Unit.DAY, price="900")
    return make_order(tariff=tariff, by=manager, when=When(day=on, last_day=last), **fields)


def numbers(page: Page) -> list[int]:
    """Return the numbers of the rows, in their order: the first cell of each."""
    cells, width = page.text.get("td", []), len(page.text.get("th", []))
    return [int(cell) for cell in cells[::width]] if width else []


def found(client: Client, url: str = ORDERS, **query: Any) -> list[int]:
    """Return the numbers that a list shows."""
    response = client.get(f"{url}?{urlencode(query, doseq=True)}")
    assert response.status_code == 200
    return numbers(read(response))


def rows_alone(client: Client, url: str, query: dict[str, str] | None = None) -> Any:
    """Request the rows of a list as htmx does."""
    return client.get(url, query, headers={"HX-Request": "true", "HX-Target": TARGETS[url]})


def ticket_of(order: Order) -> int:
    """Return the number of an order's ticket."""
    return int(order.lines.get(kind="tariff").ticket_id or 0)


def titles(client: Client, url: str) -> list[str]:
    """Return the headers of the columns."""
    return [" ".join(title.split()) for title in read(client.get(url)).text["th"]]


def in_russian(*texts: str) -> list[str]:
    """Translate interface texts."""
    with override("ru"):
        return [gettext(text) for text in texts]


def test_the_columns_stand_in_the_agreed_order(client: Client, manager: User, location: Location) -> None:
    add(manager, location)
    wanted = ("No.", "Created", "Service", "Customer", "Period", "Tick.", "Cost", "Payment", "Status", "Created by")
    assert titles(client, ORDERS) == in_russian(*wanted)
    wanted = ("Number", "Rental period", "Visitor", "Service", "Seat", "Order", "Status")
    assert titles(client, TICKETS) == in_russian(*wanted)


def test_a_row_says_what_the_columns_promise(client: Client, manager: User, location: Location) -> None:
    order = add(
        manager, location, seats=True, last=THURSDAY, customer=make_user(last_name="Орлова"), phone="+79161112233"
    )
    cells = [" ".join(cell.split()) for cell in read(client.get(ORDERS)).text["td"]]
    assert [cells[n] for n in (0, 1, 4, 5, 6)] == [
        str(order.number), "24.11.202609:00", "25.11.2026 – 26.11.2026", "1", "1 800 ₽",
    ]  # fmt: skip
    assert "Орлова Иван" in cells[3]
    assert "+7 916 111-22-33" in cells[3]
    assert cells[9] == initials_name(manager.short_name)
    cells = [" ".join(cell.split()) for cell in read(client.get(TICKETS)).text["td"]]
    assert [cells[n] for n in (0, 1, 2, 4, 5)] == [
        str(ticket_of(order)), "25.11.2026 – 26.11.2026", "Орлова Иван", "A1", str(order.number),
    ]  # fmt: skip


def test_long_names_are_shortened_and_one_creator_is_named_once(
    client: Client, manager: User, location: Location
) -> None:
    person = make_user(last_name="Колесникова", first_name="Мария", middle_name="Анатольевна")
    for _ in range(2):
        add(manager, location, customer=person)
    page = read(client.get(ORDERS))
    cells = [" ".join(cell.split()) for cell in page.text["td"]]
    assert cells[3].startswith("Колесникова М. А.+7")
    assert page.attrs_of("td", title="Мария Анатольевна")
    name = initials_name(manager.short_name)
    assert (cells[9], cells[19]) == (name, name)
    assert ["data-same" in cell for cell in page.attrs_of("td", **{"class": "by"})] == [False, True]


@pytest.mark.parametrize("url", LISTS)
def test_the_newest_comes_first_and_other_locations_do_not_come(
    client: Client, manager: User, location: Location, url: str
) -> None:
    orders = [add(manager, location) for _ in range(3)]
    make_order()
    rows = [order.number if url == ORDERS else ticket_of(order) for order in orders]
    assert found(client, url) == rows[::-1]


def test_orders_are_narrowed_by_each_filter(client: Client, manager: User, location: Location) -> None:
    by_hand = add(manager, location)
    invoiced = add(manager, location, on=TUESDAY, payment_method="invoice", at=NOW - timedelta(days=1))
    cancelled = add(manager, location, on=WEDNESDAY, last=THURSDAY)
    cancel_order(cancelled.number, by=manager, reason="Передумал", at=NOW)
    customer = make_user()
    own = add(customer, location, customer=customer, on=THURSDAY)
    everything = [own.number, cancelled.number, invoiced.number, by_hand.number]

    assert found(client) == everything
    assert found(client, status="cancelled") == [cancelled.number]
    assert found(client, status=["cancelled", "confirmed"]) == everything
    assert found(client, status=["cancelled", "junk"]) == [cancelled.number]
    assert found(client, method="invoice") == [invoiced.number]
    assert found(client, method=["invoice", "on_site"]) == everything
    assert found(client, service=by_hand.service_id) == [by_hand.number]
    assert found(client, service=[by_hand.service_id, own.service_id]) == [own.number, by_hand.number]
    assert found(client, **{"from": "2026-11-26"}) == [own.number, cancelled.number]
    assert found(client, to="2026-11-24") == [invoiced.number]
    assert found(client, **{"from": "2026-11-25", "to": "2026-11-25"}) == [cancelled.number, by_hand.number]
    assert found(client, today="1") == [invoiced.number]
    assert found(client, created="2026-11-23") == [invoiced.number]
    assert found(client, customer=customer.pk) == [own.number]
    assert found(client, customer=customer.pk, status="cancelled") == []
    assert found(client, customer="junk") == everything
    assert found(client, by="manager") == [cancelled.number, invoiced.number, by_hand.number]
    assert found(client, by="manager", status="confirmed", method="on_site") == [by_hand.number]


def test_the_orders_of_one_customer_are_theirs_whatever_phone_was_left(
    client: Client, manager: User, location: Location
) -> None:
    person, namesake = make_user(last_name="Ким", first_name="Лев"), make_user(last_name="Ким", first_name="Лев")
    first = add(manager, location, customer=person)
    other = add(manager, location, customer=person, phone="+79161112233")
    add(manager, location, customer=namesake, phone=str(person.phone))
    add(manager, make_location(), customer=person)
    answer = client.get(ORDERS, {"customer": person.pk})
    page = read(answer)
    assert numbers(page) == [other.number, first.number]
    [box] = page.attrs_of("input", name="customer")
    assert (box["type"], box["value"], "checked" in box) == ("checkbox", str(person.pk), True)
    assert re.search(r'name="customer"[^<]*>\s*<svg.*?</svg>\s*Ким Лев\s*</label>', answer.content.decode(), re.S)
    assert "Один заказчик" in client.get(ORDERS, {"customer": namesake.pk, "status": "cancelled"}).content.decode()
    assert not read(client.get(ORDERS)).attrs_of("input", name="customer")


def test_the_orders_of_a_merged_record_are_those_of_the_one_that_was_kept(
    client: Client, manager: User, location: Location
) -> None:
    kept, gone = make_user(), make_user()
    order = add(manager, location, customer=kept)
    User.objects.filter(pk=gone.pk).update(merged_into=kept, phone=None, email=None, is_active=False)
    assert found(client, customer=gone.pk) == [order.number]


def test_days_of_filters_are_read_as_people_type_them(client: Client, manager: User, location: Location) -> None:
    soon = add(manager, location, on=THURSDAY)
    assert found(client, **{"from": "чт", "to": "26.11"}) == [soon.number]
    assert found(client, to="завтра") == []
    assert found(client, created="вт") == [soon.number]
    assert found(client, created="пн") == []
    part = client.get(ORDERS, {"from": "чт", "to": "31.02"}, headers={"HX-Request": "true", "HX-Target": "orders"})
    assert list(part.context["page"].rows) == [soon]
    words = part.content.decode()
    assert "«31.02» не означает дня" in words
    assert "с 26.11.2026" in words.partition('hx-swap-oob="innerHTML:#period-words"')[2][:200]


def test_tickets_are_narrowed_by_each_filter(client: Client, manager: User, location: Location) -> None:
    first, second = add(manager, location), add(manager, location, on=TUESDAY, last=WEDNESDAY)
    third = add(manager, location, on=THURSDAY)
    one, two, three = map(ticket_of, (first, second, third))
    Ticket.objects.filter(pk=three).update(status=TicketStatus.NO_SHOW)

    assert found(client, TICKETS, status=["no_show", "used"]) == [three]
    assert found(client, TICKETS, service=[first.service_id, second.service_id]) == [two, one]
    assert found(client, TICKETS, today="1") == [two]
    assert found(client, TICKETS, **{"from": "2026-11-25", "to": "2026-11-25"}) == [two, one]
    assert found(client, TICKETS, **{"from": "2026-11-26"}) == [three]


def test_days_of_a_filter_are_days_of_the_location(client: Client) -> None:
    far = make_location(time_zone="Asia/Vladivostok")
    manager = make_manager(location=far)
    client.force_login(manager)
    order = add(manager, far, on=THURSDAY)
    assert found(client, **{"from": "2026-11-26", "to": "2026-11-26"}) == [order.number]
    assert found(client, to="2026-11-25") == []
    assert found(client, created="2026-11-24") == [order.number]


SEARCHES = [
    "петр", "Пётр", "иван петров", "ПЕТРОВ ИВАН", "gtnhjd", "+7 (916) 204-48-21", "8 916 204 48 21", "89162044821",
    "9162044821", "4821", "{number}", "https://olvery.test/manage/orders/{number}/", "/my/orders/{number}",
    "https://olvery.test/manage/orders/{number}/?created=1", "https://olvery.test/manage/orders/{number}/cancel/",
    "petrov@example.com", "PETROV@exa", " {number} ", "№ {number}", "№{number}",
]  # fmt: skip


def test_an_order_is_found_the_way_it_is_remembered(client: Client, manager: User, location: Location) -> None:
    person = make_user(last_name="Пётров", first_name="Иван", phone="+79162044821", email="petrov@example.com")
    order = add(manager, location, customer=person)
    add(manager, location, customer=make_user(last_name="Сидоров", first_name="Олег"))
    for text in SEARCHES:
        assert found(client, q=text.format(number=order.number)) == [order.number], text


def test_an_order_is_found_by_the_number_of_its_ticket(client: Client, manager: User, location: Location) -> None:
    order = add(manager, location)
    add(manager, location)
    ticket = ticket_of(order)
    for text in (str(ticket), f"№ {ticket}", f"https://olvery.test/manage/coworking/tickets/{ticket}/"):
        assert found(client, q=text) == [order.number], text


TICKET_SEARCHES = [
    "петр", "иван петров", "gtnhjd", "8 (916) 204-48-21", "4821", "{number}", "petrov@exa",
    "/manage/coworking/tickets/{number}/",
]  # fmt: skip


def test_a_ticket_is_found_the_way_it_is_remembered(client: Client, manager: User, location: Location) -> None:
    person = make_user(last_name="Пётров", first_name="Иван", phone="+79162044821", email="petrov@example.com")
    order = add(manager, location, customer=person)
    add(manager, location, customer=make_user(last_name="Сидоров", first_name="Олег"))
    for text in TICKET_SEARCHES:
        assert found(client, TICKETS, q=text.format(number=ticket_of(order))) == [ticket_of(order)], text


def test_the_link_of_an_order_finds_its_tickets(client: Client, manager: User, location: Location) -> None:
    add(manager, location)
    order, stranger = add(manager, location, visitor_ids=(None, None)), make_order()
    tickets = sorted(order.lines.values_list("ticket", flat=True), reverse=True)
    assert len(tickets) > 1
    for text in ("https://olvery.test/manage/orders/{}/", "/my/orders/{}", "/manage/orders/{}/?created=1"):
        assert found(client, TICKETS, q=text.format(order.number)) == tickets, text
        assert found(client, TICKETS, q=text.format(stranger.number)) == []


def test_an_order_is_found_by_its_own_phone_and_e_mail(client: Client, manager: User, location: Location) -> None:
    order = add(manager, location, phone="+79035550011", email="guest@example.com")
    assert found(client, q="0011") == found(client, q="guest@") == [order.number]


CURSORS = [
    "junk", "~", "1~", "1~junk", "1~2026-11-24", "1~2026-11-24T09:00:00", "1~9999-12-31T23:59:59-23:59",
    "1~0001-01-01T00:00:00+23:59", "1~20261124", "9" * 18 + "~", "9" * 5000 + "~", "-1~", "١٢~", "1~\ud7ff", "1~😀",
]  # fmt: skip


@pytest.mark.parametrize(("url", "name"), LISTS_WITH_SORTS)
def test_a_cursor_nobody_gave_out_is_answered(
    client: Client, manager: User, location: Location, url: str, name: str
) -> None:
    add(manager, location)
    for cursor in CURSORS:
        for sort, side in (("number", "after"), ("period", "before"), (name, "after"), (name, "before")):
            part = rows_alone(client, url, {"sort": sort, side: cursor})
            assert part.status_code == 200, (shortened(cursor), sort, side)


JUNK_FILTERS = [
    "q=%F0%9F%98%80", "q=%25", "q=_", "q=%5C", "q=" + "9" * 4000, "q=1+OR+1%3D1", "q=%D9%A1%D9%A2", "q=(",
    "q=%40", "q=/orders/", "q=/orders/" + "9" * 30, "q=/orders/%D9%A1", "status=junk&status=", "method=junk",
    "service=x&service=" + "9" * 30, "service=999999999999999999", "from=junk&to=", "from=2026-02-31",
    "from=0001-01-01", "to=9999-12-31", "from=2100-12-31&to=2100-12-31", "from=2026-12-01&to=2026-11-01",
    "created=junk", "created=9999-12-31", "by=junk", "today=junk", "ticket=junk", "sort=--number", "junk=1",
]  # fmt: skip


@pytest.mark.parametrize("url", LISTS)
def test_a_filter_that_makes_no_sense_is_answered(client: Client, manager: User, location: Location, url: str) -> None:
    add(manager, location)
    for query in JUNK_FILTERS:
        assert client.get(f"{url}?{query}").status_code == 200, shortened(query)


@pytest.mark.parametrize("url", LISTS)
def test_htmx_gets_the_rows_alone(client: Client, manager: User, location: Location, url: str) -> None:
    add(manager, location)
    part = read(rows_alone(client, url))
    assert part.tags[0] == ("div", {"class": "list dim", "id": TARGETS[url]})
    assert not part.attrs_of("html")
    assert numbers(part) == numbers(read(client.get(url)))


def test_a_ticket_opens_beside_the_list_for_htmx_and_as_a_page_without(
    client: Client, manager: User, location: Location
) -> None:
    number = ticket_of(add(manager, location))
    beside = read(client.get(TICKETS, {"ticket": number}))
    assert "card" in beside.ids
    assert beside.attrs_of("tr")[1]["aria-selected"] == "true"
    assert not read(client.get(f"{TICKETS}{number}/", headers={"HX-Request": "true"})).attrs_of("html")
    assert read(client.get(f"{TICKETS}{number}/")).attrs_of("html")


def test_an_order_says_how_it_was_paid_and_before_that_how_it_is_to_be(
    client: Client, manager: User, location: Location
) -> None:
    orders = [add(manager, location, payment_method="invoice") for _each in range(4)]
    take(orders[1], "900", by=manager)
    take(orders[2], "400", by=manager, method=PaymentMethod.INVOICE)
    take(orders[2], "500", by=manager)
    rows = client.get(ORDERS).content.decode()
    cells = [re.findall(r"data-method=(\w+)", cell) for cell in re.findall(r"<td class=pay>(.*?)<td", rows)]
    assert cells == [["invoice"], ["invoice", "on_site"], ["on_site"], ["invoice"]]


def test_the_card_of_a_ticket_says_how_its_order_was_paid(client: Client, manager: User, location: Location) -> None:
    order = add(manager, location, payment_method="invoice")
    card = f"{TICKETS}{ticket_of(order)}/"
    assert re.findall(r"data-method=(\w+)", client.get(card).text) == ["invoice"]
    take(order, "400", by=manager)
    take(order, "500", by=manager, method=PaymentMethod.INVOICE)
    assert re.findall(r"data-method=(\w+)", client.get(card).text) == ["on_site", "invoice"]


def test_an_order_on_account_says_so_and_one_that_only_has_an_invoice_does_not(
    client: Client, manager: User, location: Location
) -> None:
    tariff = make_tariff(service=make_pool(location=location), unit=Unit.DAY, price="900")
    person, when = make_user(), When(day=WEDNESDAY)
    for limit in (None, 10_000, 10_000):
        company = make_company(person, credit_limit=limit)
        make_order(
            tariff=tariff, by=manager, customer=person, when=when, company_id=company.pk, payment_method="invoice"
        )
    rows = client.get(ORDERS).content.decode()
    words = re.findall(r"<td class=pay><i data-method=invoice>([^<]*)</i><b data-badge=payment-unpaid>", rows)
    assert words == ["На счёт", "На счёт", "По счёту"]
