from datetime import date, datetime, time, timedelta

import pytest

from coworking.domain.capacity import Alternative, Occupancy, nearest_alternatives, occupancy_of, window_around
from coworking.domain.opening import calendar_of
from coworking.models import Seat, Service, Tariff, TicketStatus, Unit
from olvery.shared.clocks import END_OF_DAY
from olvery.shared.periods import Period, local_days
from tests.factories import (
    make_block,
    make_exception,
    make_location,
    make_pool,
    make_seats,
    make_tariff,
    make_ticket,
    seat_of,
)
from tests.moments import FRIDAY, MOSCOW, NOW, SATURDAY, SUNDAY, THURSDAY, TUESDAY, WEDNESDAY, hours

pytestmark = pytest.mark.django_db

DAY = hours("08", "21")


def labels(seats: "list[Seat] | tuple[Seat, ...]") -> list[str]:
    return [seat.label for seat in seats]


def near(
    tariff: Tariff, period: Period, *, places: int = 1, seats: tuple[str, ...] = (), at: datetime = NOW
) -> list[tuple[Period, list[str]]]:
    service = tariff.service
    calendar = calendar_of(service.location)
    occupancy = occupancy_of(service, window_around(period, calendar))
    seat_ids = [seat_of(service, label).pk for label in seats]
    found = nearest_alternatives(occupancy, tariff, period, places=places, seat_ids=seat_ids, calendar=calendar, at=at)
    assert all(isinstance(alternative, Alternative) for alternative in found)
    return [(alternative.period, labels(alternative.seats)) for alternative in found]


# A pool


def test_an_empty_pool_is_free() -> None:
    occupancy = occupancy_of(make_pool(capacity=3), DAY)
    assert (occupancy.capacity, occupancy.free_places(hours("10", "12"))) == (3, 3)
    assert occupancy.has_room(hours("10", "12"), 3)
    assert not occupancy.has_room(hours("10", "12"), 4)


def test_a_pool_counts_the_peak_and_not_the_tickets() -> None:
    pool = make_pool(capacity=2)
    make_ticket(service=pool, period=hours("09", "10"))
    make_ticket(service=pool, period=hours("10", "11"))
    occupancy = occupancy_of(pool, DAY)
    assert occupancy.free_places(hours("09", "11")) == 1
    make_ticket(service=pool, period=hours("09:30", "10:30"))
    assert occupancy_of(pool, DAY).free_places(hours("09", "11")) == 0
    assert occupancy_of(pool, DAY).free_places(hours("10:30", "12")) == 1


def test_a_block_takes_its_places_of_a_pool() -> None:
    pool = make_pool(capacity=5)
    make_block(service=pool, period=hours("10", "12"), places=3)
    make_ticket(service=pool, period=hours("11", "13"))
    occupancy = occupancy_of(pool, DAY)
    asked = (hours("10", "11"), hours("11", "12"), hours("12", "13"), hours("13", "14"))
    assert [occupancy.free_places(period) for period in asked] == [2, 1, 4, 5]


def test_two_equal_tickets_are_two() -> None:
    pool = make_pool(capacity=3)
    for _n in range(2):
        make_ticket(service=pool, period=hours("10", "12"))
        make_block(service=make_pool(), period=hours("10", "12"))
    assert occupancy_of(pool, DAY).free_places(hours("10", "12")) == 1


@pytest.mark.parametrize("status", [TicketStatus.USED, TicketStatus.NO_SHOW, TicketStatus.CANCELLED])
def test_a_ticket_that_does_not_block_takes_nothing(status: TicketStatus) -> None:
    pool = make_pool(capacity=1)
    make_ticket(service=pool, period=hours("10", "12"), status=status)
    assert occupancy_of(pool, DAY).free_places(hours("10", "12")) == 1


def test_a_held_ticket_takes_its_place() -> None:
    pool = make_pool(capacity=1)
    make_ticket(service=pool, period=hours("10", "12"), status=TicketStatus.HELD, held_until=NOW)
    assert occupancy_of(pool, DAY).free_places(hours("10", "12")) == 0


def test_the_buffer_is_kept_free_after_a_booking_and_before_the_next() -> None:
    pool = make_pool(capacity=1, buffer_minutes=30)
    make_ticket(service=pool, period=hours("10", "12"))
    occupancy = occupancy_of(pool, DAY)
    asked = (hours("08", "09:30"), hours("08", "10"), hours("12", "14"), hours("12:30", "14"))
    assert [occupancy.free_places(period) for period in asked] == [1, 0, 0, 1]


def test_a_ticket_right_after_the_window_counts_when_the_buffer_reaches_it() -> None:
    pool = make_pool(capacity=1, buffer_minutes=30)
    make_ticket(service=pool, period=hours("12", "14"))
    assert occupancy_of(pool, hours("10", "12")).free_places(hours("10", "12")) == 0


def test_a_part_of_the_day_knows_of_a_ticket_that_begins_within_the_buffer_behind_it() -> None:
    pool = make_pool(capacity=1, buffer_minutes=30)
    make_ticket(service=pool, period=hours("12", "14"))
    morning = hours("10", "12")
    assert occupancy_of(pool, DAY).within(morning).free_places(morning) == 0


@pytest.mark.parametrize("numbered", [False, True])
def test_a_booking_before_it_in_the_same_order_has_its_buffer(numbered: bool) -> None:
    service = make_seats(labels=["A1"], buffer_minutes=30) if numbered else make_pool(capacity=1, buffer_minutes=30)
    seat = seat_of(service, "A1") if numbered else None
    occupancy = occupancy_of(service, DAY).with_booking(hours("10", "12"), [seat])
    asked = (hours("08", "10"), hours("12", "13"), hours("12:30", "13"))
    assert [occupancy.free_places(period) for period in asked] == [0, 0, 1]


def test_tickets_of_another_service_do_not_count() -> None:
    pool = make_pool(capacity=1)
    make_ticket(service=make_pool(location=pool.location), period=hours("10", "12"))
    assert occupancy_of(pool, DAY).free_places(hours("10", "12")) == 1


def test_places_lie_over_the_first_block_that_has_room_for_all_of_them() -> None:
    pool, morning = make_pool(capacity=4), hours("10", "12")
    small, large = (make_block(service=pool, period=morning, places=places) for places in (1, 3))
    occupancy = occupancy_of(pool, DAY, over=[small, large])
    assert occupancy.blocks_under(morning, [None]) == [small]
    assert occupancy.blocks_under(morning, [None] * 2) == [large] * 2


# Numbered seats


def test_a_seat_is_free_while_nobody_has_it() -> None:
    service = make_seats(labels=["A1", "A2"])
    make_ticket(service=service, seat=seat_of(service, "A1"), period=hours("10", "12"))
    occupancy = occupancy_of(service, DAY)
    assert occupancy.capacity == 2
    assert labels(occupancy.free_seats(hours("11", "13"))) == ["A2"]
    assert labels(occupancy.free_seats(hours("12", "14"))) == ["A1", "A2"]
    assert occupancy.has_room(hours("11", "13"), 1, [seat_of(service, "A2").pk])
    assert not occupancy.has_room(hours("11", "13"), 1, [seat_of(service, "A1").pk])


def test_a_seat_cannot_be_had_by_its_number_within_a_buffer() -> None:
    service = make_seats(labels=["A1"], buffer_minutes=30)
    seat = seat_of(service, "A1")
    make_ticket(service=service, seat=seat, period=hours("12", "14"))
    occupancy = occupancy_of(service, DAY)
    asked = (hours("10", "11:30"), hours("10", "12"), hours("14", "15"), hours("14:30", "15"))
    assert [occupancy.seats_to_be_had(period) for period in asked] == [{seat.pk}, set(), set(), {seat.pk}]
    assert not occupancy.has_room(hours("11", "13"), 2)


def test_seats_with_gaps_at_different_times_do_not_make_one_free_seat() -> None:
    service = make_seats(labels=["A1", "A2"])
    make_ticket(service=service, seat=seat_of(service, "A1"), period=hours("10", "11"))
    make_ticket(service=service, seat=seat_of(service, "A2"), period=hours("11", "12"))
    assert occupancy_of(service, DAY).free_places(hours("10", "12")) == 0


def test_a_block_takes_one_seat_or_all_of_them() -> None:
    service = make_seats(labels=["A1", "A2"])
    make_block(service=service, seat=seat_of(service, "A1"), period=hours("10", "12"))
    make_block(service=service, period=hours("14", "16"))
    occupancy = occupancy_of(service, DAY)
    asked = (hours("10", "12"), hours("12", "14"), hours("14", "16"))
    assert [labels(occupancy.free_seats(period)) for period in asked] == [["A2"], ["A1", "A2"], []]


def test_a_seat_that_is_switched_off_is_no_place() -> None:
    service = make_seats(labels=["A1", "A2"])
    Seat.objects.filter(service=service, label="A1").update(is_active=False)
    occupancy = occupancy_of(service, DAY)
    assert (occupancy.capacity, labels(occupancy.free_seats(DAY))) == (1, ["A2"])


def test_free_seats_come_in_the_order_of_the_plan() -> None:
    service = make_seats(labels=["B1", "A1", "B2", "A2"], tables=[2, 1, 2, 1])
    assert labels(occupancy_of(service, DAY).free_seats(DAY)) == ["A1", "A2", "B1", "B2"]


@pytest.mark.parametrize("make", [make_pool, make_seats])
@pytest.mark.parametrize("tickets", [0, 3])
def test_occupancy_costs_one_query_however_much_is_taken(make, tickets: int, django_assert_num_queries) -> None:
    service: Service = make()
    for place in range(tickets):
        seat = service.seats.all()[place] if service.has_seats else None
        make_ticket(service=service, seat=seat, period=hours("10", "12"))
    with django_assert_num_queries(1):
        occupancy: Occupancy = occupancy_of(service, DAY)
        occupancy.free_places(hours("10", "12"))


# Alternatives


def test_the_nearest_times_before_and_after_and_the_next_day_are_offered() -> None:
    tariff = make_tariff(service=make_pool(capacity=1))
    make_ticket(service=tariff.service, period=hours("10", "12"))
    assert near(tariff, hours("10", "12")) == [
        (hours("08", "10"), []),
        (hours("12", "14"), []),
        (hours("10", "12", THURSDAY), []),
    ]


def test_another_seat_at_the_same_time_comes_first() -> None:
    tariff = make_tariff(service=make_seats(labels=["A1", "A2"]))
    make_ticket(service=tariff.service, seat=seat_of(tariff.service, "A1"), period=hours("10", "12"))
    assert near(tariff, hours("10", "12"), seats=("A1",)) == [
        (hours("10", "12"), ["A2"]),
        (hours("08", "10"), ["A1"]),
        (hours("12", "14"), ["A1"]),
    ]


def test_alternatives_are_within_the_hours_and_not_in_the_past() -> None:
    tariff = make_tariff(service=make_pool(capacity=1))
    make_ticket(service=tariff.service, period=hours("09", "20:30", TUESDAY))
    assert near(tariff, hours("10", "12", TUESDAY)) == [(hours("10", "12", WEDNESDAY), [])]


def test_alternatives_end_with_the_day_at_the_latest() -> None:
    location = make_location(weekly=dict.fromkeys(range(7), (time(0), END_OF_DAY)))
    tariff = make_tariff(service=make_pool(location=location, capacity=1))
    make_ticket(service=tariff.service, period=hours("22", "24"))
    assert near(tariff, hours("22", "24")) == [(hours("20", "22"), []), (hours("22", "24", THURSDAY), [])]
    make_ticket(service=tariff.service, period=hours("0", "22", THURSDAY))
    assert near(tariff, hours("21", "23", THURSDAY)) == [
        (hours("22", "24", THURSDAY), []),
        (hours("21", "23", FRIDAY), []),
    ]


def test_days_off_and_days_that_are_taken_are_passed_over() -> None:
    tariff = make_tariff(service=make_pool(capacity=1))
    make_exception(location=tariff.service.location, on=THURSDAY)
    for day in (WEDNESDAY, FRIDAY):
        make_ticket(service=tariff.service, period=hours("08", "21", day))
    assert near(tariff, hours("10", "12")) == [(hours("10", "12", SATURDAY), [])]


def test_a_day_off_leads_to_the_next_three_days_that_are_free() -> None:
    tariff = make_tariff(service=make_pool(capacity=1))
    make_exception(location=tariff.service.location, on=WEDNESDAY)
    make_ticket(service=tariff.service, period=hours("11", "12", FRIDAY))
    monday = SUNDAY + timedelta(days=1)
    assert near(tariff, hours("10", "12")) == [(hours("10", "12", day), []) for day in (THURSDAY, SATURDAY, monday)]


def test_alternatives_keep_the_buffer() -> None:
    tariff = make_tariff(service=make_pool(capacity=1, buffer_minutes=30))
    make_ticket(service=tariff.service, period=hours("11", "12"))
    assert near(tariff, hours("11", "12"))[:2] == [(hours("09:30", "10:30"), []), (hours("12:30", "13:30"), [])]


def test_alternatives_have_room_for_all_places() -> None:
    tariff = make_tariff(service=make_pool(capacity=3))
    make_block(service=tariff.service, period=hours("08", "16"), places=2)
    assert near(tariff, hours("10", "12"), places=2)[0] == (hours("16", "18"), [])


@pytest.mark.parametrize("unit", [Unit.DAY, Unit.WEEK, Unit.MONTH])
def test_whole_days_are_offered_later_with_the_same_length(unit: Unit) -> None:
    tariff = make_tariff(service=make_pool(capacity=1), unit=unit)
    length = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 30}[unit]
    make_ticket(service=tariff.service, period=local_days(TUESDAY, WEDNESDAY, MOSCOW))
    wanted = local_days(WEDNESDAY, WEDNESDAY + timedelta(days=length - 1), MOSCOW)
    found = local_days(THURSDAY, THURSDAY + timedelta(days=length - 1), MOSCOW)
    assert near(tariff, wanted) == [(found, [])]


def test_nothing_is_offered_when_a_fortnight_is_taken() -> None:
    tariff = make_tariff(service=make_pool(capacity=1))
    make_ticket(service=tariff.service, period=local_days(TUESDAY, SUNDAY + timedelta(days=30), MOSCOW))
    assert near(tariff, hours("10", "12")) == []


def test_a_month_that_is_longer_by_starting_later_is_looked_at_to_its_end() -> None:
    tariff = make_tariff(service=make_pool(capacity=1), unit=Unit.MONTH)
    wanted = local_days(date(2027, 2, 15), date(2027, 3, 14), MOSCOW)
    make_ticket(service=tariff.service, period=local_days(date(2027, 2, 15), date(2027, 2, 28), MOSCOW))
    at = datetime(2027, 2, 10, tzinfo=MOSCOW)
    assert near(tariff, wanted, at=at) == [(local_days(date(2027, 3, 1), date(2027, 3, 31), MOSCOW), [])]
    make_ticket(service=tariff.service, period=local_days(date(2027, 3, 31), date(2027, 3, 31), MOSCOW))
    assert near(tariff, wanted, at=at) == []
