"""The queries of a request, including session and person: as many for three rows as for one."""

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.domain.rules import When
from orders.domain.online.links import ensure_link
from orders.models import Order
from tests.factories import make_order, make_pass, make_waiting
from tests.moments import FRIDAY, THURSDAY, WEDNESDAY
from tests.views.pages import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FORM = "/manage/orders/new/"
DAYS = (WEDNESDAY, THURSDAY, FRIDAY)


@pytest.fixture(autouse=True)
def _opened(client: Client, world: World, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "123456"
    client.get("/manage/orders/")  # queries made once per process are made before


def queries(ask: Callable[[], Any], *, status: int = 200) -> int:
    """Return how many statements a request sends, without savepoints, which replace BEGIN and COMMIT."""
    with CaptureQueriesContext(connection) as sent:
        response = ask()
    assert response.status_code == status
    ours = [query["sql"] for query in sent if "SAVEPOINT" not in query["sql"]]
    print(len(ours), "queries;", len(sent), "with savepoints")  # noqa: T201 - shown by pytest -rP
    return len(ours)


def four_places(world: World, **changes: Any) -> dict[str, Any]:
    """Return a form with four numbered seats and four visitors."""
    people = {f"visitor-{n}": world.key(world.visitor) for n in range(4)}
    seats = [str(seat.pk) for seat in world.service.seats.all()]
    return world.filled(**{"places": "4", "seats": seats, **people, **changes})


def add_order(world: World, *, number: int, places: int = 1) -> Order:
    """Save an order with seats, an extra and messages."""
    day = DAYS[number]
    request: dict[str, Any] = {"visitor_ids": (world.visitor.pk,) * places, "extras": {world.extra.pk: 1}}
    order = make_order(tariff=world.tariff, customer=world.customer, by=world.manager, **request, **_on(day))
    assert order.ticket_count == places
    return order


def _on(day: Any) -> dict[str, Any]:
    return {"when": When(day=day, start=time(10), end=time(12))}


def test_the_empty_form_takes_few_queries(client: Client, world: World) -> None:
    assert queries(lambda: client.get(FORM)) <= 12


def test_the_filled_form_takes_few_queries(client: Client, world: World) -> None:
    typed = four_places(world, action="refresh")
    assert queries(lambda: client.post(FORM, typed)) <= 12


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("people", {"for": "customer", "customer_q": "петр ив"}),
        ("people", {"for": "customer", "customer_q": "петр"}),
        ("people", {"for": "visitor-0", "visitor-0-q": "2044"}),
        ("pick", {"action": "pick:customer:{customer}"}),
        ("pick", {"action": "pick:customer:{customer}", "service": ""}),
        ("pick", {"action": "pick:visitor-1:{customer}"}),
        ("pick", {"action": "take:0|2026-11-27|14:00|16:00|2026-11-27|"}),
        ("details", {}),
        ("availability", {}),
        ("quote", {}),
        ("person/known", {"person-phone": "89162044821", "person-email": "petrov@example.com"}),
    ],
)
def test_a_live_part_takes_six_queries_at_most(
    client: Client, world: World, part: str, changes: dict[str, str]
) -> None:
    add_order(world, number=1)
    typed = four_places(world, **changes)
    typed["action"] = changes.get("action", "").format(customer=world.key(world.customer))
    assert queries(lambda: client.post(f"{FORM}{part}/", typed, headers={"HX-Request": "true"})) <= 6


def test_the_dialog_takes_six_queries_at_most(client: Client, world: World) -> None:
    assert queries(lambda: client.get(f"{FORM}person/?for=customer&q=Сидоренко", headers={"HX-Request": "true"})) <= 6
    person = {"last_name": "Сидоренко", "first_name": "Олег", "phone": "89215554433", "email": "o@example.com"}
    typed = {f"person-{name}": value for name, value in person.items()}
    assert queries(lambda: client.post(f"{FORM}person/", typed, headers={"HX-Request": "true"})) <= 6


@pytest.mark.parametrize("places", [1, 4])
@pytest.mark.parametrize("method", ["online", "on_site"])
def test_saving_takes_as_many_queries_for_four_places_as_for_one(
    client: Client, world: World, method: str, places: int
) -> None:
    typed = (world.filled if places == 1 else lambda **changes: four_places(world, **changes))(payment_method=method)
    assert queries(lambda: client.post(FORM, typed), status=302) <= 25
    assert Order.objects.get().ticket_count == places


LISTS = [
    ("manager", "/manage/orders/"),
    ("manager", "/manage/orders/?q=петров&status=confirmed&from=2026-11-01&sort=customer"),
    ("manager", "/manage/orders/?customer={customer}&status=confirmed"),
    ("manager", "/manage/coworking/tickets/"),
    ("manager", "/manage/coworking/tickets/?q=орлова&status=active&today=&sort=visitor"),
    ("manager", "/manage/coworking/tickets/?ticket={ticket}"),
    ("manager", "/manage/coworking/calendar/?view=week&day=2026-11-25"),
    ("manager", "/manage/coworking/calendar/?view=month"),
    ("customer", "/my/orders/?view=all"),
    ("visitor", "/my/bookings/"),
]


@pytest.mark.parametrize(("who", "url"), LISTS)
def test_a_list_takes_as_many_queries_for_three_rows_as_for_one(
    client: Client, world: World, who: str, url: str
) -> None:
    order = add_order(world, number=0)
    address = url.format(ticket=order.lines.get(kind="tariff").ticket_id, customer=order.customer_id)
    client.force_login(getattr(world, who))
    one = queries(lambda: client.get(address))
    add_order(world, number=1)
    add_order(world, number=2, places=3)
    assert queries(lambda: client.get(address)) == one <= 11  # a card is recorded, each way to search is counted


def test_a_day_of_the_calendar_takes_as_many_queries_for_three_bars_as_for_one(client: Client, world: World) -> None:
    add_order(world, number=0)
    one = queries(lambda: client.get("/manage/coworking/calendar/?day=2026-11-25"))
    add_order(world, number=1, places=3)
    assert queries(lambda: client.get("/manage/coworking/calendar/?day=2026-11-26")) == one <= 10


@pytest.mark.parametrize(
    ("who", "url"),
    [
        ("manager", "/manage/orders/{order}/"),
        ("manager", "/manage/orders/{order}/?created=1"),
        ("manager", "/manage/orders/{order}/cancel/"),
        ("manager", "/manage/coworking/tickets/{ticket}/"),
        ("customer", "/my/orders/{order}/"),
        ("customer", "/my/orders/{order}/calendar/"),
        ("visitor", "/my/bookings/{ticket}/"),
    ],
)
def test_a_page_takes_as_many_queries_for_three_tickets_as_for_one(
    client: Client, world: World, who: str, url: str
) -> None:
    client.force_login(getattr(world, who))
    counts = []
    for number, places in enumerate((1, 3)):
        order = add_order(world, number=number, places=places)
        ticket = order.lines.filter(kind="tariff").first()
        assert ticket is not None
        address = url.format(order=order.number, ticket=ticket.ticket_id)
        counts.append(queries(lambda address=address: client.get(address)))  # type: ignore[misc]
    assert counts[0] == counts[1] <= 12


def test_the_card_of_a_customer_takes_as_many_queries_for_three_orders_as_for_one(client: Client, world: World) -> None:
    make_pass(service=world.service, customer=world.customer, by=world.manager)
    four = {"customer": world.visitor, "visitor_ids": (None,) * 4}
    make_order(tariff=world.tariff, by=world.manager, **four, **_on(THURSDAY))
    make_waiting(tariff=world.tariff, customer=world.customer, **_on(THURSDAY))
    client.force_login(world.manager)
    counts = []
    for number, places in enumerate((1, 3)):
        add_order(world, number=2 * number, places=places)
        counts.append(queries(lambda: client.get(f"/manage/people/{world.customer.pk}/")))
    assert counts[0] == counts[1] <= 12


def test_the_dialog_of_a_change_takes_as_many_queries_for_three_tickets_as_for_one(
    client: Client, world: World
) -> None:
    client.force_login(world.manager)
    counts = []
    for number, places in enumerate((1, 3)):
        order = add_order(world, number=number, places=places)
        ticket = order.lines.filter(kind="tariff").first()
        assert ticket is not None
        address = f"/manage/orders/{order.number}/tickets/{ticket.ticket_id}/change/"
        counts.append(queries(lambda address=address: client.get(address)))  # type: ignore[misc]
    assert counts[0] == counts[1] <= 18


def test_the_payment_page_takes_as_many_queries_for_three_tickets_as_for_one(world: World) -> None:
    guest, counts = Client(), []
    for number, places in enumerate((1, 3)):
        order = add_order(world, number=number, places=places)
        address = f"/pay/{ensure_link(order, at=order.created_at).token}/"
        counts.append(queries(lambda address=address: guest.get(address)))  # type: ignore[misc]
        assert queries(lambda address=address: guest.get(f"{address}state/"), status=302) <= 6  # type: ignore[misc]
    assert counts[0] == counts[1] <= 16  # who sells and all terms among them
