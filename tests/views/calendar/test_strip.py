"""The strip of the calendar is drawn from the numbers that the page sends."""

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.models import Ticket, TicketStatus
from orders.domain.booking.transitions import tickets_of
from tests.factories import make_order, make_ticket
from tests.moments import hours
from tests.orders.booking.changes import when
from tests.snapshots import saved_rows
from tests.views.pages import Page, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

ADDRESS = "/manage/coworking/calendar/strip/"


@pytest.fixture
def number(world: World) -> int:
    """A ticket of A1 from 10 to 12."""
    order = make_order(tariff=world.tariff, by=world.manager, when=when("10", "12"), seat_ids=(world.seat("A1").pk,))
    return tickets_of(order)[0]


def shown(client: Client, *parked: object) -> Page:
    query = urlencode([("view", "day"), ("day", "2026-11-26"), *(("parked", one) for one in parked)])
    answer = client.get(f"{ADDRESS}?{query}")
    assert answer.status_code == 200
    return Page(answer.content.decode())


def test_a_ticket_says_on_another_day_where_and_when_it_is(client: Client, world: World, number: int) -> None:
    before = saved_rows()
    page = shown(client, number)
    [bar] = page.attrs_of("a")
    assert {name: bar[f"data-{name}"] for name in ("days", "hours", "seat", "service", "week")} == {
        "days": "2026-11-25 2026-11-25",
        "hours": "10:00 12:00",
        "seat": str(world.seat("A1").pk),
        "service": str(world.service.pk),
        "week": "2 2",
    }
    assert "data-movable" in bar
    assert "25.11.2026 10:00–12:00, A1" in page.html
    assert "strip-note" not in page.html
    assert saved_rows() == before


@pytest.mark.parametrize(
    ("change", "said", "is_movable"),
    [
        ({"seat": "A3"}, "кто-то изменил его", True),
        ({"status": TicketStatus.CANCELLED}, "переставить его уже нельзя", False),
    ],
)
def test_what_somebody_has_done_meanwhile_is_said(
    client: Client, world: World, number: int, change: dict[str, str], said: str, is_movable: bool
) -> None:
    [bar] = shown(client, number).attrs_of("a")
    seen = f"{number}.{bar['data-version']}"
    assert said not in shown(client, seen).html
    seat = {"seat": world.seat(change["seat"])} if "seat" in change else {}
    Ticket.objects.filter(pk=number).update(**{**change, **seat})
    page = shown(client, seen)
    assert said in page.html
    assert ["data-movable" in one for one in page.attrs_of("a")] == [is_movable]


def test_three_tickets_take_as_many_queries_as_one(client: Client, world: World, number: int) -> None:
    there = {"service": world.service, "period": hours("14", "16")}
    others = [make_ticket(**there, seat=world.seat(label)).pk for label in ("A2", "A3")]
    shown(client, number)  # what is read of a session once
    with CaptureQueriesContext(connection) as one:
        shown(client, number)
    with CaptureQueriesContext(connection) as three:
        shown(client, number, *others)
    assert len(three) == len(one)


@pytest.mark.parametrize("parked", ["", "x", "999999999", "7.1.2"])
def test_malformed_tickets_are_not_found(client: Client, world: World, parked: str) -> None:
    assert client.get(ADDRESS, {"parked": parked}).status_code == 404


def test_with_something_parked_the_filters_follow_the_day(client: Client, world: World) -> None:
    url = "/manage/coworking/calendar/?view=week&day=2026-12-01"
    headers = {"HX-Request": "true", "HX-Target": "calendar"}
    alone = client.get(url, headers=headers).content.decode()
    followed = client.get(url, headers={**headers, "HX-Trigger": "strip"}).content.decode()
    assert ('id="calendar-filters"' in alone, 'id="calendar-filters"' in followed) == (False, True)
    assert Page(followed).attrs_of("input", name="view")[0]["value"] == "week"
