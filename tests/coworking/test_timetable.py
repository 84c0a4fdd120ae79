from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coworking.domain.day_peaks import day_peaks
from coworking.domain.timetable import Bar, Booked, Row, Timetable, Wanted, is_cut, timetable_of
from coworking.models import Location, Seat, TicketStatus
from olvery.shared.periods import Period, local_days
from tests.factories import (
    make_block,
    make_exception,
    make_location,
    make_pool,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
    seat_of,
)
from tests.moments import BERLIN, MOSCOW, NOW, SUNDAY, THURSDAY, TUESDAY, WEDNESDAY, hours, moment

pytestmark = pytest.mark.django_db

EVERY_HOUR = dict.fromkeys(range(7), (time(0), time(23, 45)))
Told = dict[str, list[list[str]]]


def read(location: Location, *days: date, at: datetime = NOW, **wanted: object) -> Timetable:
    return timetable_of(location, days or (WEDNESDAY,), wanted=Wanted(**wanted), at=at)  # type: ignore[arg-type]


def told(timetable: Timetable) -> Told:
    """Return the rows of each service as text: bars, then free periods after a plus sign."""
    zone = timetable.calendar.zone
    return {section.service.name: [_row(row, zone) for row in section.rows] for section in timetable.sections}


def _row(row: Row, zone: ZoneInfo) -> list[str]:
    label = row.seat.label if row.seat else f"+{row.more_free}" if row.more_free else ""
    return [label, *(_bar(bar, zone) for bar in row.bars), *(f"+{_clock(period, zone)}" for period in row.free)]


def _bar(bar: Bar, zone: ZoneInfo) -> str:
    name = bar.entry.visitor_name if isinstance(bar.entry, Booked) else bar.entry.reason
    before, after = is_cut(bar.period, bar.entry.period, zone)
    return f"{'<' * before}{_clock(bar.period, zone)}{'>' * after} {name}"


def _clock(period: Period, zone: ZoneInfo) -> str:
    return f"{period.start.astimezone(zone):%H:%M}-{period.end.astimezone(zone):%H:%M}"


def taken(timetable: Timetable) -> dict[str, tuple[int, int, int]]:
    return {one.service.name: (one.taken, one.taken_now, one.capacity) for one in timetable.sections}


def windows(timetable: Timetable) -> list[str]:
    return [_clock(window, timetable.calendar.zone) for window in timetable.windows.values()]


def test_a_day_of_seats_with_what_is_free_between_the_bars() -> None:
    seats = make_seats(name="Тихая зона", labels=("A1", "A2"), buffer_minutes=15)
    make_ticket(service=seats, period=hours("10", "12"), seat=seat_of(seats, "A1"), visitor_name="Анна")
    make_ticket(service=seats, period=hours("14", "18"), seat=seat_of(seats, "A1"), visitor_name="Борис")
    make_block(service=seats, period=hours("8", "9"), seat=seat_of(seats, "A2"), reason="Уборка")
    gone = {"status": TicketStatus.CANCELLED, "seat": seat_of(seats, "A2")}
    make_ticket(service=seats, period=hours("10", "12"), **gone)

    timetable = read(seats.location)

    assert windows(timetable) == ["08:00-21:00"]
    assert told(timetable) == {
        "Тихая зона": [
            ["A1", "10:00-12:00 Анна", "14:00-18:00 Борис", "+08:00-10:00", "+12:15-14:00", "+18:15-21:00"],
            ["A2", "08:00-09:00 Уборка", "+09:00-21:00"],
        ]
    }
    assert taken(timetable) == {"Тихая зона": (1, 0, 2)}


def test_a_pool_has_as_few_lanes_as_its_peak_and_one_that_is_free() -> None:
    pool = make_pool(name="Опенспейс", capacity=3)
    for start, end, name in (("9", "12", "Анна"), ("10", "11", "Борис"), ("11", "13", "Вера"), ("12", "14", "Глеб")):
        make_ticket(service=pool, period=hours(start, end), visitor_name=name)
    make_block(service=pool, period=hours("15", "16"), places=3, reason="Семинар")

    assert told(read(pool.location)) == {
        "Опенспейс": [
            ["", "09:00-12:00 Анна", "12:00-14:00 Глеб", "15:00-16:00 Семинар", "+08:00-09:00", "+14:00-15:00",
             "+16:00-21:00"],
            ["", "10:00-11:00 Борис", "11:00-13:00 Вера", "+08:00-10:00", "+13:00-15:00", "+16:00-21:00"],
        ]
    }  # fmt: skip
    assert taken(read(pool.location, at=moment("2026-11-25 11:30"))) == {"Опенспейс": (3, 2, 3)}


def test_a_pool_that_nobody_booked_has_one_lane_with_all_its_places() -> None:
    pool = make_pool(name="Опенспейс", capacity=3)
    assert told(read(pool.location)) == {"Опенспейс": [["+3", "+08:00-21:00"]]}


def test_bookings_of_several_days_and_over_midnight_are_cut_at_what_is_shown() -> None:
    seats = make_seats(name="Тихая зона", labels=("A1", "A2"))
    long = local_days(TUESDAY, THURSDAY, MOSCOW)
    make_ticket(service=seats, period=long, seat=seat_of(seats, "A1"), visitor_name="Анна")
    night = Period(moment("2026-11-25 22:30"), moment("2026-11-26 02:00"))
    make_ticket(service=seats, period=night, seat=seat_of(seats, "A2"), visitor_name="Борис")

    wednesday, thursday = read(seats.location), read(seats.location, THURSDAY)

    assert windows(wednesday) == ["08:00-00:00"]
    assert told(wednesday) == {
        "Тихая зона": [["A1", "<08:00-00:00> Анна"], ["A2", "22:30-00:00> Борис", "+08:00-22:30"]]
    }
    assert told(thursday) == {"Тихая зона": [["A1", "<00:00-21:00 Анна"], ["A2", "<00:00-02:00 Борис", "+02:00-21:00"]]}


def test_a_week_shows_the_opening_hours_of_each_day_and_leaves_closed_days_out() -> None:
    seats = make_seats(name="Тихая зона", labels=("A1",))
    make_exception(location=seats.location, on=THURSDAY, opens_at=time(10), closes_at=time(16))
    week = local_days(TUESDAY, SUNDAY, MOSCOW)
    make_ticket(service=seats, period=week, seat=seat_of(seats, "A1"), visitor_name="Анна")
    days = [TUESDAY + timedelta(days=number) for number in range(6)]

    timetable = read(seats.location, *days)

    assert windows(timetable) == ["08:00-21:00", "08:00-21:00", "10:00-16:00", "08:00-21:00", "09:00-18:00"]
    assert SUNDAY not in timetable.windows
    assert told(timetable) == {"Тихая зона": [["A1", "08:00-18:00> Анна"]]}


def test_a_closed_day_is_shown_while_somebody_comes() -> None:
    pool = make_pool(name="Опенспейс", capacity=1)
    assert read(pool.location, SUNDAY).sections == ()
    make_ticket(service=pool, period=hours("10:30", "12", SUNDAY), visitor_name="Анна")
    timetable = read(pool.location, SUNDAY)
    assert windows(timetable) == ["10:00-12:00"]
    assert told(timetable) == {"Опенспейс": [["", "10:30-12:00 Анна", "+10:00-10:30"]]}


@pytest.mark.parametrize("zone", ["Europe/Kaliningrad", "Asia/Kamchatka"])
def test_the_day_is_that_of_the_location(zone: str) -> None:
    place = ZoneInfo(zone)
    pool = make_pool(location=make_location(time_zone=zone), name="Опенспейс", capacity=1)
    make_ticket(service=pool, period=hours("8", "9", zone=place), visitor_name="Анна")
    make_ticket(service=pool, period=hours("8", "9", TUESDAY, zone=place), visitor_name="Вчера")
    assert told(read(pool.location)) == {"Опенспейс": [["", "08:00-09:00 Анна", "+09:00-21:00"]]}


@pytest.mark.parametrize(("day", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_with_a_clock_change_is_as_long_as_it_is(day: date, length: int) -> None:
    location = make_location(time_zone="Europe/Berlin", weekly=EVERY_HOUR)
    pool = make_pool(location=location, name="Опенспейс", capacity=1)
    make_ticket(service=pool, period=hours("01:00", "04:00", day, BERLIN), visitor_name="Анна")
    timetable = read(location, day)
    window = timetable.windows[day]
    assert window.end - window.start == timedelta(hours=length, minutes=-15)
    (row,) = timetable.sections[0].rows
    assert row.bars[0].period == hours("01:00", "04:00", day, BERLIN)
    assert [period.end - period.start for period in row.free] == [timedelta(hours=1), timedelta(hours=19, minutes=45)]


def test_who_did_not_come_stands_in_a_row_of_his_own_beside_who_came_instead() -> None:
    seats = make_seats(name="Тихая зона", labels=("A1",))
    own = {"service": seats, "seat": seat_of(seats, "A1")}
    make_ticket(**own, period=hours("10", "18"), visitor_name="Анна", status=TicketStatus.NO_SHOW)  # type: ignore[arg-type]
    make_ticket(**own, period=hours("12", "14"), visitor_name="Борис")  # type: ignore[arg-type]
    assert told(read(seats.location)) == {
        "Тихая зона": [
            ["A1", "10:00-18:00 Анна", "+08:00-12:00", "+14:00-21:00"],
            ["A1", "12:00-14:00 Борис"],
        ]
    }
    assert taken(read(seats.location)) == {"Тихая зона": (1, 0, 1)}


def test_filters_leave_services_tables_and_full_rows_out() -> None:
    seats = make_seats(name="Тихая зона", labels=("A1", "B1"), tables=(1, 2))
    make_pool(location=seats.location, name="Опенспейс", capacity=2, position=1)
    make_ticket(service=seats, period=hours("8", "21"), seat=seat_of(seats, "B1"), visitor_name="Анна")

    def rows(**wanted: object) -> dict[str, Sequence[str]]:
        return {name: [row[0] for row in found] for name, found in told(read(seats.location, **wanted)).items()}

    assert rows() == {"Тихая зона": ["A1", "B1"], "Опенспейс": ["+2"]}
    assert rows(services=[seats.pk]) == {"Тихая зона": ["A1", "B1"]}
    assert rows(tables=[2]) == {"Тихая зона": ["B1"]}
    assert rows(only_free=True) == {"Тихая зона": ["A1"], "Опенспейс": ["+2"]}
    assert rows(tables=[2], only_free=True) == {}
    assert rows(states=["active"]) == {"Тихая зона": ["B1"]}
    assert rows(states=["held"]) == {}
    make_block(service=seats, period=hours("8", "9"), seat=seat_of(seats, "A1"))
    assert rows(states=["blocked", "held"]) == {"Тихая зона": ["A1"]}


def test_a_block_of_a_whole_service_lies_on_all_its_seats() -> None:
    seats = make_seats(name="Тихая зона", labels=("A1", "A2"))
    make_block(service=seats, period=hours("8", "21"), reason="Ремонт")
    assert told(read(seats.location)) == {"Тихая зона": [["A1", "08:00-21:00 Ремонт"], ["A2", "08:00-21:00 Ремонт"]]}
    assert taken(read(seats.location)) == {"Тихая зона": (2, 0, 2)}


def test_the_peaks_of_many_days_are_those_of_the_rows() -> None:
    pool, seats = make_pool(capacity=3), make_seats(labels=("A1", "A2"))
    seats.location = pool.location
    seats.save()
    make_ticket(service=pool, period=hours("9", "12"))
    make_ticket(service=pool, period=hours("12", "14"))
    make_ticket(service=pool, period=local_days(WEDNESDAY, THURSDAY, MOSCOW), status=TicketStatus.USED)
    make_ticket(service=pool, period=hours("9", "12"), status=TicketStatus.NO_SHOW)
    make_block(service=seats, period=hours("9", "12", THURSDAY))
    timetable = read(pool.location, WEDNESDAY, THURSDAY)
    assert day_peaks(pool.location, timetable.windows) == {
        (pool.pk, WEDNESDAY): 2,
        (pool.pk, THURSDAY): 1,
        (seats.pk, THURSDAY): 2,
    }
    assert day_peaks(pool.location, {}) == {}


def test_an_archived_seat_takes_none_of_the_places() -> None:
    seats = make_seats(name="Тихая зона", labels=("A1", "A2", "A3"))
    make_ticket(service=seats, seat=seat_of(seats, "A1"), period=hours("9", "12"), status=TicketStatus.USED)
    make_block(service=seats, seat=seat_of(seats, "A2"), period=hours("9", "12"), reason="Ремонт")
    Seat.objects.exclude(label="A3").update(is_active=False)
    timetable = read(seats.location, at=moment("2026-11-25 13:00"))
    assert told(timetable) == {
        "Тихая зона": [
            ["A1", "09:00-12:00 Петров Иван"],
            ["A2", "09:00-12:00 Ремонт"],
            ["A3", "+08:00-21:00"],
        ]
    }
    assert taken(timetable) == {"Тихая зона": (0, 0, 1)}
    assert day_peaks(seats.location, timetable.windows) == {}


def test_it_is_read_with_five_queries_however_much_there_is() -> None:
    pool = make_pool(capacity=9)
    make_tariff(service=pool)
    visitor = make_user()
    for number in range(1, 4):
        make_ticket(service=pool, period=hours("9", "12"), visitor=visitor)
        with CaptureQueriesContext(connection) as sent:
            timetable = read(pool.location)
        assert len(timetable.sections[0].rows) == number + 1
        assert len(sent) == 5
