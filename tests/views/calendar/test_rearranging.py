"""Several tickets of the calendar are moved at once: a look at what it comes to, and saving it."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from coworking.domain.rules import When
from coworking.models import Service, Ticket
from olvery.shared.periods import DAY
from orders.domain.booking.transitions import tickets_of
from orders.models import EventKind, Order, OrderEvent
from tests.factories import make_block, make_order, make_pool, make_tariff
from tests.html import text_of
from tests.moments import WEDNESDAY, hours
from tests.orders.booking.changes import when
from tests.snapshots import saved_rows
from tests.views.pages import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

ADDRESS = "/manage/coworking/calendar/rearrange/"
CALENDAR = "/manage/coworking/calendar/?view=day&day=2026-11-25"


@pytest.fixture
def world(client: Client) -> World:
    return make_world(client=client)


@pytest.fixture
def pair(world: World) -> tuple[Order, Order]:
    """An order of A1 from 10 to 12, and one of A2 from 10 to 13."""
    first, second = (
        make_order(tariff=world.tariff, by=world.manager, when=time, seat_ids=(world.seat(label).pk,))
        for label, time in (("A1", when("10", "12")), ("A2", when("10", "13")))
    )
    return first, second


def address(*moves: str) -> str:
    return f"{ADDRESS}?{urlencode([*(('move', move) for move in moves), ('next', CALENDAR)])}"


def swap(world: World, pair: tuple[Order, Order]) -> str:
    first, second = (tickets_of(order)[0] for order in pair)
    return address(
        f"{first}|2026-11-25|10:00|13:00|{world.seat('A2').pk}",
        f"{second}|2026-11-25|10:00|12:00|{world.seat('A1').pk}",
    )


def places() -> list[Any]:
    there = Ticket.objects.blocking().select_related("seat").order_by("pk")
    return [(ticket.seat.label if ticket.seat else "", ticket.period) for ticket in there]


def test_the_dialog_shows_every_order_and_saving_moves_both(
    client: Client, world: World, pair: tuple[Order, Order]
) -> None:
    page = client.get(swap(world, pair))
    text = text_of(page.content.decode())
    for sentence in ("A1 → A2", "A2 → A1", f"Заказ {pair[0].number}", f"Заказ {pair[1].number}"):
        assert sentence in text
    assert [int(plan.money.difference) for plan in page.context["plan"].plans] == [300, -300]
    answer = client.post(swap(world, pair), {"version": page.context["plan"].version})
    assert answer.headers["Location"] == CALENDAR
    assert places() == [("A2", hours("10", "13")), ("A1", hours("10", "12"))]
    history = text_of(client.get(f"/manage/orders/{pair[0].number}/").content.decode())
    assert f"переставлено вместе: заказы {pair[0].number}, {pair[1].number}" in history


@pytest.mark.parametrize("is_stale", [True, False])
def test_what_does_not_fit_is_said_and_nothing_moves(
    client: Client, world: World, pair: tuple[Order, Order], is_stale: bool
) -> None:
    move = address(f"{tickets_of(pair[0])[0]}|2026-11-25|11:00|13:00|{world.seat('A2').pk}")
    shown = client.get(move).context["plan"].version
    before = saved_rows()
    answer = client.post(move, {"version": "other" if is_stale else shown})
    assert answer.status_code == 422
    text = text_of(answer.content.decode())
    assert "A2" in text
    assert ("изменил" in text) == is_stale
    assert saved_rows() == before


def test_a_rule_is_overridden_with_a_reason(client: Client, world: World, pair: tuple[Order, Order]) -> None:
    Service.objects.update(lead_minutes=60 * 48)
    move = address(f"{tickets_of(pair[0])[0]}|2026-11-25|15:00|18:00|{world.seat('A3').pk}")
    refused = client.post(move, {})
    assert (refused.status_code, places()[0][0]) == (422, "A1")
    assert refused.context["form"].errors.keys() == {"override_reason"}
    assert client.post(move, {"override_reason": "Просил гость"}).status_code == 302
    assert places()[0] == ("A3", hours("15", "18"))
    assert OrderEvent.objects.get(kind=EventKind.RULE_OVERRIDDEN).reason == "Просил гость"


def test_the_places_of_a_pool_under_a_block_are_taken_with_a_reason(client: Client, world: World) -> None:
    tariff = make_tariff(service=make_pool(location=world.location, capacity=2), name="Час")
    there = {"tariff": tariff, "by": world.manager}
    orders = [make_order(**there, when=when("16", "18")), make_order(**there, when=when("17", "19"))]
    block = make_block(service=tariff.service, period=hours("9", "15"), is_open_to_managers=True)
    move = address(*(f"{tickets_of(order)[0]}|2026-11-25|10:00|12:00|" for order in orders))
    said = "1 место из заблокированных, 25.11.2026 09:00–15:00: Ремонт."
    refused = client.post(move, {})
    assert (refused.status_code, said in text_of(refused.content.decode())) == (422, True)
    assert refused.context["form"].errors.keys() == {"override_reason"}
    assert client.post(move, {"override_reason": "Гости"}).status_code == 302
    moved = [Ticket.objects.get(pk=tickets_of(order)[0]) for order in orders]
    assert [(one.period, one.over_block) for one in moved] == [(hours("10", "12"), None), (hours("10", "12"), block)]
    event = OrderEvent.objects.get(kind=EventKind.BLOCK_OVERRIDDEN)
    assert (event.order, event.by, event.reason) == (orders[1], world.manager, "Гости")


@pytest.mark.parametrize(
    "move", ["", "x", "1|2026-11-25", "7|tomorrow|||", "999999999|2026-11-25|||", "7|2026-11-25|25:00||"]
)
def test_what_are_no_moves_is_not_found(client: Client, world: World, move: str) -> None:
    assert client.get(address(move)).status_code == 404


def test_a_ticket_of_days_moves_by_days(client: Client, world: World) -> None:
    tariff = make_tariff(service=world.service, unit="day", price="900")
    order = make_order(
        tariff=tariff, by=world.manager, when=When(day=WEDNESDAY, last_day=WEDNESDAY), seat_ids=(world.seat("A1").pk,)
    )
    before = Ticket.objects.get(pk=tickets_of(order)[0]).period
    client.post(address(f"{tickets_of(order)[0]}|2026-11-27|||"), {})
    after = Ticket.objects.get(pk=tickets_of(order)[0]).period
    assert (after.start - before.start, after.end - before.end) == (DAY * 2, DAY * 2)
