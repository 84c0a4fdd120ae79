"""Moving several tickets of the calendar at once: a preview, and saving it."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from coworking.domain.rules import When
from coworking.models import Service, Ticket
from olvery.shared.periods import DAY
from orders.domain.booking import rearranging
from orders.domain.booking.transitions import tickets_of
from orders.models import EventKind, Order, OrderEvent
from tests.factories import make_block, make_company, make_location, make_manager, make_order, make_pool, make_tariff
from tests.html import text_of
from tests.moments import THURSDAY, WEDNESDAY, hours
from tests.orders.booking.changes import when
from tests.snapshots import saved_rows
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

ADDRESS = "/manage/coworking/calendar/rearrange/"
CALENDAR = "/manage/coworking/calendar/?view=day&day=2026-11-25"


@pytest.fixture
def pair(world: World) -> tuple[Order, Order]:
    """An order of A1 from 10 to 12, and one of A2 from 10 to 13."""
    first, second = (
        make_order(tariff=world.tariff, by=world.manager, when=time, seat_ids=(world.seat(label).pk,))
        for label, time in (("A1", when("10", "12")), ("A2", when("10", "13")))
    )
    return first, second


def look(client: Client, *moves: str) -> Any:
    """Ask for the dialog as the board does."""
    return client.post(f"{ADDRESS}?{urlencode({'next': CALENDAR})}", {"move": moves})


def save(client: Client, *moves: str, **typed: str) -> Any:
    """Send the dialog, with the plan's version if the script has one."""
    return client.post(f"{ADDRESS}?{urlencode({'next': CALENDAR})}", {"move": moves, "version": "", **typed})


def swap(world: World, pair: tuple[Order, Order]) -> tuple[str, str]:
    first, second = (tickets_of(order)[0] for order in pair)
    return (
        f"{first}|2026-11-25|10:00|13:00|{world.seat('A2').pk}",
        f"{second}|2026-11-25|10:00|12:00|{world.seat('A1').pk}",
    )


def places() -> list[Any]:
    there = Ticket.objects.blocking().select_related("seat").order_by("pk")
    return [(ticket.seat.label if ticket.seat else "", ticket.period) for ticket in there]


def test_the_dialog_shows_every_order_and_saving_moves_both(
    client: Client, world: World, pair: tuple[Order, Order]
) -> None:
    page = look(client, *swap(world, pair))
    assert page.status_code == 200
    sent = [form.values["move"] for form in read(page).forms if "move" in form.values]
    assert sent == [list(swap(world, pair))]
    text = text_of(page.content.decode())
    for sentence in ("A1 → A2", "A2 → A1", f"Заказ {pair[0].number}", f"Заказ {pair[1].number}"):
        assert sentence in text
    assert [int(plan.money.difference) for plan in page.context["plan"].plans] == [300, -300]
    answer = save(client, *swap(world, pair), version=page.context["plan"].version)
    assert answer.headers["Location"] == CALENDAR
    assert places() == [("A2", hours("10", "13")), ("A1", hours("10", "12"))]
    history = text_of(client.get(f"/manage/orders/{pair[0].number}/").content.decode())
    assert f"переставлено вместе: заказы {pair[0].number}, {pair[1].number}" in history


@pytest.mark.parametrize("is_stale", [True, False])
def test_what_does_not_fit_is_said_and_nothing_moves(
    client: Client, world: World, pair: tuple[Order, Order], is_stale: bool
) -> None:
    move = f"{tickets_of(pair[0])[0]}|2026-11-25|11:00|13:00|{world.seat('A2').pk}"
    shown = look(client, move).context["plan"].version
    before = saved_rows()
    answer = save(client, move, version="other" if is_stale else shown)
    assert answer.status_code == 422
    text = text_of(answer.content.decode())
    assert "A2" in text
    assert ("Получается не то" in text) == is_stale
    assert saved_rows() == before


@pytest.mark.parametrize("is_late", [False, True])
def test_a_limit_of_a_company_is_said_once(
    client: Client, world: World, pair: tuple[Order, Order], is_late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of two surcharges fits, but not both; after a concurrent order, only writing finds out."""
    company = make_company(*(order.customer for order in pair), credit_limit=Decimal(2000))
    Order.objects.update(company=company, payment_method="invoice")
    if is_late:
        monkeypatch.setattr(rearranging, "refusals_of_limits", lambda more: [])
    moves = [
        f"{tickets_of(order)[0]}|2026-11-25|10:00|{end}|{world.seat(label).pk}"
        for order, label, end in zip(pair, ("A1", "A2"), ("13:00", "14:00"), strict=True)
    ]
    before = saved_rows()
    answer = save(client, *moves)
    assert (answer.status_code, saved_rows()) == (422, before)
    text = " ".join(text_of(answer.content.decode()).split()).replace("\u00a0", " ")
    assert text.count("Лимита компании не хватает: на счёт можно заказать ещё на") == 1


def test_a_rule_is_overridden_with_a_reason(client: Client, world: World, pair: tuple[Order, Order]) -> None:
    Service.objects.update(lead_minutes=60 * 48)
    move = f"{tickets_of(pair[0])[0]}|2026-11-25|15:00|18:00|{world.seat('A3').pk}"
    refused = save(client, move)
    assert (refused.status_code, places()[0][0]) == (422, "A1")
    assert refused.context["form"].errors.keys() == {"override_reason"}
    assert save(client, move, override_reason="Просил гость").status_code == 302
    assert places()[0] == ("A3", hours("15", "18"))
    assert OrderEvent.objects.get(kind=EventKind.RULE_OVERRIDDEN).reason == "Просил гость"


def test_the_places_of_a_pool_under_a_block_are_taken_with_a_reason(client: Client, world: World) -> None:
    tariff = make_tariff(service=make_pool(location=world.location, capacity=2), name="Час")
    there = {"tariff": tariff, "by": world.manager}
    orders = [make_order(**there, when=when("16", "18")), make_order(**there, when=when("17", "19"))]
    block = make_block(service=tariff.service, period=hours("9", "15"), is_open_to_managers=True)
    moves = [f"{tickets_of(order)[0]}|2026-11-25|10:00|12:00|" for order in orders]
    said = "1 место из заблокированных, 25.11.2026 09:00–15:00: Ремонт."
    refused = save(client, *moves)
    assert (refused.status_code, said in text_of(refused.content.decode())) == (422, True)
    assert refused.context["form"].errors.keys() == {"override_reason"}
    assert save(client, *moves, override_reason="Гости").status_code == 302
    moved = [Ticket.objects.get(pk=tickets_of(order)[0]) for order in orders]
    assert [(one.period, one.over_block) for one in moved] == [(hours("10", "12"), None), (hours("10", "12"), block)]
    event = OrderEvent.objects.get(kind=EventKind.BLOCK_OVERRIDDEN)
    assert (event.order, event.by, event.reason) == (orders[1], world.manager, "Гости")


@pytest.mark.parametrize(
    "move", ["", "x", "1|2026-11-25", "7|tomorrow|||", "999999999|2026-11-25|||", "7|2026-11-25|25:00||"]
)
def test_malformed_moves_are_not_found(client: Client, world: World, move: str) -> None:
    assert look(client, move).status_code == 404


def test_a_ticket_of_another_location_is_not_found(client: Client, world: World, pair: tuple[Order, Order]) -> None:
    client.force_login(make_manager(location=make_location()))
    before = saved_rows()
    assert [one(client, *swap(world, pair)).status_code for one in (look, save)] == [404, 404]
    assert {**saved_rows(), "User": 0} == {**before, "User": 0}


def test_a_form_carried_on_after_a_new_sign_in_is_shown_again_and_moves_nothing(
    client: Client, world: World, pair: tuple[Order, Order]
) -> None:
    before = places()
    answer = save(client, *swap(world, pair), action="continue")
    assert (answer.status_code, answer.context["carried_on"], places()) == (200, True, before)


def test_a_ticket_of_days_moves_by_days(client: Client, world: World) -> None:
    tariff = make_tariff(service=world.service, unit="day", price="900")
    order = make_order(
        tariff=tariff, by=world.manager, when=When(day=WEDNESDAY, last_day=THURSDAY), seat_ids=(world.seat("A1").pk,)
    )
    before = Ticket.objects.get(pk=tickets_of(order)[0]).period
    assert look(client, f"{tickets_of(order)[0]}|9999-12-31|||").status_code == 404  # beyond it there is no second day
    save(client, f"{tickets_of(order)[0]}|2026-11-27|||")
    after = Ticket.objects.get(pk=tickets_of(order)[0]).period
    assert (after.start - before.start, after.end - before.end) == (DAY * 2, DAY * 2)
