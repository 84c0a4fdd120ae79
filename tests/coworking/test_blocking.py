from datetime import timedelta
from typing import Any

import pytest

from coworking.domain import blocking
from coworking.domain.blocking import NothingToBlock, PlacesBooked, Taken, Target
from coworking.domain.capacity import occupancy_of
from coworking.models import Block, Service, TicketStatus
from coworking.wording import SENTENCES
from olvery.shared.periods import Period
from tests.factories import make_block, make_location, make_manager, make_pool, make_seats, make_ticket, seat_of
from tests.moments import MOSCOW, NOW, THURSDAY, hours

pytestmark = pytest.mark.django_db

MORNING = hours("10", "12")


def block(service: Service, *targets: Target, periods: tuple[Period, ...] = (MORNING,)) -> list[Block]:
    by = make_manager(location=service.location)
    return blocking.block(targets, periods, reason="Ремонт", by=by, at=NOW)


def refused(service: Service, *targets: Target, **wanted: Any) -> PlacesBooked:
    """Return the refusal; nothing is blocked."""
    before = Block.objects.count()
    with pytest.raises(PlacesBooked) as caught:
        block(service, *targets, **wanted)
    assert Block.objects.count() == before
    return caught.value


def test_each_target_is_blocked_for_each_period_with_who_and_when() -> None:
    seats = make_seats(labels=("A1", "A2"))
    targets = (Target(seats, seat_of(seats, "A1")), Target(seats, seat_of(seats, "A2")))
    made = block(seats, *targets, periods=(MORNING, hours("10", "12", THURSDAY)))
    assert [(one.seat and one.seat.label, one.period, one.reason, one.created_at) for one in made] == [
        (label, period, "Ремонт", NOW) for label in ("A1", "A2") for period in (MORNING, hours("10", "12", THURSDAY))
    ]
    assert occupancy_of(seats, MORNING).free_places(MORNING) == 0


def test_seats_are_blocked_once_for_the_same() -> None:
    seats = make_seats(labels=("A1", "A2"))
    targets = (Target(seats, seat_of(seats, "A1")), Target(seats))
    first = block(seats, *targets)
    again = block(seats, *targets, periods=(MORNING, hours("10", "12", THURSDAY)))
    assert (again[0], again[2]) == (first[0], first[1])
    assert Block.objects.count() == 4
    by = make_manager(location=seats.location)
    for other in ({"reason": "Уборка"}, {"reason": "Ремонт", "is_open_to_managers": True}):
        blocking.block(targets[:1], [MORNING], by=by, at=NOW, **other)
    assert Block.objects.count() == 6
    blocking.lift([first[0].pk], location_ids=[seats.location_id], by=by, at=NOW)
    assert block(seats, targets[0]) != first[:1]


def test_blocking_a_pool_again_blocks_further_places() -> None:
    pool = make_pool(capacity=3)
    first, second = block(pool, Target(pool)), block(pool, Target(pool))
    assert first != second
    assert occupancy_of(pool, MORNING).free_places(MORNING) == 1


def test_a_booking_in_the_way_is_named() -> None:
    seats = make_seats(labels=("A1", "A2"))
    make_ticket(service=seats, seat=seat_of(seats, "A1"), period=hours("11", "13"), visitor_name="Петров Иван")
    make_ticket(service=seats, seat=seat_of(seats, "A2"), period=hours("10", "12"), status=TicketStatus.CANCELLED)
    refusal = refused(seats, Target(seats))
    taken = [Taken("A1", "Петров Иван", hours("11", "13"))]
    assert (refusal.reason, refusal.facts) == ("places_booked", {"taken": taken, "more": -2, "zone": MOSCOW})
    sentence = SENTENCES["places_booked"]
    assert callable(sentence)
    assert sentence(**refusal.facts) == "Уже забронировано: A1, Петров Иван, 25.11.2026 11:00–13:00."
    assert len(block(seats, Target(seats, seat_of(seats, "A2")))) == 1


def test_a_pool_gives_as_many_places_as_are_free() -> None:
    pool = make_pool(capacity=3)
    make_ticket(service=pool, period=MORNING)
    assert refused(pool, Target(pool, places=3)).reason == "places_booked"
    assert refused(pool, Target(pool, places=4)).reason == "more_than_capacity"
    assert len(block(pool, Target(pool, places=2))) == 1
    assert occupancy_of(pool, MORNING).free_places(MORNING) == 0


def test_nothing_is_refused_as_such() -> None:
    with pytest.raises(NothingToBlock):
        block(make_seats())


def test_a_lifted_block_stays_as_history_and_takes_nothing() -> None:
    seats = make_seats(labels=("A1",))
    own = {"service": seats, "seat": seat_of(seats, "A1")}
    stands = make_block(**own, period=MORNING)  # type: ignore[arg-type]
    by, later = make_manager(location=seats.location), NOW + timedelta(hours=1)
    elsewhere = [make_location().pk]
    assert blocking.lift([stands.pk], location_ids=elsewhere, by=by, at=later) == 0
    assert blocking.lift([stands.pk], location_ids=[seats.location_id], by=by, at=later) == 1
    assert blocking.lift([stands.pk], location_ids=[seats.location_id], by=by, at=later) == 0
    stands.refresh_from_db()
    assert (stands.lifted_by, stands.lifted_at) == (by, later)
    assert occupancy_of(seats, MORNING).free_places(MORNING) == 1
    make_ticket(**own, period=MORNING)  # type: ignore[arg-type]


def test_a_lifted_block_of_a_pool_takes_nothing() -> None:
    pool = make_pool(capacity=1)
    stands = make_block(service=pool, period=MORNING)
    by = make_manager(location=pool.location)
    blocking.lift([stands.pk], location_ids=[pool.location_id], by=by, at=NOW)
    make_ticket(service=pool, period=MORNING)
    assert occupancy_of(pool, MORNING).free_places(MORNING) == 0
