import uuid
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from coworking.domain import visits
from coworking.domain.tickets import close_finished
from coworking.models import Location, Ticket, TicketStatus, Unit, Visit, VisitSource
from olvery.shared.periods import DAY, Period, local_day, local_days
from olvery.shared.refusals import Refusal
from tests.factories import make_location, make_pool, make_tariff, make_ticket, make_user
from tests.moments import NOW, TUESDAY, WEDNESDAY, hours, moment

pytestmark = pytest.mark.django_db

KALININGRAD, KAMCHATKA = ZoneInfo("Europe/Kaliningrad"), ZoneInfo("Asia/Kamchatka")
TEN = moment("2026-11-25 10:00")
MINUTE = timedelta(minutes=1)
MORNING = hours("10", "12")


@pytest.fixture
def location() -> Location:
    return make_location(visits_from=TUESDAY)


@pytest.fixture
def by() -> User:
    return make_user()


def make_pass(location: Location, period: Period = MORNING, unit: Unit = Unit.HOUR, **fields: Any) -> Ticket:
    """Save a ticket as the door reads it."""
    service = make_pool(location=location)
    ticket = make_ticket(service=service, period=period, tariff=make_tariff(service=service, unit=unit), **fields)
    return read(ticket.pk)


def read(number: int) -> Ticket:
    return Ticket.objects.select_related("service__location", "tariff").get(pk=number)


def come(ticket: Ticket, by: User, at: datetime = TEN, **scan: Any) -> Visit:
    return visits.check_in(ticket, by=by, at=at, **{"scan_id": uuid.uuid4(), "source": VisitSource.CODE, **scan})


def rows() -> list[tuple[Any, ...]]:
    """Return what is stored of each visit."""
    columns = (
        "ticket",
        "location",
        "source",
        "arrived_at",
        "let_in_by",
        "left_at",
        "let_out_by",
        "undone_at",
        "undone_by",
    )
    return list(Visit.objects.order_by("pk").values_list(*columns))


# Coming in


def test_a_valid_ticket_is_a_visit(location: Location, by: User) -> None:
    ticket = make_pass(location)
    visit = come(ticket, by)
    assert rows() == [(ticket.pk, location.pk, "code", TEN, by.pk, None, None, None, None)]
    assert (visit.is_open, visits.open_visit(ticket), visits.last_visit(ticket)) == (True, visit, visit)
    assert read(ticket.pk).status == TicketStatus.ACTIVE


@pytest.mark.parametrize(
    ("fields", "at", "answer", "facts"),
    [
        ({}, "09:44", visits.TooEarly, {"opens_at": moment("2026-11-25 09:45")}),
        ({}, "12:00", visits.TicketOver, {"ended_at": moment("2026-11-25 12:00")}),
        ({"status": "used"}, "12:30", visits.TicketOver, {"ended_at": moment("2026-11-25 12:00")}),
        ({"status": "used"}, "11:00", visits.PlaceReleased, {}),
        ({"status": "no_show"}, "12:30", visits.TicketOver, {"ended_at": moment("2026-11-25 12:00")}),
        ({"status": "no_show"}, "11:00", visits.PlaceReleased, {}),
        ({"status": "cancelled"}, "10:00", visits.TicketCancelled, {}),
        ({"status": "held", "held_until": TEN + DAY}, "10:00", visits.NotPaid, {}),
    ],
    ids=["early", "over", "used", "released after somebody came", "not used", "released", "cancelled", "held"],
)
def test_a_ticket_that_lets_nobody_in_says_why(
    location: Location, by: User, fields: dict[str, Any], at: str, answer: type[Refusal], facts: dict[str, Any]
) -> None:
    ticket = make_pass(location, **fields)
    with pytest.raises(answer) as refused:
        come(ticket, by, moment(f"2026-11-25 {at}"))
    assert type(refused.value) is answer
    assert refused.value.facts == ({**facts, "zone": location.zone} if facts else {})
    assert rows() == []


def test_entry_opens_as_early_as_the_location_says(location: Location, by: User) -> None:
    location.entry_minutes = 60
    location.save()
    assert come(make_pass(location), by, TEN - 60 * MINUTE).arrived_at == TEN - 60 * MINUTE


def test_a_visitor_who_owes_money_stays_outside(location: Location, by: User) -> None:
    ticket = make_pass(location)
    with pytest.raises(visits.NotPaid):
        come(ticket, by, owed=300)
    assert rows() == []


def test_who_is_inside_is_told_since_when(location: Location, by: User) -> None:
    ticket = make_pass(location)
    come(ticket, by)
    before = rows()
    with pytest.raises(visits.AlreadyIn) as refused:
        come(ticket, by, TEN + MINUTE, owed=300)
    assert refused.value.facts == {"since": TEN, "zone": location.zone}
    assert rows() == before


def test_the_same_scan_twice_is_one_visit(location: Location, by: User) -> None:
    ticket, scan = make_pass(location), uuid.uuid4()
    first = come(ticket, by, scan_id=scan)
    before = rows()
    assert come(ticket, make_user(), TEN + 5 * MINUTE, scan_id=scan) == first
    assert rows() == before


def test_a_visitor_who_left_may_come_again(location: Location, by: User) -> None:
    ticket = make_pass(location)
    come(ticket, by)
    visits.check_out(ticket, by=by, at=TEN + MINUTE)
    second = come(ticket, by, TEN + 2 * MINUTE)
    assert [row[3] for row in rows()] == [TEN, TEN + 2 * MINUTE]
    assert visits.open_visit(ticket) == second


def test_a_ticket_of_a_month_has_a_visit_a_day_even_if_nobody_checks_out(location: Location, by: User) -> None:
    month = local_days(WEDNESDAY, date(2026, 12, 24), location.zone)
    ticket = make_pass(location, month, Unit.MONTH)
    come(ticket, by, TEN)
    come(ticket, by, TEN + DAY)
    midnight = moment("2026-11-26 00:00")
    assert [(row[3], row[5], row[6]) for row in rows()] == [(TEN, midnight, None), (TEN + DAY, None, None)]
    assert read(ticket.pk).status == TicketStatus.ACTIVE


@pytest.mark.parametrize("zone", [KALININGRAD, KAMCHATKA], ids=str)
def test_days_and_hours_are_those_of_the_location(zone: ZoneInfo, by: User) -> None:
    location = make_location(time_zone=str(zone), visits_from=WEDNESDAY)
    ticket = make_pass(location, local_day(WEDNESDAY, zone), Unit.DAY)
    opens = moment("2026-11-24 23:45", zone)
    with pytest.raises(visits.TooEarly):
        come(ticket, by, opens - MINUTE)
    come(ticket, by, opens)
    with pytest.raises(visits.TicketOver):
        come(ticket, by, moment("2026-11-26 00:00", zone))
    assert [row[3] for row in rows()] == [opens]


# Leaving


def test_leaving_ends_the_visit_once(location: Location, by: User) -> None:
    ticket, other = make_pass(location), make_user()
    come(ticket, by)
    visits.check_out(ticket, by=other, at=TEN + MINUTE)
    left = [(ticket.pk, location.pk, "code", TEN, by.pk, TEN + MINUTE, other.pk, None, None)]
    assert rows() == left
    visits.check_out(ticket, by=by, at=TEN + 2 * MINUTE)
    assert rows() == left


def test_nobody_leaves_who_has_not_come(location: Location, by: User) -> None:
    with pytest.raises(visits.NotInside):
        visits.check_out(make_pass(location), by=by, at=TEN)
    assert rows() == []


def test_leaving_by_a_clock_that_is_behind_is_not_before_coming(location: Location, by: User) -> None:
    ticket = make_pass(location)
    come(ticket, by)
    assert visits.check_out(ticket, by=by, at=TEN - MINUTE).left_at == TEN


# Undoing


def test_a_visit_taken_back_stays_as_history_and_counts_for_nothing(location: Location, by: User) -> None:
    ticket, other = make_pass(location), make_user()
    visit = come(ticket, by)
    visits.undo(visit, by=other, at=TEN + MINUTE)
    undone = [(ticket.pk, location.pk, "code", TEN, by.pk, None, None, TEN + MINUTE, other.pk)]
    assert rows() == undone
    visits.undo(visit, by=by, at=TEN + 2 * MINUTE)
    assert rows() == undone
    assert (visits.open_visit(ticket), visits.last_visit(ticket)) == (None, None)
    assert visits.latest_visits(ticket) == [visit]
    come(ticket, by, TEN + 3 * MINUTE)


def test_a_visit_of_a_closed_ticket_stands(location: Location, by: User) -> None:
    ticket = make_pass(location)
    visit = come(ticket, by)
    close_finished(ticket.period.end)
    before = rows()
    with pytest.raises(visits.VisitStands):
        visits.undo(Visit.objects.get(pk=visit.pk), by=by, at=TEN)
    assert rows() == before


# Closing


def statuses() -> list[str]:
    return [str(status) for status in Ticket.objects.order_by("pk").values_list("status", flat=True)]


def test_a_ticket_is_used_by_a_visit_and_not_used_without_one(location: Location, by: User) -> None:
    came, missed, undone = (make_pass(location) for _ in range(3))
    come(came, by)
    visits.undo(come(undone, by), by=by, at=TEN)
    end = came.period.end
    assert close_finished(end - MINUTE) == 0
    assert close_finished(end) == 1
    assert statuses() == ["used", "active", "active"]
    assert close_finished(end + 29 * MINUTE) == 0
    assert close_finished(end + 30 * MINUTE) == 2
    assert statuses() == ["used", "no_show", "no_show"]
    assert close_finished(end + DAY) == 0
    assert missed.pk < undone.pk


def test_a_visit_of_an_hour_uses_the_ticket_of_a_month(location: Location, by: User) -> None:
    ticket = make_pass(location, local_days(TUESDAY, WEDNESDAY, location.zone), Unit.MONTH)
    come(ticket, by, NOW)
    visits.check_out(ticket, by=by, at=NOW + MINUTE)
    assert close_finished(ticket.period.end) == 1
    assert statuses() == ["used"]


def test_without_recorded_visits_only_the_clock_decides() -> None:
    make_pass(make_location())
    assert close_finished(hours("10", "12").end) == 1
    assert statuses() == ["used"]


@pytest.mark.parametrize("zone", [KALININGRAD, KAMCHATKA], ids=str)
def test_tickets_from_before_visits_were_recorded_are_used(zone: ZoneInfo) -> None:
    location = make_location(time_zone=str(zone), visits_from=WEDNESDAY)
    for start in (moment("2026-11-24 23:59", zone), moment("2026-11-25 00:00", zone)):
        make_pass(location, Period(start, start + 60 * MINUTE))
    close_finished(moment("2026-11-25 08:00", zone))
    assert statuses() == ["used", "no_show"]


# Forgotten visits


def test_a_forgotten_visit_ends_with_its_ticket_when_the_day_is_over(location: Location, by: User) -> None:
    ticket = make_pass(location)
    come(ticket, by)
    midnight = moment("2026-11-26 00:00")
    assert visits.end_forgotten(midnight - MINUTE) == 0
    assert visits.end_forgotten(midnight) == 1
    assert [(row[5], row[6]) for row in rows()] == [(ticket.period.end, None)]
    assert visits.end_forgotten(midnight + DAY) == 0


def test_a_night_is_not_cut_at_midnight(location: Location, by: User) -> None:
    night = Period(moment("2026-11-25 22:00"), moment("2026-11-26 06:00"))
    come(make_pass(location, night), by, night.start)
    assert visits.end_forgotten(moment("2026-11-26 05:00")) == 0
    assert visits.end_forgotten(moment("2026-11-27 00:00")) == 1
    assert rows()[0][5] == night.end


@pytest.mark.parametrize("zone", [KALININGRAD, KAMCHATKA], ids=str)
def test_a_forgotten_visit_of_a_month_ends_at_the_midnight_of_its_location(zone: ZoneInfo, by: User) -> None:
    location = make_location(time_zone=str(zone))
    come(
        make_pass(location, local_days(TUESDAY, date(2026, 12, 23), zone), Unit.MONTH),
        by,
        moment("2026-11-25 20:00", zone),
    )
    midnight = moment("2026-11-26 00:00", zone)
    assert visits.end_forgotten(midnight - MINUTE) == 0
    assert visits.end_forgotten(midnight) == 1
    assert rows()[0][5] == midnight


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("zone", [KALININGRAD, KAMCHATKA, BERLIN], ids=str)
@pytest.mark.parametrize("unit", [Unit.HOUR, Unit.DAY, Unit.MONTH])
def test_the_clock_ends_a_visit_when_the_screen_says_it_ends(unit: Unit, zone: ZoneInfo, by: User) -> None:
    location = make_location(time_zone=str(zone), visits_from=date(2026, 1, 1))
    # In Berlin the first has 23 hours and the second 25.
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        period = local_days(day, day + 3 * DAY, zone)
        if unit == Unit.HOUR:
            period = Period(moment(f"{day} 22:00", zone), moment(f"{day + DAY} 06:00", zone))
        for arrived in (period.start, period.start + 3 * MINUTE, period.end - MINUTE):
            visit = come(make_pass(location, period, unit), by, arrived)
            wanted = visits.ends_at(visit, read(visit.ticket_id))
            assert visits.end_forgotten(period.end + 2 * DAY) == 1
            visit.refresh_from_db()
            assert visit.left_at == wanted


# Places of no-shows


def test_the_place_of_who_did_not_come_is_free_again(location: Location) -> None:
    ticket = make_pass(location)
    with pytest.raises(visits.StillExpected):
        visits.release_no_show(ticket, at=TEN + 29 * MINUTE)
    assert statuses() == ["active"]
    visits.release_no_show(ticket, at=TEN + 30 * MINUTE)
    assert statuses() == ["no_show"]
    assert not Ticket.objects.blocking().exists()


def test_nobody_loses_a_place_who_was_here_or_has_booked_days(location: Location, by: User) -> None:
    came, days = make_pass(location), make_pass(location, local_day(WEDNESDAY, location.zone), Unit.DAY)
    come(came, by)
    visits.check_out(came, by=by, at=TEN + MINUTE)
    for ticket in (came, days):
        with pytest.raises(visits.StillExpected):
            visits.release_no_show(ticket, at=TEN + 60 * MINUTE)
    assert statuses() == ["active", "active"]


# Refused by the database itself


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({}, "visit_one_open_a_ticket"),
        ({"left_at": TEN - MINUTE}, "visit_left_after_arriving"),
        ({"undone_at": TEN}, "visit_undone_by_somebody"),
    ],
)
def test_the_database_refuses_what_cannot_be(
    location: Location, by: User, fields: dict[str, Any], constraint: str
) -> None:
    ticket = make_pass(location)
    come(ticket, by)
    before = rows()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Visit.objects.create(
            ticket=ticket, location=location, source=VisitSource.CODE, arrived_at=TEN, let_in_by=by, **fields
        )
    assert rows() == before
