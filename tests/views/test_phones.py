"""The phone wherever a manager or its owner reads it."""

from collections.abc import Callable

import pytest
from django.test import Client

from orders.models import Order
from tests.factories import make_order
from tests.views.pages import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PROFILE, ORDER = "+7\u00a0916\u00a0204-48-21", "+7\u00a0903\u00a0111-22-33"


def make_with_phone() -> World:
    world = make_world()
    world.customer.phone = "8 916 204-48-21"
    world.customer.save()
    return world


@pytest.fixture(scope="module")
def making() -> Callable[[], World]:
    return make_with_phone


@pytest.fixture
def order(world: World) -> Order:
    return make_order(tariff=world.tariff, by=world.manager, customer=world.customer, phone="8 903 111-22-33")


@pytest.mark.parametrize(
    "page", ["/manage/orders/", "/manage/orders/{order}/", "/manage/coworking/tickets/?ticket={ticket}"]
)
def test_a_manager_reads_the_phone_of_the_order(client: Client, order: Order, page: str) -> None:
    ticket = order.lines.exclude(ticket=None).get().ticket_id
    shown = client.get(page.format(order=order.number, ticket=ticket)).content.decode()
    shown = shown.replace("\xa0", " ")  # in a cell that does not wrap a space will do
    assert ORDER.replace("\xa0", " ") in shown
    assert PROFILE.replace("\xa0", " ") not in shown
    assert page == "/manage/orders/" or 'href="tel:+79031112233"' in shown


def test_a_customer_reads_the_phone_of_the_order(client: Client, world: World, order: Order) -> None:
    client.force_login(world.customer)
    assert ORDER in client.get(f"/my/orders/{order.number}/").content.decode()


@pytest.mark.parametrize(
    ("part", "typed"),
    [
        ("people", {"for": "customer", "customer_q": "2044"}),
        ("person/known", {"person-phone": "8 916 204-48-21"}),
        ("person/known", {"person-phone": "8 916 204", "person-email": "{email}"}),
    ],
)
def test_a_manager_reads_the_last_digits_of_a_person_who_is_offered(
    client: Client, world: World, part: str, typed: dict[str, str]
) -> None:
    typed = {name: text.format(email=world.customer.email) for name, text in typed.items()}
    answer = client.post(f"/manage/orders/new/{part}/", typed, headers={"HX-Request": "true"})
    shown = answer.content.decode()
    assert "…48-21" in shown
    assert PROFILE not in shown
