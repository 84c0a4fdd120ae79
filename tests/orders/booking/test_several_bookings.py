"""Orders of several services, tariffs and days."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from coworking.domain import tickets
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import RuleBroken
from coworking.domain.tickets import SeatsTaken
from coworking.models import CancellationStep, Location, Service, Tariff, Ticket, Unit
from orders.domain.booking.booking_offer import RepeatRefused
from orders.domain.booking.deadlines import reactivate_order
from orders.domain.booking.offer import MOST_TICKETS, DaysChanged, Offer, TooManyTickets, offer_for
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, BookingWish, Repeat
from orders.domain.desk.cancelling import terms_of
from orders.domain.online.expiry import expire_overdue
from orders.domain.queries.lists import OrderFilter, orders_of
from orders.models import Order, OrderLine
from tests.factories import (
    make_booking_wish,
    make_extra,
    make_location,
    make_manager,
    make_pool,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
    make_wish,
    seat_of,
)
from tests.moments import NOW, WEDNESDAY, hours
from tests.orders.booking.asking import at_hours, refusals

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def manager(location: Location) -> User:
    return make_manager(location=location)


@pytest.fixture
def desks(location: Location) -> Service:
    return make_seats(location=location, name="Столы", labels=("A1", "A2", "A3"))


@pytest.fixture
def desk(desks: Service) -> Tariff:
    return make_tariff(service=desks, name="Час", price="300")


@pytest.fixture
def room(location: Location) -> Tariff:
    service = make_pool(location=location, name="Переговорная", capacity=1, deadline_hours=2)
    return make_tariff(service=service, name="Час", price="900")


def ask(manager: User, location: Location, *bookings: BookingWish, **fields: Any) -> Order:
    """Place an order of these bookings."""
    wish = make_wish(tariff=Tariff(pk=0), customer=make_user(), bookings=bookings, **fields)
    return place_order(wish, booker=Booker.manager(manager, location), at=NOW)


def offered(manager: User, location: Location, *bookings: BookingWish, **fields: Any) -> Offer:
    """Return what the form would show of these bookings."""
    wish = make_wish(tariff=Tariff(pk=0), customer=make_user(), bookings=bookings, **fields)
    tariffs = {tariff.pk: tariff for tariff in tariffs_on_sale(location, at=NOW)}
    return offer_for(wish, Booker.manager(manager, location), NOW, tariffs=tariffs)


def every_wednesday(tariff: Tariff, weeks: int, *, only_free: bool = False, **fields: Any) -> BookingWish:
    until = WEDNESDAY + WEEK * (weeks - 1)
    repeat = Repeat(weekdays=frozenset({2}), until=until, only_free=only_free)
    return make_booking_wish(tariff=tariff, when=at_hours("10", "12"), repeat=repeat, **fields)


def days_of(order: Order) -> list[date]:
    zone = order.location.zone
    tickets = Ticket.objects.filter(lines__order=order).order_by("number").distinct()
    return [ticket.period.days(zone)[0] for ticket in tickets]


# Two services


def test_a_desk_and_a_room_are_one_order_with_a_ticket_each(
    location: Location, manager: User, desks: Service, desk: Tariff, room: Tariff
) -> None:
    extra = make_extra(service=desks)
    at_desk = make_booking_wish(tariff=desk, seat_ids=(seat_of(desks, "A2").pk,), extras={extra.pk: 1})
    in_room = make_booking_wish(tariff=room, when=at_hours("14", "15"))
    order = ask(manager, location, at_desk, in_room)

    kept = (order.service_name, order.tariff_name, order.ticket_count, order.booking_count, order.service_ids)
    services = sorted([desks.pk, room.service_id])
    assert (*kept, order.period) == ("Столы", "Час", 2, 2, services, hours("10", "15"))
    tickets = Ticket.objects.order_by("number").select_related("service", "tariff", "seat")
    assert [(one.service, one.tariff, str(one.seat or ""), one.period) for one in tickets] == [
        (desks, desk, "A2", hours("10", "12")),
        (room.service, room, "", hours("14", "15")),
    ]
    first, second = tickets
    assert list(OrderLine.objects.order_by("pk").values_list("kind", "ticket", "amount")) == [
        ("tariff", first.pk, Decimal(600)),
        ("extra", first.pk, Decimal(150)),
        ("tariff", second.pk, Decimal(900)),
    ]


def test_the_second_booking_cannot_have_what_the_first_takes(location: Location, manager: User, room: Tariff) -> None:
    both = (make_booking_wish(tariff=room), make_booking_wish(tariff=room, when=at_hours("11", "13")))
    wish = make_wish(tariff=room, customer=make_user(), bookings=both)
    assert refusals(wish, location=location, by=manager) == [(SeatsTaken, "places")]
    apart = (make_booking_wish(tariff=room), make_booking_wish(tariff=room, when=at_hours("12", "13")))
    assert ask(manager, location, *apart).ticket_count == 2


def test_a_refusal_names_the_booking_it_is_about(location: Location, manager: User, desk: Tariff, room: Tariff) -> None:
    make_ticket(service=room.service, period=hours("10", "12"))
    offer = offered(manager, location, make_booking_wish(tariff=desk), make_booking_wish(tariff=room))
    assert [(type(refusal), refusal.part) for refusal in offer.refusals] == [(SeatsTaken, 1)]


def test_an_unpaid_order_waits_as_long_as_its_most_impatient_service(
    location: Location, manager: User, desk: Tariff, room: Tariff, settings: Any
) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    bookings = make_booking_wish(tariff=desk), make_booking_wish(tariff=room, when=at_hours("14", "15"))
    order = ask(manager, location, *bookings, payment_method="online")
    assert order.deadline_at == NOW + timedelta(hours=2)
    assert set(Ticket.objects.values_list("status", "held_until")) == {("held", order.deadline_at)}


def test_services_without_a_common_payment_method_are_refused(
    location: Location, manager: User, desk: Tariff, room: Tariff
) -> None:
    Service.objects.filter(pk=room.service_id).update(payment_methods=["invoice"])
    Service.objects.filter(pk=desk.service_id).update(payment_methods=["on_site"])
    offer = offered(manager, location, make_booking_wish(tariff=desk), make_booking_wish(tariff=room))
    assert (offer.methods, [refusal.field for refusal in offer.refusals]) == ((), ["payment_method"])


def test_each_ticket_goes_back_by_the_policy_of_its_service(
    location: Location, manager: User, desk: Tariff, room: Tariff
) -> None:
    CancellationStep.objects.create(service=room.service, hours_before=0, percent=50)
    order = ask(manager, location, make_booking_wish(tariff=desk), make_booking_wish(tariff=room))
    order.entries.create(kind="charge", method="on_site", amount=Decimal(2400), at=NOW, by=manager)
    terms = terms_of(order, at=NOW)
    assert (terms.balance.at_hand, terms.percent, terms.by_policy) == (Decimal(2400), None, Decimal(600 + 900))


def test_an_expired_order_gets_the_places_of_all_its_services_back_or_none(
    location: Location, manager: User, desk: Tariff, room: Tariff, settings: Any
) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    bookings = make_booking_wish(tariff=desk), make_booking_wish(tariff=room)
    order = ask(manager, location, *bookings, payment_method="online")
    later = NOW + timedelta(hours=3)
    assert expire_overdue(None, later) == 1
    other = make_ticket(service=room.service, period=hours("10", "12"))
    with pytest.raises(SeatsTaken):
        reactivate_order(order.pk, by=manager, at=later)
    assert set(Ticket.objects.exclude(pk=other.pk).values_list("status", flat=True)) == {"cancelled"}
    other.delete()
    reactivate_order(order.pk, by=manager, at=later)
    assert set(Ticket.objects.values_list("status", flat=True)) == {"held"}


# A series


def test_a_series_takes_the_same_seat_on_every_day(
    location: Location, manager: User, desks: Service, desk: Tariff
) -> None:
    order = ask(manager, location, every_wednesday(desk, 4, seat_ids=(seat_of(desks, "A3").pk,)))
    assert days_of(order) == [WEDNESDAY + WEEK * week for week in range(4)]
    assert set(Ticket.objects.values_list("seat__label", flat=True)) == {"A3"}
    assert (order.booking_count, Order.objects.get().total) == (4, Decimal(2400))


def test_a_day_that_is_taken_stands_in_the_way_unless_only_free_days_are_wanted(
    location: Location, manager: User, room: Tariff
) -> None:
    make_ticket(service=room.service, period=hours("10", "12", day=WEDNESDAY + WEEK))
    wish = make_wish(tariff=room, customer=make_user(), bookings=(every_wednesday(room, 3),))
    assert refusals(wish, location=location, by=manager) == [(RepeatRefused, "only_free")]

    (part,) = offered(manager, location, every_wednesday(room, 3, only_free=True)).parts
    assert (len(part.bookings), part.skipped, part.refusals) == (2, (WEDNESDAY + WEEK,), ())
    order = ask(manager, location, every_wednesday(room, 3, only_free=True))
    assert days_of(order) == [WEDNESDAY, WEDNESDAY + WEEK * 2]


def test_a_series_without_other_days_than_were_shown_is_refused_though_its_price_is_the_same(
    location: Location, manager: User, room: Tariff
) -> None:
    series = every_wednesday(room, 3, only_free=True)
    there = make_ticket(service=room.service, period=hours("10", "12", day=WEDNESDAY + WEEK))
    shown = offered(manager, location, series)
    tickets.release([there.pk])
    make_ticket(service=room.service, period=hours("10", "12", day=WEDNESDAY + WEEK * 2))
    seen = {"shown_total": shown.price and shown.price.total, "shown_left_out": shown.left_out}
    wish = make_wish(tariff=room, customer=make_user(), bookings=(series,), **seen)
    assert refusals(wish, location=location, by=manager) == [(DaysChanged, "shown_total")]
    now = offered(manager, location, series)
    order = ask(manager, location, series, shown_total=now.price and now.price.total, shown_left_out=now.left_out)
    assert days_of(order) == [WEDNESDAY, WEDNESDAY + WEEK]


def test_two_series_of_one_place_on_the_same_days_are_refused(location: Location, manager: User, room: Tariff) -> None:
    offer = offered(manager, location, every_wednesday(room, 2), every_wednesday(room, 2))
    assert [(type(refusal), refusal.part) for refusal in offer.refusals] == [(RepeatRefused, 1)]


@pytest.mark.parametrize(
    ("until", "weekdays", "field"),
    [
        (None, {2}, "until"),
        (WEDNESDAY, {2}, "until"),
        (WEDNESDAY + timedelta(days=400), {2}, "until"),
        (WEDNESDAY + timedelta(days=3), {0}, "weekdays"),
    ],
)
def test_a_repetition_that_cannot_be_meant_is_refused_at_its_field(
    location: Location, manager: User, desk: Tariff, until: date | None, weekdays: set[int], field: str
) -> None:
    repeat = Repeat(weekdays=frozenset(weekdays), until=until)
    booking = make_booking_wish(tariff=desk, repeat=repeat)
    wish = make_wish(tariff=desk, customer=make_user(), bookings=(booking,))
    assert refusals(wish, location=location, by=manager) == [(RepeatRefused, field)]


def test_months_are_not_repeated(location: Location, manager: User, desks: Service) -> None:
    month = make_tariff(service=desks, unit=Unit.MONTH)
    booking = make_booking_wish(tariff=month, repeat=Repeat(weekdays=frozenset({2}), until=WEDNESDAY + WEEK))
    wish = make_wish(tariff=month, customer=make_user(), bookings=(booking,))
    assert refusals(wish, location=location, by=manager) == [(RepeatRefused, "weekdays")]


def test_more_tickets_than_an_order_may_have_are_refused_before_they_happen(location: Location, manager: User) -> None:
    crowd = make_tariff(service=make_pool(location=location, capacity=100, horizon_days=365), name="Час")
    places = MOST_TICKETS // 3
    three = every_wednesday(crowd, 3, visitor_ids=(None,) * places)
    assert ask(manager, location, three).ticket_count == MOST_TICKETS
    four = every_wednesday(crowd, 4, visitor_ids=(None,) * places)
    assert [type(refusal) for refusal in offered(manager, location, four).refusals] == [TooManyTickets]


# Lists


def found(location: Location, **wanted: Any) -> Sequence[int]:
    orders = orders_of(location.pk, OrderFilter(**wanted), location.zone)
    return list(orders.all().order_by("pk").values_list("pk", flat=True))


def test_an_order_is_found_by_any_of_its_services(
    location: Location, manager: User, desk: Tariff, room: Tariff
) -> None:
    both = ask(manager, location, make_booking_wish(tariff=desk), make_booking_wish(tariff=room))
    one = ask(manager, location, make_booking_wish(tariff=desk, when=at_hours("15", "16")))
    assert found(location, services=[room.service_id]) == [both.pk]
    assert found(location, services=[desk.service_id]) == [both.pk, one.pk]


def test_a_series_is_found_by_its_days_and_not_by_those_between(
    location: Location, manager: User, desk: Tariff
) -> None:
    series = ask(manager, location, every_wednesday(desk, 3))
    for week in range(3):
        day = WEDNESDAY + WEEK * week
        assert found(location, from_day=day, to_day=day) == [series.pk]
        after = day + timedelta(days=1)
        assert found(location, from_day=after, to_day=after) == []
    assert found(location, from_day=WEDNESDAY + timedelta(days=1)) == [series.pk]


def test_a_customer_overrides_nothing_and_waits_twenty_minutes(location: Location, desk: Tariff, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    customer = make_user()
    wish = make_wish(tariff=desk, customer=customer, payment_method="online", override_reason="Очень нужно")
    tariffs = {tariff.pk: tariff for tariff in tariffs_on_sale(location, at=NOW)}
    offer = offer_for(wish, Booker.customer(customer, location), NOW, tariffs=tariffs)
    assert (offer.deadline, offer.refusals) == (NOW + timedelta(minutes=20), ())
    Tariff.objects.filter(pk=desk.pk).update(min_units=5)
    tariffs = {tariff.pk: tariff for tariff in tariffs_on_sale(location, at=NOW)}
    offer = offer_for(wish, Booker.customer(customer, location), NOW, tariffs=tariffs)
    assert ([type(one) for one in offer.refusals], offer.overridden) == ([RuleBroken], [])
