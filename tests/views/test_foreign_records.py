"""Records of other locations and customers, and where a role gives access."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import Membership, Role, User
from coworking.models import Location
from orders.models import Order
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff, make_user
from tests.once import once
from tests.snapshots import saved_rows
from tests.views.pages import read
from tests.views.test_access import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture(scope="module")
def _order(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[], Order]]:
    yield from once(django_db_blocker, lambda: make_order(customer=make_user()))


@pytest.fixture
def order(_order: Callable[[], Order], db: None) -> Order:
    return _order()


def test_support_without_a_role_does_not_work_at_a_location(order: Order) -> None:
    support = User.objects.create_superuser("support@example.com", last_name="Ким", first_name="Ольга")
    client = client_of(support)
    assert client.get("/manage/orders/").status_code == 403
    assert client.get(f"/manage/orders/{order.number}/").status_code == 403
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "manage/orders/{order}/",
        "manage/orders/{order}/cancel/",
        "manage/coworking/tickets/{ticket}/",
        "manage/coworking/tickets/{ticket}/visit/",
        "manage/coworking/tickets/{ticket}/release/",
        "manage/orders/{order}/tickets/new/",
        "manage/orders/{order}/tickets/{ticket}/change/",
        "manage/coworking/calendar/tickets/{ticket}/change/",
        "manage/coworking/calendar/strip/?parked={ticket}",
    ],
)
def test_records_of_another_location_are_not_found(order: Order, path: str) -> None:
    url = "/" + path.format(order=order.number, ticket=order.lines.get().ticket_id)
    stranger = client_of(make_manager(location=make_location()))
    before = saved_rows()
    assert stranger.get(url).status_code == (405 if path.endswith("/visit/") else 404)
    assert stranger.post(url, {"reason": "Чужой"}).status_code in (404, 405)
    assert {**saved_rows(), "User": 0} == {**before, "User": 0}


def test_a_foreign_ticket_beside_the_list_is_not_found(order: Order) -> None:
    stranger = client_of(make_manager(location=make_location()))
    assert stranger.get(f"/manage/coworking/tickets/?ticket={order.lines.get().ticket_id}").status_code == 404
    assert stranger.get("/manage/coworking/tickets/?ticket=999999999").status_code == 404
    assert stranger.get(f"/manage/coworking/calendar/?ticket={order.lines.get().ticket_id}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "my/orders/{order}/",
        "my/orders/{order}/calendar/",
        "my/orders/{order}/pay/",
        "my/orders/{order}/tickets/{ticket}/hand-over/",
        "my/bookings/{ticket}/",
        "my/bookings/{ticket}/share/",
    ],
)
def test_records_of_another_customer_are_not_found(order: Order, path: str) -> None:
    url = "/" + path.format(order=order.number, ticket=order.lines.get().ticket_id)
    assert client_of(make_user()).get(url).status_code == 404
    assert client_of(order.created_by).get(url).status_code == 404


@pytest.mark.parametrize("path", ["manage/orders", "manage/coworking/tickets", "my/orders", "my/bookings"])
def test_a_number_that_is_not_there_is_not_found(order: Order, path: str) -> None:
    client = client_of(order.created_by)
    for number in ("0", "999999999999999999", "9" * 30, "9" * 5000, "-1", "1.0", "abc", "١٢"):
        assert client.get(f"/{path}/{number}/").status_code == 404, number


def two_roles(*, manager_of: Location, administrator_of: Location) -> Client:
    """Sign in a person with different roles at two locations, who works at the first of them now."""
    person = make_manager(location=manager_of)
    Membership.objects.create(user=person, location=administrator_of, role=Role.LOCATION_ADMINISTRATOR)
    client = client_of(person)
    client.post("/switch/location/", {"location": manager_of.pk})
    return client


def test_a_role_counts_at_its_own_location_only(order: Order) -> None:
    client = two_roles(manager_of=make_location(), administrator_of=order.location)
    url = f"/manage/orders/{order.number}/"
    assert client.get(url).status_code == 200  # an administrator reads the orders
    before = saved_rows()
    assert client.get(f"{url}cancel/").status_code in (403, 404)
    assert client.post(f"{url}cancel/", {"reason": "Не моё дело"}).status_code in (403, 404)
    assert saved_rows() == before
    assert client.get(f"/manage/coworking/tickets/{order.lines.get().ticket_id}/").status_code == 404


def test_a_page_offers_only_what_the_role_at_its_location_may_do(order: Order) -> None:
    client = two_roles(manager_of=make_location(), administrator_of=order.location)
    links = read(client.get(f"/manage/orders/{order.number}/")).links()
    assert f"/manage/orders/{order.number}/cancel/" not in links
    assert f"/manage/coworking/tickets/{order.lines.get().ticket_id}/" not in links


def test_both_roles_at_one_location_add_up(order: Order) -> None:
    person = make_manager(location=order.location)
    Membership.objects.create(user=person, location=order.location, role=Role.LOCATION_ADMINISTRATOR)
    assert client_of(person).get("/manage/coworking/tickets/").status_code == 200
    assert client_of(person).get("/manage/orders/new/").status_code == 200


def test_an_inactive_location_is_closed_to_its_people(order: Order) -> None:
    active = make_tariff(service=make_pool())
    person = make_manager(location=active.service.location)
    Membership.objects.create(user=person, location=order.location, role=Role.RENTAL_MANAGER)
    Location.objects.filter(pk=order.location_id).update(is_active=False)
    client = client_of(person)
    client.post("/switch/location/", {"location": order.location_id})

    assert client.get("/manage/orders/").context["access"].location == active.service.location
    assert client.get(f"/manage/orders/{order.number}/").status_code == 404
    assert client_of(order.created_by).get("/manage/orders/").status_code == 403
    assert client_of(order.created_by).get("/").headers["Location"] == "/my/orders/"
    # What a customer has bought stays readable.
    assert client_of(order.customer).get(f"/my/orders/{order.number}/").status_code == 200
