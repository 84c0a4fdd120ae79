"""The length of a session, and what browsers and proxies may store."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import Membership, Role, User
from orders.domain.online.links import ensure_link
from tests.factories import make_location, make_manager, make_member, make_order, make_user
from tests.moments import NOW
from tests.signing_in import with_a_session_before
from tests.views.pages import make_world

pytestmark = pytest.mark.django_db

PASSWORD = "olvery-demo"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW.astimezone(), tick=False) as traveller:
        yield traveller


def manager(**fields: Any) -> User:
    return make_manager(location=make_location(), **fields)


def administrator(**fields: Any) -> User:
    return make_member(location=make_location(), role=Role.LOCATION_ADMINISTRATOR, **fields)


def support(**fields: Any) -> User:
    return make_user(is_staff=True, **fields)


STAFF = pytest.mark.parametrize("make", [manager, administrator, support])


def is_in(client: Client) -> bool:
    """Whether the browser is still signed in."""
    return bool(client.get("/my/orders/").status_code == 200)


def sign_in(client: Client, person: User) -> Any:
    return client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})


@STAFF
def test_people_with_rights_are_signed_out_after_twelve_idle_hours(client: Client, clock: Any, make: Any) -> None:
    sign_in(client, make(password=PASSWORD))
    clock.move_to(NOW + 12 * HOUR - MINUTE)
    assert is_in(client)
    clock.move_to(NOW + 24 * HOUR)
    assert not is_in(client)


@STAFF
def test_an_idle_person_is_signed_out_as_well(client: Client, clock: Any, make: Any) -> None:
    answer = sign_in(client, make(password=PASSWORD))
    assert answer.cookies["sessionid"]["max-age"] == 12 * 3600
    clock.move_to(NOW + 12 * HOUR + MINUTE)
    assert not is_in(client)


@STAFF
def test_automatic_requests_of_a_page_keep_nobody_signed_in(client: Client, clock: Any, make: Any) -> None:
    client.force_login(make())
    assert is_in(client)
    for hours in range(1, 12):
        clock.move_to(NOW + hours * HOUR)
        client.get("/my/orders/", headers={"X-Unattended": "1"})
    clock.move_to(NOW + 12 * HOUR + MINUTE)
    assert not is_in(client)


@STAFF
def test_an_active_person_stays_signed_in(client: Client, clock: Any, make: Any) -> None:
    client.force_login(make())
    for hours in range(0, 48, 6):
        clock.move_to(NOW + hours * HOUR)
        assert is_in(client)


def test_a_customer_stays_signed_in_for_two_weeks(client: Client, clock: Any) -> None:
    answer = sign_in(client, make_user(password=PASSWORD))
    assert answer.cookies["sessionid"]["max-age"] == 14 * 24 * 3600
    assert is_in(client)  # and reads the greeting, which writes the session
    clock.move_to(NOW + 14 * DAY + MINUTE)
    assert not is_in(client)


def test_a_customer_who_is_given_a_role_falls_under_the_limit(client: Client, clock: Any) -> None:
    person = make_user()
    client.force_login(person)
    Membership.objects.create(user=person, location=make_location(), role=Role.RENTAL_MANAGER)
    assert is_in(client)
    clock.move_to(NOW + 12 * HOUR + MINUTE)
    assert not is_in(client)


def test_a_session_is_written_every_five_minutes_at_most(client: Client, clock: Any) -> None:
    client.force_login(manager())
    written = []
    for minutes in (0, 4, 6, 10, 12):
        clock.move_to(NOW + minutes * MINUTE)
        assert is_in(client)
        written.append(Session.objects.get().expire_date - NOW - 12 * HOUR)
    assert written == [0 * MINUTE, 0 * MINUTE, 6 * MINUTE, 6 * MINUTE, 12 * MINUTE]


# What is kept


def test_nothing_behind_sign_in_is_kept_by_a_browser_or_a_proxy(clock: Any) -> None:
    world = make_world()
    order = make_order(tariff=world.tariff, by=world.manager)
    ticket = order.lines.get().ticket_id
    boss = User.objects.create_superuser("boss@example.com", last_name="Ким", first_name="Ольга")
    pages = {
        order.customer: ["/", "/my/orders/", f"/my/orders/{order.number}/", "/my/bookings/", "/no-such-page/"],
        world.manager: ["/manage/orders/", f"/manage/orders/{order.number}/", f"/manage/coworking/tickets/{ticket}/"],
        boss: ["/admin/", f"/admin/accounts/user/{boss.pk}/change/", "/admin/jsi18n/"],
    }
    files = {
        order.customer: [f"/my/orders/{order.number}/calendar/", f"/my/bookings/{ticket}/"],
        world.manager: ["/manage/orders/export/", "/manage/coworking/tickets/export/", "/manage/money/export/"],
        None: [f"/pay/{ensure_link(order, at=NOW).token}/calendar/"],
    }
    for asked in (pages, files):
        for person, urls in asked.items():
            client = Client()
            if person:
                client.force_login(person)
            for url in urls:
                answer = client.get(url)
                assert answer.status_code in (200, 302, 404), url
                assert "no-store" in answer.headers["Cache-Control"], url
                assert "public" not in answer.headers["Cache-Control"], url


def test_public_responses_may_be_stored(client: Client, clock: Any) -> None:
    client.force_login(manager())
    icons = client.get("/icons.1.svg")
    assert icons.headers["Cache-Control"] == "public, max-age=31536000, immutable"


# Everywhere at once


def test_a_person_ends_all_sessions_at_once(clock: Any) -> None:
    person, other = manager(password=PASSWORD), make_user(password=PASSWORD)
    desk, phone, stranger = (Client(REMOTE_ADDR=address) for address in ("192.0.2.7", "192.0.2.8", "192.0.2.9"))
    for client, who in ((desk, person), (phone, person), (stranger, other)):
        sign_in(client, who)
    page = desk.get("/accounts/sign-ins/").content.decode()
    assert [page.count(f'data-session="{address}"') for address in ("192.0.2.7", "192.0.2.8", "192.0.2.9")] == [1, 1, 0]
    assert page.count("это устройство") == 1

    answer = phone.post("/accounts/sign-ins/end/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/login/")
    assert [is_in(client) for client in (desk, phone, stranger)] == [False, False, True]
    sign_in(desk, person)
    page = desk.get("/accounts/sign-ins/").content.decode()
    assert "Все сеансы завершены" in page
    assert (page.count('data-session="'), page.count('data-session="192.0.2.7"')) == (1, 1)


def test_a_client_of_the_tests_has_the_session_that_django_gives_it(clock: Any) -> None:
    person, clients = manager(), (Client(), Client())
    clients[0].force_login(person)
    with_a_session_before(clients[1], person, settings.AUTHENTICATION_BACKENDS[0])
    ours, theirs = (dict(client.cookies["sessionid"]) for client in clients)
    assert ours == theirs
    sessions = [Session.objects.get(pk=client.cookies["sessionid"].value) for client in clients]
    assert sessions[0].get_decoded() == sessions[1].get_decoded()
    assert sessions[0].expire_date == sessions[1].expire_date
    assert Session.objects.count() == len(sessions)
    assert User.objects.get(pk=person.pk).last_login == NOW
