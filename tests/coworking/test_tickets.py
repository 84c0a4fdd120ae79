from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from coworking.domain.tickets import NoSuchSeat, SeatsTaken, SeatTaken, issue_tickets, release_tickets
from coworking.models import Block, Seat, Service, Ticket, TicketStatus
from olvery.shared.periods import Period
from tests.factories import make_block, make_pool, make_seats, make_ticket, make_user, seat_of
from tests.moments import MOSCOW, NOW, hours, moment

pytestmark = pytest.mark.django_db

MORNING = hours("10", "12")
HOLD_UNTIL = moment("2026-11-24 20:00")


def issue(
    service: Service,
    *,
    places: int = 1,
    seats: Sequence[str] = (),
    period: Period = MORNING,
    status: TicketStatus = TicketStatus.ACTIVE,
    visitors: Sequence[User] = (),
) -> list[Ticket]:
    return issue_tickets(
        service=service,
        period=period,
        visitors=visitors or [make_user() for _n in range(places)],
        seat_ids=[seat_of(service, label).pk for label in seats],
        status=status,
        hold_until=HOLD_UNTIL,
        at=NOW,
    )


def labels(tickets: Sequence[Ticket]) -> list[str]:
    return [ticket.seat.label for ticket in tickets if ticket.seat]


def refused(kind: type[SeatsTaken] | type[NoSuchSeat], service: Service, **wanted: Any) -> str:
    before = list(Ticket.objects.order_by("pk").values())
    with pytest.raises(kind) as refusal:
        issue(service, **wanted)
    assert type(refusal.value) is kind
    assert list(Ticket.objects.order_by("pk").values()) == before
    return refusal.value.field


def violates(constraint: str, change: Any) -> None:
    before = [list(model.objects.order_by("pk").values()) for model in (Ticket, Block, Service)]
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        change()
    assert error.value.__cause__.diag.constraint_name == constraint
    assert [list(model.objects.order_by("pk").values()) for model in (Ticket, Block, Service)] == before


# Issuing


def test_each_visitor_gets_a_ticket_with_the_period_and_the_buffer() -> None:
    pool = make_pool(capacity=2, buffer_minutes=15)
    ivan = make_user(last_name="Петров", first_name="Иван", middle_name="Андреевич")
    olga = make_user(last_name="Орлова", first_name="Ольга")
    tickets = issue(pool, visitors=[ivan, olga])
    assert list(
        Ticket.objects.order_by("number").values_list(
            "number", "service", "seat", "visitor", "visitor_name", "status", "hold_until", "created_at"
        )
    ) == [
        (tickets[0].number, pool.pk, None, ivan.pk, "Петров Иван Андреевич", "active", None, NOW),
        (tickets[1].number, pool.pk, None, olga.pk, "Орлова Ольга", "active", None, NOW),
    ]
    for ticket in Ticket.objects.all():
        assert ticket.time == MORNING
        assert Period.from_range(ticket.occupied) == hours("10", "12:15")
    assert len({ticket.code for ticket in tickets}) == 2


def test_a_ticket_that_waits_for_money_is_held_until_a_moment() -> None:
    ticket = Ticket.objects.get(pk=issue(make_pool(), status=TicketStatus.HELD)[0].pk)
    assert (ticket.status, ticket.hold_until) == (TicketStatus.HELD, HOLD_UNTIL)


def test_named_seats_go_to_the_visitors_in_their_order() -> None:
    service = make_seats(labels=["A1", "A2", "A3"])
    ivan, olga = make_user(first_name="Иван"), make_user(first_name="Ольга")
    tickets = issue(service, visitors=[ivan, olga], seats=["A3", "A1"])
    assert [(ticket.visitor, ticket.seat.label) for ticket in tickets] == [(ivan, "A3"), (olga, "A1")]


def test_seats_that_are_not_named_are_chosen_at_one_table_where_that_is_possible() -> None:
    service = make_seats(labels=["A1", "A2", "B1", "B2", "B3"], tables=[1, 1, 2, 2, 2])
    assert labels(issue(service, places=3)) == ["B1", "B2", "B3"]
    assert labels(issue(service, places=2)) == ["A1", "A2"]


def test_the_rest_of_a_group_sits_at_the_table_of_the_seat_that_was_named() -> None:
    service = make_seats(labels=["A1", "A2", "B1", "B2", "B3"], tables=[1, 1, 2, 2, 2])
    assert labels(issue(service, places=2, seats=["A2"])) == ["A2", "A1"]


def test_a_group_that_fits_no_table_is_spread_over_the_fullest_ones() -> None:
    service = make_seats(labels=["A1", "B1", "B2", "C1"], tables=[1, 2, 2, 3])
    assert labels(issue(service, places=3)) == ["B1", "B2", "A1"]


# Refusals


def test_a_full_pool_refuses_and_touching_periods_do_not_clash() -> None:
    pool = make_pool(capacity=1)
    issue(pool)
    assert refused(SeatsTaken, pool) == "places"
    assert refused(SeatsTaken, pool, period=hours("11", "13")) == "places"
    assert len(issue(pool, period=hours("12", "14")) + issue(pool, period=hours("08", "10"))) == 2


def test_more_places_than_are_free_or_than_there_are_at_all_are_refused() -> None:
    pool = make_pool(capacity=3)
    issue(pool, places=2)
    assert refused(SeatsTaken, pool, places=2) == "places"
    assert refused(SeatsTaken, pool, places=4) == "places"
    service = make_seats(labels=["A1", "A2"])
    assert refused(SeatsTaken, service, places=3) == "places"


def test_a_seat_that_is_taken_or_blocked_is_refused_by_its_number() -> None:
    service = make_seats(labels=["A1", "A2", "A3"])
    issue(service, seats=["A1"])
    make_block(service=service, seat=seat_of(service, "A2"), period=hours("11", "13"))
    for label in ("A1", "A2"):
        assert refused(SeatTaken, service, seats=[label]) == "seats"
    assert refused(SeatTaken, service, places=2, seats=["A3", "A1"]) == "seats"


def test_seats_that_the_service_does_not_have_are_refused() -> None:
    service, other = make_seats(labels=["A1", "A2"]), make_seats(labels=["A1"])
    Seat.objects.filter(service=service, label="A2").update(is_active=False)
    wanted = {
        "service": service,
        "period": MORNING,
        "visitors": [make_user(), make_user()],
        "hold_until": None,
        "at": NOW,
    }
    first = seat_of(service, "A1").pk
    for seat_ids in ([seat_of(other, "A1").pk], [seat_of(service, "A2").pk], [first, first], [10**9]):
        with pytest.raises(NoSuchSeat) as refusal:
            issue_tickets(**wanted, seat_ids=seat_ids, status=TicketStatus.ACTIVE)
        assert refusal.value.field == "seats"
    assert not Ticket.objects.exists()


def test_more_seats_than_places_and_seats_of_a_pool_are_refused() -> None:
    service = make_seats(labels=["A1", "A2"])
    assert refused(NoSuchSeat, service, places=1, seats=["A1", "A2"]) == "seats"
    with pytest.raises(NoSuchSeat):
        issue_tickets(
            service=make_pool(),
            period=MORNING,
            visitors=[make_user()],
            seat_ids=[seat_of(service, "A1").pk],
            status=TicketStatus.ACTIVE,
            hold_until=None,
            at=NOW,
        )
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("make", [make_pool, make_seats])
def test_what_the_check_did_not_see_the_database_refuses_by_name(make, monkeypatch: pytest.MonkeyPatch) -> None:
    service = make(**({"capacity": 1} if make is make_pool else {"labels": ["A1"]}))
    seat = service.seats.first()
    monkeypatch.setattr("coworking.domain.tickets.choose_seats", lambda *_args, **_wanted: [seat])
    issue(service)
    assert refused(SeatsTaken, service) == "places"


def test_a_constraint_that_is_not_about_places_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_seats(labels=["B1"])
    monkeypatch.setattr("coworking.domain.tickets.choose_seats", lambda *_args, **_wanted: [seat_of(other, "B1")])
    with pytest.raises(IntegrityError, match="needs a seat of its service"):
        issue(make_seats(labels=["A1"]))
    assert not Ticket.objects.exists()


def test_issuing_costs_the_same_for_one_visitor_and_for_three(django_assert_num_queries) -> None:
    service, visitors = make_seats(labels=["A1", "A2", "A3", "A4"]), [make_user() for _n in range(4)]
    for people in (visitors[:1], visitors[1:]):
        with django_assert_num_queries(4):  # occupancy, savepoint, insert, release
            issue(service, visitors=people)


# Releasing


def test_releasing_cancels_what_blocks_and_frees_the_place() -> None:
    pool = make_pool(capacity=2)
    held, active = issue(pool, status=TicketStatus.HELD)[0], issue(pool)[0]
    used = make_ticket(service=pool, period=MORNING, status=TicketStatus.USED)
    assert release_tickets([held.pk, active.pk, used.pk]) == 2
    assert list(Ticket.objects.order_by("pk").values_list("status", "hold_until")) == [
        ("cancelled", None),
        ("cancelled", None),
        ("used", None),
    ]
    assert release_tickets([held.pk, active.pk, used.pk]) == 0
    assert len(issue(pool, places=2)) == 2


# The database has the last word


def test_the_exclusion_constraint_alone_keeps_two_tickets_off_one_seat() -> None:
    service = make_seats(labels=["A1"])
    seat, visitor = seat_of(service, "A1"), make_user()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE coworking_ticket DISABLE TRIGGER ticket_guard")
    make_ticket(service=service, seat=seat, period=MORNING, visitor=visitor)
    for status, hold_until in (("active", None), ("held", HOLD_UNTIL)):
        violates(
            "ticket_seat_not_shared",
            lambda status=status, hold_until=hold_until: make_ticket(
                service=service,
                seat=seat,
                visitor=visitor,
                period=hours("11", "13"),
                status=status,
                hold_until=hold_until,
            ),
        )
    make_ticket(service=service, seat=seat, visitor=visitor, period=hours("12", "14"))
    make_ticket(service=service, seat=seat, visitor=visitor, period=MORNING, status=TicketStatus.CANCELLED)
    assert Ticket.objects.blocking().count() == 2


def test_the_exclusion_constraint_counts_the_buffer() -> None:
    service = make_seats(labels=["A1"], buffer_minutes=30)
    seat, visitor = seat_of(service, "A1"), make_user()
    make_ticket(service=service, seat=seat, period=MORNING, visitor=visitor)
    violates(
        "ticket_seat_not_shared",
        lambda: make_ticket(service=service, seat=seat, visitor=visitor, period=hours("12", "13")),
    )


def test_a_cancelled_ticket_does_not_come_back_onto_a_seat_that_is_taken() -> None:
    service = make_seats(labels=["A1"])
    seat = seat_of(service, "A1")
    old = make_ticket(service=service, seat=seat, period=MORNING, status=TicketStatus.CANCELLED)
    make_ticket(service=service, seat=seat, period=MORNING)
    violates("ticket_seat_not_shared", lambda: Ticket.objects.filter(pk=old.pk).update(status="active"))


def test_the_trigger_keeps_a_pool_within_its_capacity() -> None:
    pool, visitor = make_pool(capacity=2), make_user()
    for period in (hours("10", "12"), hours("11", "13")):
        make_ticket(service=pool, period=period, visitor=visitor)
    violates(
        "ticket_pool_within_capacity",
        lambda: make_ticket(service=pool, period=hours("11:30", "11:45"), visitor=visitor),
    )
    make_ticket(service=pool, period=hours("12", "14"), visitor=visitor)
    make_ticket(service=pool, period=hours("09", "11"), visitor=visitor)
    assert Ticket.objects.blocking().count() == 4


def test_the_trigger_counts_the_rows_of_one_insert_too() -> None:
    pool, visitor = make_pool(capacity=2), make_user()
    tickets = [
        Ticket(
            service=pool,
            visitor=visitor,
            visitor_name="Петров",
            period=MORNING.to_range(),
            occupied=MORNING.to_range(),
            status="active",
        )
        for _n in range(3)
    ]
    violates("ticket_pool_within_capacity", lambda: Ticket.objects.bulk_create(tickets))
    assert not Ticket.objects.exists()


def test_a_ticket_of_a_full_pool_neither_moves_in_nor_comes_back() -> None:
    pool, visitor = make_pool(capacity=1), make_user()
    make_ticket(service=pool, period=MORNING, visitor=visitor)
    later = make_ticket(service=pool, period=hours("14", "16"), visitor=visitor)
    gone = make_ticket(service=pool, period=MORNING, visitor=visitor, status=TicketStatus.CANCELLED)
    taken = hours("11", "13").to_range()
    violates(
        "ticket_pool_within_capacity", lambda: Ticket.objects.filter(pk=later.pk).update(period=taken, occupied=taken)
    )
    violates("ticket_pool_within_capacity", lambda: Ticket.objects.filter(pk=gone.pk).update(status="active"))


def test_a_ticket_of_a_full_pool_may_change_what_takes_no_more() -> None:
    pool = make_pool(capacity=1)
    ticket = make_ticket(service=pool, period=MORNING)
    longer = hours("10", "13").to_range()
    assert Ticket.objects.filter(pk=ticket.pk).update(period=longer, occupied=longer) == 1
    assert Ticket.objects.filter(pk=ticket.pk).update(status="held", hold_until=HOLD_UNTIL) == 1


def test_no_ticket_on_a_block() -> None:
    service, visitor = make_seats(labels=["A1", "A2"]), make_user()
    make_block(service=service, seat=seat_of(service, "A1"), period=MORNING)
    make_block(service=service, period=hours("14", "16"))
    for label, period in (("A1", hours("11", "13")), ("A1", hours("14", "15")), ("A2", hours("15", "17"))):
        violates(
            "ticket_not_on_a_block",
            lambda label=label, period=period: make_ticket(
                service=service, seat=seat_of(service, label), period=period, visitor=visitor
            ),
        )
    make_ticket(service=service, seat=seat_of(service, "A2"), period=MORNING, visitor=visitor)
    make_ticket(service=service, seat=seat_of(service, "A1"), period=hours("12", "14"), visitor=visitor)


def test_no_block_on_a_ticket() -> None:
    service, pool, visitor = make_seats(labels=["A1", "A2"]), make_pool(capacity=2), make_user()
    make_ticket(service=service, seat=seat_of(service, "A1"), period=MORNING, visitor=visitor)
    make_ticket(service=pool, period=MORNING, visitor=visitor)
    for wanted in (
        {"service": service, "seat": seat_of(service, "A1"), "period": hours("11", "13")},
        {"service": service, "period": hours("11", "13")},
        {"service": pool, "period": hours("11", "13"), "places": 2},
    ):
        violates("block_not_on_a_ticket", lambda wanted=wanted: make_block(created_by=visitor, **wanted))
    make_block(service=service, seat=seat_of(service, "A2"), period=MORNING, created_by=visitor)
    make_block(service=pool, period=MORNING, places=1, created_by=visitor)
    assert Block.objects.count() == 2


def test_a_block_does_not_move_or_grow_onto_a_ticket() -> None:
    pool, visitor = make_pool(capacity=2), make_user()
    make_ticket(service=pool, period=MORNING, visitor=visitor)
    block = make_block(service=pool, period=MORNING, places=1, created_by=visitor)
    violates("block_not_on_a_ticket", lambda: Block.objects.filter(pk=block.pk).update(places=2))
    assert Block.objects.filter(pk=block.pk).update(reason="Уборка") == 1


def test_a_ticket_needs_a_seat_of_its_service_and_a_pool_has_none() -> None:
    service, other, pool, visitor = make_seats(labels=["A1"]), make_seats(labels=["B1"]), make_pool(), make_user()
    for wanted in (
        {"service": service, "seat": None},
        {"service": service, "seat": seat_of(other, "B1")},
        {"service": pool, "seat": seat_of(service, "A1")},
    ):
        violates(
            "ticket_seat_of_its_service",
            lambda wanted=wanted: make_ticket(period=MORNING, visitor=visitor, **wanted),
        )


def test_a_block_needs_a_seat_of_its_service_and_a_pool_has_none() -> None:
    service, other, pool, visitor = make_seats(labels=["A1"]), make_seats(labels=["B1"]), make_pool(), make_user()
    for wanted in (
        {"service": service, "seat": seat_of(other, "B1")},
        {"service": pool, "seat": seat_of(service, "A1")},
    ):
        violates(
            "block_seat_of_its_service",
            lambda wanted=wanted: make_block(period=MORNING, created_by=visitor, **wanted),
        )


def test_a_seat_does_not_change_its_service_under_a_ticket() -> None:
    service, other = make_seats(labels=["A1"]), make_seats(labels=["B1"])
    seat = seat_of(service, "A1")
    make_ticket(service=service, seat=seat, period=MORNING)
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.filter(pk=seat.pk).update(service=other)
    assert Seat.objects.get(pk=seat.pk).service == service


def test_the_capacity_of_a_pool_does_not_fall_below_what_is_booked() -> None:
    # The database reads its own clock, so these bookings are far in the future.
    start = datetime(2090, 1, 2, 10, tzinfo=MOSCOW)
    pool, visitor = make_pool(capacity=4), make_user()
    for shift in (0, 1, 5):
        moved = Period(start, start + timedelta(hours=2)).shifted(timedelta(hours=shift))
        make_ticket(service=pool, period=moved, visitor=visitor)
    violates("service_capacity_covers_bookings", lambda: Service.objects.filter(pk=pool.pk).update(capacity=1))
    assert Service.objects.filter(pk=pool.pk).update(capacity=2) == 1
    assert Service.objects.filter(pk=pool.pk).update(capacity=9) == 1


def test_bookings_of_the_past_do_not_hold_the_capacity() -> None:
    start = datetime(2020, 1, 2, 10, tzinfo=MOSCOW)
    pool = make_pool(capacity=2)
    make_ticket(service=pool, period=Period(start, start + timedelta(hours=2)))
    assert Service.objects.filter(pk=pool.pk).update(capacity=0) == 1


def test_the_kind_of_a_service_with_tickets_stays() -> None:
    pool, empty = make_pool(), make_pool()
    make_ticket(service=pool, period=MORNING, status=TicketStatus.CANCELLED)
    violates("service_kind_stays", lambda: Service.objects.filter(pk=pool.pk).update(kind="seats"))
    assert Service.objects.filter(pk=empty.pk).update(kind="seats") == 1


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("ticket_occupies_its_period", {"occupied": hours("10", "11").to_range()}),
        ("ticket_is_held_until_a_moment", {"status": "held"}),
        ("ticket_is_held_until_a_moment", {"status": "active", "hold_until": HOLD_UNTIL}),
    ],
)
def test_a_ticket_that_contradicts_itself_is_refused(constraint: str, fields: dict[str, Any]) -> None:
    pool, visitor = make_pool(), make_user()
    violates(constraint, lambda: make_ticket(service=pool, period=MORNING, visitor=visitor, **fields))
