"""Extras with a limited stock: taken for the time of their ticket, and never twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from coworking.domain import setup, tickets
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.settings_history import Change, Row
from coworking.domain.setup import StockBooked
from coworking.domain.tickets import SeatsTaken
from coworking.models import Extra, Location, Section, SettingsEvent, Tariff, Ticket
from olvery.shared.periods import DAY
from olvery.shared.refusals import Refusal
from orders.domain.booking import deadlines, extra_stock
from orders.domain.booking.extra_stock import ExtraTaken
from orders.domain.booking.offer import Offer, offer_for
from orders.domain.booking.transitions import tickets_of
from orders.domain.booking.wish import Booker, Repeat
from orders.domain.desk import change_undoing
from orders.models import Order, OrderLine, OrderStatus
from tests.factories import (
    make_booking_wish,
    make_extra,
    make_location,
    make_manager,
    make_order,
    make_pool,
    make_tariff,
    make_user,
    make_wish,
)
from tests.moments import NOW, THURSDAY, WEDNESDAY
from tests.orders.booking.asking import at_hours, refusals
from tests.orders.booking.changes import change, plan
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def tariff(location: Location) -> Tariff:
    return make_tariff(service=make_pool(location=location, capacity=20))


@pytest.fixture
def monitor(tariff: Tariff) -> Extra:
    return make_extra(service=tariff.service, name="Монитор", stock=2, max_quantity=5)


@pytest.fixture
def manager(location: Location) -> User:
    return make_manager(location=location)


def order(
    tariff: Tariff, monitor: Extra, quantity: int = 1, start: str = "10", end: str = "12", **wanted: Any
) -> Order:
    return make_order(tariff=tariff, when=at_hours(start, end), extras={monitor.pk: quantity}, **wanted)


def offered(tariff: Tariff, manager: User, **wanted: Any) -> Offer:
    location = tariff.service.location
    on_sale = {one.pk: one for one in tariffs_on_sale(location, at=NOW)}
    wish = make_wish(tariff=tariff, customer=make_user(), **wanted)
    return offer_for(wish, Booker.manager(manager, location), NOW, tariffs=on_sale)


def said(found: list[Refusal]) -> list[tuple[str, dict[str, Any]]]:
    return [(one.reason, one.facts) for one in found]


def test_what_is_taken_is_counted_where_the_times_meet(tariff: Tariff, monitor: Extra, manager: User) -> None:
    order(tariff, monitor, 2, "9", "11", by=manager)
    order(tariff, monitor, 1, "11", "13", by=manager)
    for hours, free in ((("10", "12"), 0), (("11", "12"), 1), (("13", "15"), 2)):
        offer = offered(tariff, manager, when=at_hours(*hours), extras={monitor.pk: 1})
        assert offer.free_extras == {(0, monitor.pk): free}
        wanted = [] if free else [("extra_taken", {"extra": "Монитор", "free": 0})]
        assert said(list(offer.refusals)) == wanted
    wish = make_wish(tariff=tariff, customer=make_user(), when=at_hours("11", "12"), extras={monitor.pk: 2})
    assert refusals(wish, location=tariff.service.location, by=manager) == [(ExtraTaken, "extras")]


def test_bookings_of_one_order_take_them_from_each_other(tariff: Tariff, monitor: Extra, manager: User) -> None:
    part = {"tariff": tariff, "when": at_hours("10", "12"), "extras": {monitor.pk: 2}}
    twice = offered(tariff, manager, bookings=(make_booking_wish(**part), make_booking_wish(**part)))
    assert said(list(twice.refusals)) == [("extra_taken", {"extra": "Монитор", "free": 0})]
    assert twice.refusals[0].part == 1
    repeat = Repeat(weekdays=frozenset({WEDNESDAY.weekday(), THURSDAY.weekday()}), until=THURSDAY)
    assert offered(tariff, manager, bookings=(make_booking_wish(**part, repeat=repeat),)).is_ready


def test_an_extra_without_a_stock_is_never_taken(tariff: Tariff, monitor: Extra, manager: User) -> None:
    Extra.objects.update(stock=None)
    order(tariff, monitor, 5, by=manager)
    offer = offered(tariff, manager, when=at_hours("10", "12"), extras={monitor.pk: 5})
    assert (offer.is_ready, offer.free_extras) == (True, {})


def test_a_change_takes_gives_back_and_is_refused_like_an_order(tariff: Tariff, monitor: Extra, manager: User) -> None:
    first, second = order(tariff, monitor, 1, by=manager), order(tariff, monitor, 1, "10", "12", by=manager)
    later = order(tariff, monitor, 1, "12", "14", by=manager)
    before = saved_rows()
    for moved, free, wanted in (
        (first, 1, {"extras": {monitor.pk: 2}}),  # its own
        (later, 0, {"when": at_hours("11", "13")}),
        (later, 0, {"when": at_hours("10", "14")}),
    ):
        assert said(plan(moved, by=manager, **wanted).refusals) == [("extra_taken", {"extra": "Монитор", "free": free})]
    assert saved_rows() == before
    change(second, by=manager, when=at_hours("10", "11"))  # what it has it keeps
    given_back = change(first, by=manager, extras={})
    change(later, by=manager, when=at_hours("10", "12"))
    # Undone, the first would get its monitor back, which another order has by now.
    before = saved_rows()
    with pytest.raises(SeatsTaken, match="extra_just_taken"):
        change_undoing.undo_change(first.pk, given_back.pk, by=manager, at=NOW)
    assert saved_rows() == before
    tickets.release(tickets_of(later))
    change_undoing.undo_change(first.pk, given_back.pk, by=manager, at=NOW)


def test_a_ticket_moves_into_a_full_time_if_it_gives_its_extra_back(
    tariff: Tariff, monitor: Extra, manager: User
) -> None:
    order(tariff, monitor, 2, by=manager)
    moved = order(tariff, monitor, 1, "12", "14", by=manager)
    change(moved, by=manager, when=at_hours("10", "12"), extras={})
    assert Ticket.objects.get(pk=tickets_of(moved)[0]).period.start.hour == 7


def test_places_come_back_only_with_their_extras(tariff: Tariff, monitor: Extra, manager: User) -> None:
    gone = order(tariff, monitor, 2, by=manager)
    tickets.release(tickets_of(gone))
    Order.objects.filter(pk=gone.pk).update(status=OrderStatus.EXPIRED)
    other = order(tariff, monitor, 1, by=manager)
    before = saved_rows()
    with pytest.raises(SeatsTaken, match="extra_just_taken"):
        deadlines.reactivate_order(gone.pk, by=manager, at=NOW)
    assert saved_rows() == before
    tickets.release(tickets_of(other))
    deadlines.reactivate_order(gone.pk, by=manager, at=NOW)
    assert Ticket.objects.blocking().count() == 1


def test_the_database_counts_lines_and_what_was_taken_back(tariff: Tariff, monitor: Extra, manager: User) -> None:
    first = order(tariff, monitor, 2, by=manager)
    change(first, by=manager, extras={monitor.pk: 1})
    second = order(tariff, monitor, 1, by=manager)
    line = second.lines.get(kind="extra")
    before = saved_rows()
    line.pk = None
    with pytest.raises(ExtraTaken, match="extra_just_taken"):
        save_and_confirm(line)
    assert saved_rows() == before


@transaction.atomic
def save_and_confirm(line: OrderLine) -> None:
    line.save(force_insert=True)
    extra_stock.confirm()


def test_the_stock_covers_what_is_booked(tariff: Tariff, monitor: Extra, manager: User) -> None:
    first = order(tariff, monitor, 2, by=manager)
    # By the clock of the database, which tests cannot stop.
    tomorrow = timezone.now() + 365 * DAY
    Ticket.objects.filter(lines__order=first).update(
        period=(tomorrow, tomorrow + timedelta(hours=2)), occupied=(tomorrow, tomorrow + timedelta(hours=2))
    )
    change_of = Change(section=Section.EXTRAS, seen=0, by=manager, at=NOW)
    rows = [list(model.objects.order_by("pk").values()) for model in (Extra, SettingsEvent, OrderLine)]
    with pytest.raises(StockBooked):
        setup.change_rows(tariff.service_id, change_of, [Row(monitor.pk, {"stock": 1})])
    assert [list(model.objects.order_by("pk").values()) for model in (Extra, SettingsEvent, OrderLine)] == rows
    assert setup.change_rows(tariff.service_id, change_of, [Row(monitor.pk, {"stock": 3})]) == 1
