from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from coworking.models import Block, Seat, Service, Ticket, TicketStatus
from olvery.shared.periods import Period
from tests.factories import make_block, make_pool, make_seats, make_tariff, make_ticket, make_user, seat_of
from tests.moments import MOSCOW, hours, moment

pytestmark = pytest.mark.django_db

MORNING = hours("10", "12")
HOLD_UNTIL = moment("2026-11-24 20:00")


def violates(constraint: str, change: Any) -> None:
    before = [list(model.objects.order_by("pk").values()) for model in (Ticket, Block, Service)]
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        change()
    assert error.value.__cause__.diag.constraint_name == constraint
    assert [list(model.objects.order_by("pk").values()) for model in (Ticket, Block, Service)] == before


# The database has the last word


def test_the_exclusion_constraint_alone_keeps_two_tickets_off_one_seat() -> None:
    service = make_seats(labels=["A1"])
    seat, visitor = seat_of(service, "A1"), make_user()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE coworking_ticket DISABLE TRIGGER ticket_guard")
    make_ticket(service=service, seat=seat, period=MORNING, visitor=visitor)
    for status, held_until in (("active", None), ("held", HOLD_UNTIL)):
        violates(
            "ticket_seat_not_shared",
            lambda status=status, held_until=held_until: make_ticket(
                service=service,
                seat=seat,
                visitor=visitor,
                period=hours("11", "13"),
                status=status,
                held_until=held_until,
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
    tariff = make_tariff(service=pool)
    tickets = [
        Ticket(
            service=pool,
            tariff=tariff,
            visitor=visitor,
            visitor_name="Петров",
            period=MORNING,
            occupied=MORNING,
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
    taken = hours("11", "13")
    violates(
        "ticket_pool_within_capacity", lambda: Ticket.objects.filter(pk=later.pk).update(period=taken, occupied=taken)
    )
    violates("ticket_pool_within_capacity", lambda: Ticket.objects.filter(pk=gone.pk).update(status="active"))


def test_a_ticket_of_a_full_pool_may_change_what_takes_no_more() -> None:
    pool = make_pool(capacity=1)
    ticket = make_ticket(service=pool, period=MORNING)
    longer = hours("10", "13")
    assert Ticket.objects.filter(pk=ticket.pk).update(period=longer, occupied=longer) == 1
    assert Ticket.objects.filter(pk=ticket.pk).update(status="held", held_until=HOLD_UNTIL) == 1


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
        ("ticket_occupies_its_period", {"occupied": hours("10", "11")}),
        ("ticket_is_held_until_a_moment", {"status": "held"}),
        ("ticket_is_held_until_a_moment", {"status": "active", "held_until": HOLD_UNTIL}),
    ],
)
def test_a_ticket_that_contradicts_itself_is_refused(constraint: str, fields: dict[str, Any]) -> None:
    pool, visitor = make_pool(), make_user()
    violates(constraint, lambda: make_ticket(service=pool, period=MORNING, visitor=visitor, **fields))
