"""Tickets that are added to an order, and other quantities of extras."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from coworking.domain.rules import PlaceBlocked, When
from coworking.models import Block, Location, Service, Tariff, Ticket
from olvery.shared.refusals import Refused
from orders.domain.booking.change_wish import ChangeWish
from orders.domain.booking.changing import Plan, plan_of
from orders.domain.booking.offer import MOST_TICKETS
from orders.domain.booking.pricing import Discount
from orders.domain.booking.transitions import tickets_of
from orders.domain.booking.wish import Booker, BookingWish, Repeat
from orders.domain.desk import change_undoing, changing
from orders.domain.money.balance import balance_of
from orders.models import EventKind, Order, OrderEvent, OrderLine
from orders.wording_changes import change_text
from tests.factories import make_block, make_extra, make_order, make_pool, make_seats, make_tariff, seat_of
from tests.gateways.fake import FakeGateway
from tests.moments import FRIDAY, THURSDAY, WEDNESDAY, hours
from tests.orders.booking.changes import ONE, SUM, TWO, change, lines, plan, r, reasons, when
from tests.orders.conftest import now
from tests.orders.steps import pay, take

pytestmark = pytest.mark.django_db

TENTH = Discount(Decimal(10), is_percent=True)


@pytest.fixture(scope="module")
def capacity() -> int:
    return 8


def added(tariff: Tariff, *, places: int = 1, time: When | None = None, **wanted: Any) -> BookingWish:
    """Return the wish for more places, from ten to twelve by default."""
    return BookingWish(tariff_id=tariff.pk, when=time or when(), visitor_ids=(None,) * places, **wanted)


def plan_adding(order: Order, *wishes: BookingWish, by: User, **wanted: Any) -> Plan:
    there = Order.objects.select_related("location").get(pk=order.pk)
    wish = ChangeWish(added=wishes, **wanted)
    return plan_of(there, wish, booker=Booker.manager(by, there.location), at=now())


def everything_of(order: Order) -> list[Any]:
    """Return what an addition writes: the tickets, the price lines, and the history."""
    rows = (Ticket.objects.order_by("pk").values(), lines(order), OrderEvent.objects.order_by("pk").values())
    return [list(each) for each in rows]


def test_places_are_added_to_a_paid_order_at_the_price_of_today(
    location: Location, tariff: Tariff, manager: User, gateway: FakeGateway, clock: Any
) -> None:
    order = make_order(tariff=tariff, by=manager, payment_method="online")
    pay(order, gateway)
    Tariff.objects.filter(pk=tariff.pk).update(price="500")
    event = changing.carry_out(plan_adding(order, added(tariff, places=2), by=manager))
    there = Order.objects.get(pk=order.pk)
    first, *new = Ticket.objects.order_by("pk")
    assert lines(order) == [("tariff", TWO, SUM), ("tariff", TWO, r("1000")), ("tariff", TWO, r("1000"))]
    assert tickets_of(order) == [first.pk, *(ticket.pk for ticket in new)]
    assert [(one.status, one.period, one.visitor) for one in new] == [("active", hours("10", "12"), order.customer)] * 2
    assert (there.status, there.ticket_count, there.booking_count, there.total) == ("confirmed", 3, 1, r("2600"))
    assert (balance_of(there).paid, balance_of(there).due) == (SUM, r("2000"))
    assert [one["number"] for one in event.data["tickets"]] == [one.pk for one in new]
    assert change_text(event.data, location.zone).startswith("Добавлено: Опен-спейс, 25.11.2026 10:00–12:00, ")


def test_places_of_an_order_that_waits_are_held_as_long_as_its_own(
    tariff: Tariff, manager: User, gateway: FakeGateway, clock: Any
) -> None:
    order = make_order(tariff=tariff, by=manager, payment_method="online")
    changing.carry_out(plan_adding(order, added(tariff), by=manager))
    there = Order.objects.get(pk=order.pk)
    assert list(Ticket.objects.values_list("status", "held_until")) == [("held", there.deadline_at)] * 2
    pay(there, gateway)
    assert list(Ticket.objects.values_list("status", flat=True)) == ["active", "active"]
    assert (balance_of(there).paid, balance_of(there).due) == (r("1200"), r("0"))


def test_another_service_comes_into_the_order_with_its_extras(
    location: Location, desk_order: Order, manager: User
) -> None:
    room = make_seats(location=location, name="Переговорная")
    hour, screen = make_tariff(service=room, price="900"), make_extra(service=room, name="Экран", price="200")
    changing.carry_out(plan_adding(desk_order, added(hour, extras={screen.pk: 2}), by=manager))
    there = Order.objects.get(pk=desk_order.pk)
    assert lines(desk_order)[1:] == [("tariff", TWO, r("1800")), ("extra", TWO, r("400"))]
    assert (there.service_ids, there.total) == (sorted([room.pk, there.service_id]), r("2800"))
    new = Ticket.objects.get(service=room)
    assert set(OrderLine.objects.filter(ticket=new).values_list("extra", flat=True)) == {None, screen.pk}
    assert new.seat.label == "A1"


def test_a_series_is_added_without_the_days_that_are_taken(
    location: Location, desk_order: Order, manager: User
) -> None:
    service = make_pool(location=location, capacity=1, name="Студия")
    hour = make_tariff(service=service, price="100")
    make_order(tariff=hour, by=manager, when=when(day=THURSDAY))
    series = Repeat(weekdays=frozenset({WEDNESDAY.weekday(), 3, 4}), until=FRIDAY, only_free=True)
    changing.carry_out(plan_adding(desk_order, added(hour, repeat=series), by=manager))
    periods = Ticket.objects.filter(service=service, pk__in=tickets_of(desk_order)).values_list("period", flat=True)
    assert sorted(periods) == [hours("10", "12"), hours("10", "12", FRIDAY)]


def test_the_discount_of_the_order_is_of_what_is_added_too(tariff: Tariff, manager: User, clock: Any) -> None:
    order = make_order(tariff=tariff, by=manager, discount=TENTH, discount_reason="Партнёр")
    changing.carry_out(plan_adding(order, added(tariff), by=manager))
    assert Order.objects.get(pk=order.pk).total == r("1080")


def test_a_place_that_is_taken_is_refused_with_alternatives(
    location: Location, desk_order: Order, manager: User
) -> None:
    hour = make_tariff(service=make_pool(location=location, capacity=1, name="Студия"), price="100")
    make_order(tariff=hour, by=manager)
    there = everything_of(desk_order)
    planned = plan_adding(desk_order, added(hour), by=manager)
    assert (reasons(planned), planned.is_ready) == (["all_taken"], False)
    assert planned.added
    assert planned.added.parts[0].alternatives
    assert everything_of(desk_order) == there


def test_an_order_has_no_more_than_sixty_tickets(location: Location, manager: User, clock: Any) -> None:
    hour = make_tariff(service=make_pool(location=location, capacity=MOST_TICKETS + 1), price="1")
    order = make_order(tariff=hour, by=manager, visitor_ids=(None,) * 50)
    assert reasons(plan_adding(order, added(hour, places=11), by=manager)) == ["too_many_tickets"]
    assert reasons(plan_adding(order, added(hour, places=10), by=manager)) == []


def test_a_place_that_went_meanwhile_makes_the_plan_stale(location: Location, desk_order: Order, manager: User) -> None:
    hour = make_tariff(service=make_pool(location=location, capacity=1, name="Студия"), price="100")
    planned = plan_adding(desk_order, added(hour), by=manager)
    make_order(tariff=hour, by=manager)
    there = everything_of(desk_order)
    with pytest.raises(changing.PlanStale) as stale:
        changing.carry_out(planned)
    assert reasons(stale.value.plan) == ["all_taken"]
    assert everything_of(desk_order) == there


def test_tickets_that_were_added_can_be_undone(tariff: Tariff, desk_order: Order, manager: User) -> None:
    event = changing.carry_out(plan_adding(desk_order, added(tariff, places=2), by=manager))
    change_undoing.undo_change(desk_order.pk, event.pk, by=manager, at=now() + timedelta(minutes=9))
    there = Order.objects.get(pk=desk_order.pk)
    assert list(Ticket.objects.order_by("pk").values_list("status", flat=True)) == ["active", "cancelled", "cancelled"]
    assert (there.ticket_count, there.total, len(tickets_of(there))) == (1, SUM, 1)


def test_a_free_order_is_paid_at_the_desk_for_what_is_added(
    pool: Service, tariff: Tariff, manager: User, clock: Any
) -> None:
    free = make_tariff(service=pool, price="0", name="Знакомство")
    order = make_order(tariff=free, by=manager, payment_method="")
    changing.carry_out(plan_adding(order, added(tariff), by=manager))
    there = Order.objects.get(pk=order.pk)
    assert (there.payment_method, there.total, balance_of(there).due) == ("on_site", SUM, SUM)


def test_more_of_an_extra_costs_what_it_costs_today(tariff: Tariff, manager: User, clock: Any) -> None:
    locker = make_extra(service=tariff.service, name="Локер", price="100")
    order = make_order(tariff=tariff, by=manager, extras={locker.pk: 1})
    type(locker).objects.filter(pk=locker.pk).update(price="150")
    event = change(order, by=manager, extras={locker.pk: 3})
    assert lines(order)[1:] == [("extra", ONE, r("100")), ("extra", TWO, r("300"))]
    assert Order.objects.get(pk=order.pk).total == r("1000")
    assert "Локер 1 → 3" in change_text(event.data, order.location.zone)
    change_undoing.undo_change(order.pk, event.pk, by=manager, at=now())
    assert Order.objects.get(pk=order.pk).total == r("700")


def test_the_last_of_an_extra_that_was_bought_is_the_first_given_back(
    tariff: Tariff, manager: User, clock: Any
) -> None:
    locker = make_extra(service=tariff.service, price="100")
    order = make_order(tariff=tariff, by=manager, extras={locker.pk: 2})
    take(order, "800", by=manager)
    planned = plan(order, by=manager, extras={})
    assert (planned.money.freed, planned.money.difference) == (r("200"), r("-200"))
    changing.carry_out(planned)
    assert Order.objects.get(pk=order.pk).total == SUM


def test_extras_of_elsewhere_or_beyond_their_number_are_refused(
    location: Location, tariff: Tariff, desk_order: Order, manager: User
) -> None:
    foreign = make_extra(service=make_pool(location=location, name="Студия"))
    locker = make_extra(service=tariff.service, name="Локер", max_quantity=2)
    there = everything_of(desk_order)
    for extras, reason in (({foreign.pk: 1}, "extra_not_on_sale"), ({locker.pk: 3}, "extra_beyond_limit")):
        assert reason in reasons(plan(desk_order, by=manager, extras=extras))
    assert everything_of(desk_order) == there


def test_a_person_who_is_no_longer_here_gets_no_further_ticket(
    tariff: Tariff, desk_order: Order, manager: User
) -> None:
    User.objects.filter(pk=desk_order.customer_id).update(is_active=False)
    assert "person_not_chosen" in reasons(plan_adding(desk_order, added(tariff), by=manager))
    assert not OrderEvent.objects.filter(kind=EventKind.CHANGED).exists()


def test_a_seat_under_a_block_is_added_with_a_reason_that_the_history_has(
    tariff: Tariff, manager: User, clock: Any
) -> None:
    order = make_order(tariff=tariff, by=manager, when=when("16", "18"))
    seats = make_seats(location=order.location, labels=("A1", "A2"))
    seat = seat_of(seats, "A1")
    block = make_block(service=seats, seat=seat, period=hours("9", "15"), is_open_to_managers=True)
    wish = added(make_tariff(service=seats), seat_ids=(seat.pk,))
    before = everything_of(order)
    asked = plan_adding(order, wish, by=manager)
    assert reasons(asked) == [PlaceBlocked.reason]
    with pytest.raises(Refused):
        changing.carry_out(asked)
    assert everything_of(order) == before
    there = plan_adding(order, wish, by=manager, override_reason="Гости директора")
    event = changing.carry_out(there)
    ticket = Ticket.objects.latest("pk")
    assert (ticket.seat, ticket.over_block, ticket.period) == (seat, block, hours("10", "12"))
    told = OrderEvent.objects.get(kind=EventKind.BLOCK_OVERRIDDEN)
    assert (told.order, told.by, told.reason, told.data["block"]) == (order, manager, "Гости директора", block.pk)
    change_undoing.undo_change(order.pk, event.pk, by=manager, at=now())
    assert Ticket.objects.get(pk=ticket.pk).status == "cancelled"


def test_places_of_a_pool_are_added_from_the_free_ones_first_and_a_closed_block_stays_closed(
    location: Location, tariff: Tariff, manager: User, clock: Any
) -> None:
    order = make_order(tariff=tariff, by=manager, when=when("16", "18"))
    there = make_pool(location=location, capacity=2)
    block = make_block(service=there, period=hours("9", "15"), is_open_to_managers=True)
    wish = added(make_tariff(service=there), places=2)
    insisted = {"by": manager, "override_reason": "Гости"}
    changing.carry_out(plan_adding(order, wish, **insisted))
    new = Ticket.objects.filter(service=there).order_by("pk")
    assert [ticket.over_block for ticket in new] == [None, block]
    assert reasons(plan_adding(order, wish, **insisted)) == ["all_taken"]
    Ticket.objects.filter(service=there).update(status="cancelled")
    Block.objects.update(is_open_to_managers=False)
    assert reasons(plan_adding(order, wish, **insisted)) == ["fewer_are_free"]
