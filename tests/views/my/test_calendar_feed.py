"""The calendar that a person subscribes to."""

from collections.abc import Callable
from typing import Any

import icalendar
import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from accounts.models import CalendarFeed, User
from coworking.models import Ticket
from orders.domain.desk.cancelling import cancel_order
from orders.models import Order
from tests.factories import make_order, make_pool, make_tariff, make_user
from tests.moments import NOW
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
PAGE = "/my/profile/calendar/"


@pytest.fixture
def order() -> Order:
    """The customer and a guest on Wednesday, 10 to 12."""
    tariff = make_tariff(service=make_pool(name="Опен-спейс", capacity=4))
    return make_order(tariff=tariff, customer=make_user(last_name="Иванов"), visitor_ids=(None, make_user().pk))


@pytest.fixture
def address(client: Client, order: Order) -> str:
    """The URL of the customer's calendar; nobody is signed in."""
    client.force_login(order.customer)
    assert client.post(PAGE).status_code == 302
    client.logout()
    return f"/calendar/{CalendarFeed.objects.get(person=order.customer).token}.ics"


def entries(answer: Any) -> list[dict[str, str]]:
    names = ("UID", "SEQUENCE", "STATUS", "SUMMARY")
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    return [{name: str(event[name]) for name in names} for event in events]


def test_it_has_the_own_visits_and_nobody_elses(client: Client, order: Order, address: str) -> None:
    own = Ticket.objects.get(visitor=order.customer)
    answer = client.get(address)
    assert [(one["UID"].split("@")[0], one["STATUS"], one["SUMMARY"]) for one in entries(answer)] == [
        (f"ticket-{own.number}", "CONFIRMED", "Опен-спейс")
    ]
    assert "Иванов" not in answer.content.decode()
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, max-age=900"


def test_unchanged_data_are_not_sent_again(
    client: Client, order: Order, address: str, clock: time_machine.Coordinates
) -> None:
    first = client.get(address)
    clock.shift(600)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    cancel_order(order.number, by=order.created_by, reason="Передумал", at=NOW)
    news = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    [before], [after] = entries(first), entries(news)
    assert (after["UID"], after["STATUS"]) == (before["UID"], "CANCELLED")
    assert int(after["SEQUENCE"]) >= int(before["SEQUENCE"])


def _made_anew(client: Client, person: User) -> HttpResponse:
    return client.post(PAGE)  # type: ignore[return-value]


def _switched_off(client: Client, person: User) -> HttpResponse:
    return client.post(PAGE, {"off": "1"})  # type: ignore[return-value]


def _blocked(client: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


@pytest.mark.parametrize("done", [_made_anew, _switched_off, _blocked])
def test_an_address_that_is_given_up_leads_nowhere(
    client: Client, order: Order, address: str, done: Callable[[Client, User], object]
) -> None:
    client.force_login(order.customer)
    assert address in client.get(PAGE).content.decode()
    done(client, order.customer)
    assert client.get(address).status_code == 404


def test_reading_it_changes_nothing_and_is_limited(client: Client, order: Order, address: str) -> None:
    before = saved_rows()
    codes = {client.get(address).status_code for _time in range(60)}
    assert (codes, client.get(address).status_code) == ({200}, 429)
    assert saved_rows() == before


def test_addresses_that_there_are_not_leave_no_counts(client: Client, order: Order, address: str) -> None:
    def counts() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM cache")
            return int(cursor.fetchone()[0])

    before = counts()
    assert {client.get(f"/calendar/{number:043}.ics").status_code for number in range(3)} == {404}
    assert counts() == before
    client.get(address)
    assert counts() == before + 1
