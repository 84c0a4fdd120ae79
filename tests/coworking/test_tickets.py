from collections.abc import Sequence
from typing import Any

import pytest
from django.core import serializers
from django.db import IntegrityError, transaction

from accounts.models import User
from coworking.domain import tickets as gate
from coworking.domain.capacity import occupancy_of
from coworking.domain.tickets import NoSuchSeat, SeatsTaken, SeatTaken
from coworking.models import Seat, Service, Tariff, Ticket, TicketStatus
from olvery.shared.periods import Period
from olvery.shared.rows import reserve_keys
from tests.factories import make_block, make_pool, make_seats, make_tariff, make_ticket, make_user, seat_of
from tests.moments import NOW, hours, moment

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
    people = visitors or [make_user() for _n in range(places)]
    tariff = service.tariffs.first() or make_tariff(service=service)
    return take(tariff, people, [seat_of(service, label).pk for label in seats], period=period, status=status)


def take(
    tariff: Tariff, people: Sequence[User], seat_ids: Sequence[int], *, period: Period, status: TicketStatus
) -> list[Ticket]:
    """Choose the seats and issue the tickets, as placing an order does under its locks."""
    chosen = gate.choose_seats(occupancy_of(tariff.service, period), period, places=len(people), seat_ids=seat_ids)
    placement = gate.Placement(tariff=tariff, period=period, visitors=people, seats=chosen, over=[None] * len(people))
    [numbers] = reserve_keys({Ticket: len(people)})
    with transaction.atomic():
        return gate.issue([placement], numbers=numbers, status=status, held_until=HOLD_UNTIL, at=NOW)


def labels(tickets: Sequence[Ticket]) -> list[str]:
    return [ticket.seat.label for ticket in tickets if ticket.seat]


def refused(kind: type[SeatsTaken] | type[NoSuchSeat], service: Service, **wanted: Any) -> str:
    before = list(Ticket.objects.order_by("pk").values())
    with pytest.raises(kind) as refusal:
        issue(service, **wanted)
    assert type(refusal.value) is kind
    assert list(Ticket.objects.order_by("pk").values()) == before
    return refusal.value.field


# Issuing


def test_each_visitor_gets_a_ticket_with_the_period_and_the_buffer() -> None:
    pool = make_pool(capacity=2, buffer_minutes=15)
    ivan = make_user(last_name="Петров", first_name="Иван", middle_name="Андреевич")
    olga = make_user(last_name="Орлова", first_name="Ольга")
    tickets = issue(pool, visitors=[ivan, olga])
    assert list(
        Ticket.objects.order_by("number").values_list(
            "number", "service", "seat", "visitor", "visitor_name", "status", "held_until", "created_at"
        )
    ) == [
        (tickets[0].number, pool.pk, None, ivan.pk, "Петров Иван Андреевич", "active", None, NOW),
        (tickets[1].number, pool.pk, None, olga.pk, "Орлова Ольга", "active", None, NOW),
    ]
    for ticket in Ticket.objects.all():
        assert ticket.period == MORNING
        assert ticket.occupied == hours("10", "12:15")
    assert len({ticket.code for ticket in tickets}) == 2


def test_a_period_is_exported_as_json_with_both_ends() -> None:
    issue(make_pool(capacity=1, buffer_minutes=15))
    (copy,) = serializers.deserialize("json", serializers.serialize("json", Ticket.objects.all()))
    assert (copy.object.period, copy.object.occupied) == (MORNING, hours("10", "12:15"))


def test_a_ticket_that_waits_for_money_is_held_until_a_moment() -> None:
    ticket = Ticket.objects.get(pk=issue(make_pool(), status=TicketStatus.HELD)[0].pk)
    assert (ticket.status, ticket.held_until) == (TicketStatus.HELD, HOLD_UNTIL)


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
    tariff, people = make_tariff(service=service), [make_user(), make_user()]
    first = seat_of(service, "A1").pk
    for seat_ids in ([seat_of(other, "A1").pk], [seat_of(service, "A2").pk], [first, first], [10**9]):
        with pytest.raises(NoSuchSeat) as refusal:
            take(tariff, people, seat_ids, period=MORNING, status=TicketStatus.ACTIVE)
        assert refusal.value.field == "seats"
    assert not Ticket.objects.exists()


def test_more_seats_than_places_and_seats_of_a_pool_are_refused() -> None:
    service = make_seats(labels=["A1", "A2"])
    assert refused(NoSuchSeat, service, places=1, seats=["A1", "A2"]) == "seats"
    with pytest.raises(NoSuchSeat):
        take(make_tariff(), [make_user()], [seat_of(service, "A1").pk], period=MORNING, status=TicketStatus.ACTIVE)
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
    tariff = make_tariff(service=service)
    for people in (visitors[:1], visitors[1:]):
        with django_assert_num_queries(5):  # occupancy, keys, savepoint, insert, release
            take(tariff, people, [], period=MORNING, status=TicketStatus.ACTIVE)


# Releasing


def test_releasing_cancels_what_blocks_and_frees_the_place() -> None:
    pool = make_pool(capacity=2)
    held, active = issue(pool, status=TicketStatus.HELD)[0], issue(pool)[0]
    used = make_ticket(service=pool, period=MORNING, status=TicketStatus.USED)
    assert gate.release([held.pk, active.pk, used.pk]) == 2
    assert list(Ticket.objects.order_by("pk").values_list("status", "held_until")) == [
        ("cancelled", None),
        ("cancelled", None),
        ("used", None),
    ]
    assert gate.release([held.pk, active.pk, used.pk]) == 0
    assert len(issue(pool, places=2)) == 2
