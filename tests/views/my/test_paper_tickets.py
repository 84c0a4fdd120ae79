"""Tickets on paper: for the visitor, the customer, and the manager."""

import io
from collections.abc import Callable
from typing import Any

import pypdf
import pytest
from django.test import Client

from accounts.models import AccessEvent, User
from coworking.models import CancellationStep, Ticket, TicketStatus
from orders.models import Order
from tests.factories import make_location, make_manager, make_order, make_user
from tests.moments import NOW
from tests.views.pages import World, make_world, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def make_printed() -> World:
    """Save a location with everything that is printed."""
    world = make_world()
    world.location.address, world.location.directions = "Ленина, 1", "Вход со двора, третий этаж"
    world.location.visits_from = NOW.date()
    world.location.save()
    world.service.release_minutes = 40
    world.service.save()
    CancellationStep.objects.create(service=world.service, hours_before=24, percent=100)
    return world


@pytest.fixture(scope="module")
def making() -> Callable[[], World]:
    return make_printed


@pytest.fixture
def order(world: World) -> Order:
    """A1 for the customer and A2 for the visitor, on Wednesday from 10 to 12, by invoice."""
    people = (None, world.visitor.pk)
    return make_order(
        tariff=world.tariff, customer=world.customer, by=world.manager, visitor_ids=people, payment_method="invoice"
    )


def tickets() -> list[Ticket]:
    return list(Ticket.objects.order_by("number"))


def pages(response: Any) -> list[str]:
    """Return the text of each page, with one space wherever there are spaces or a line ends."""
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/pdf")
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(response.content)).pages]


def test_a_page_says_what_is_needed_at_the_door(client: Client, world: World, order: Order) -> None:
    client.force_login(world.visitor)
    ticket = tickets()[1]
    assert pages(client.get(f"/my/bookings/{ticket.pk}/print/")) == [
        f"{world.location.name} Билет № {ticket.pk} среда, 25 ноября 2026 г., 10:00–12:00 {world.service.name} "
        "Место A2 Посетитель Орлова Мария "
        "Как войти Покажите код на входе или назовите номер билета. Вход открывается за 15 мин. до начала. "
        "Место ждёт 40 мин. после начала, потом освобождается. "
        "Адрес Ленина, 1 Как найти Вход со двора, третий этаж "
        "Отмена За 24 часа до начала и раньше возвращаем 100 %, позже не возвращаем. "
        f"Вопросы {world.location.reply_email} Заказ № {order.pk}"
    ]


def test_an_order_is_one_document_without_what_is_cancelled(client: Client, world: World, order: Order) -> None:
    client.force_login(world.customer)
    first, second = tickets()
    url = f"/my/orders/{order.pk}/print/"
    assert url in read(client.get(f"/my/orders/{order.pk}/")).links()
    for page, ticket in zip(pages(client.get(url)), (first, second), strict=True):
        assert f"Билет № {ticket.pk} " in page
    assert f"/my/bookings/{first.pk}/print/" in read(client.get(f"/my/bookings/{first.pk}/")).links()

    Ticket.objects.filter(pk=first.pk).update(status=TicketStatus.CANCELLED)
    assert [f"Билет № {second.pk} " in page for page in pages(client.get(url))] == [True]
    assert client.get(f"/my/bookings/{first.pk}/print/").status_code == 404
    Ticket.objects.update(status=TicketStatus.USED)
    assert client.get(url).status_code == 404
    assert url not in read(client.get(f"/my/orders/{order.pk}/")).links()


def test_a_customer_also_prints_the_tickets_of_guests(client: Client, world: World, order: Order) -> None:
    client.force_login(world.customer)
    assert "Орлова Мария" in pages(client.get(f"/my/bookings/{tickets()[1].pk}/print/"))[0]


def test_a_manager_prints_from_the_card_which_is_written_down(client: Client, world: World, order: Order) -> None:
    client.force_login(world.manager)
    url = f"/manage/coworking/tickets/{tickets()[1].pk}/"
    assert f"{url}print/" in read(client.get(url)).links()
    seen = AccessEvent.objects.count()
    assert "Орлова Мария" in pages(client.get(f"{url}print/"))[0]
    assert [event.person for event in AccessEvent.objects.order_by("pk")[seen:]] == [world.visitor]


@pytest.mark.parametrize(
    ("stranger", "paths"),
    [
        (lambda world: world.visitor, ["my/orders/{order}/print/", "my/bookings/{first}/print/"]),
        (lambda _world: make_user(), ["my/orders/{order}/print/", "my/bookings/{second}/print/"]),
        (lambda world: world.manager, ["my/orders/{order}/print/", "my/bookings/{first}/print/"]),
        (lambda _world: make_manager(location=make_location()), ["manage/coworking/tickets/{first}/print/"]),
    ],
)
def test_a_stranger_finds_no_ticket(
    client: Client, world: World, order: Order, stranger: Callable[[World], User], paths: list[str]
) -> None:
    client.force_login(stranger(world))
    first, second = tickets()
    for path in paths:
        url = "/" + path.format(order=order.pk, first=first.pk, second=second.pk)
        assert client.get(url).status_code == 404, url
