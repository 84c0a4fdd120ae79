"""Orders over a block that is open to managers: explicit, recorded, and guarded by the database."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from coworking.domain import blocking, tickets
from coworking.domain.day_peaks import day_peaks
from coworking.domain.rules import PlaceBlocked
from coworking.domain.tickets import SeatsTaken
from coworking.domain.timetable import Wanted, timetable_of
from coworking.models import Block, Location, Seat, Tariff, Ticket, TicketStatus
from olvery.shared.refusals import Refused
from olvery.shared.rows import constraint_of
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker
from orders.models import EventKind, Order, OrderEvent
from orders.wording import event_text
from tests.factories import (
    make_block,
    make_location,
    make_manager,
    make_pool,
    make_seats,
    make_tariff,
    make_user,
    make_wish,
    seat_of,
)
from tests.moments import MOSCOW, NOW, WEDNESDAY, hours
from tests.orders.booking.changes import change, plan, reasons, when

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

REASON = "Гости директора"


class Place:
    """Two seats, the first blocked from 9 to 15."""

    def __init__(self, **block: Any) -> None:
        self.location: Location = make_location()
        self.tariff: Tariff = make_tariff(service=make_seats(location=self.location, labels=("A1", "A2")))
        self.manager: User = make_manager(location=self.location)
        self.customer: User = make_user()
        self.service = self.tariff.service
        self.block = self.blocked(**{"is_open_to_managers": True, **block})

    @property
    def seat(self) -> Seat:
        return seat_of(self.service, "A1")

    def blocked(self, **fields: Any) -> Block:
        return make_block(**{"service": self.service, "seat": self.seat, "period": hours("9", "15"), **fields})

    def order(self, *, by: Booker | None = None, override_reason: str = REASON, **wanted: Any) -> Order:
        values = {"seat_ids": (self.seat.pk,), "over_block_id": self.block.pk, **wanted}
        wish = make_wish(tariff=self.tariff, customer=self.customer, override_reason=override_reason, **values)
        return place_order(wish, booker=by or Booker.manager(self.manager, self.location), at=NOW)


def refused(place: Place, **wanted: Any) -> list[str]:
    """Return why an order is refused; nothing is saved."""
    with pytest.raises(Refused) as caught:
        place.order(**wanted)
    assert (Order.objects.count(), Ticket.objects.count()) == (0, 0)
    return [refusal.reason for refusal in caught.value.refusals]


def told_by_database(**fields: Any) -> str:
    """Return the constraint that refuses tickets this update."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Ticket.objects.update(**fields)
    return constraint_of(caught.value)


def test_with_a_reason_the_ticket_names_the_block_and_the_history_says_it() -> None:
    place = Place()
    order = place.order()
    ticket = Ticket.objects.get()
    assert (ticket.seat, ticket.over_block, ticket.status) == (place.seat, place.block, TicketStatus.ACTIVE)
    event = OrderEvent.objects.get(kind=EventKind.BLOCK_OVERRIDDEN)
    assert (event.order, event.by, event.reason) == (order, place.manager, REASON)
    assert event_text(event, MOSCOW) == "Место A1 заблокировано, 25.11.2026 09:00–15:00: Ремонт."
    assert not OrderEvent.objects.filter(kind=EventKind.RULE_OVERRIDDEN).exists()


def test_without_a_reason_without_asking_or_by_a_customer_it_stays_refused() -> None:
    place = Place()
    assert refused(place, override_reason=" ") == [PlaceBlocked.reason]
    assert refused(place, over_block_id=None) == ["seats_taken"]
    assert refused(place, by=Booker.customer(place.customer, place.location)) == ["seats_taken"]


def test_a_block_that_is_closed_lifted_elsewhere_or_one_of_two_is_not_ordered_over() -> None:
    assert refused(Place(is_open_to_managers=False)) == ["seats_taken"]
    place = Place()
    second = place.blocked(reason="Уборка", is_open_to_managers=True)
    assert refused(place) == ["seats_taken"]
    foreign = Place()
    assert refused(foreign, over_block_id=place.block.pk) == ["seats_taken"]
    blocking.lift([second.pk], location_ids=[place.location.pk], by=place.manager, at=NOW)
    assert place.order().ticket_count == 1


def test_a_place_that_is_not_asked_for_by_its_number_is_never_one_under_the_block() -> None:
    place = Place()
    place.order(seat_ids=())
    assert [ticket.seat.label for ticket in Ticket.objects.select_related("seat") if ticket.seat] == ["A2"]
    assert Ticket.objects.get().over_block is None
    with pytest.raises(Refused):
        place.order(seat_ids=())


def test_over_a_block_two_tickets_do_not_share_the_seat() -> None:
    place = Place()
    place.order()
    with pytest.raises(Refused) as caught:
        place.order()
    assert [refusal.reason for refusal in caught.value.refusals] == ["seats_taken"]
    assert Ticket.objects.count() == 1


def test_the_database_knows_which_block_was_confirmed() -> None:
    place = Place()
    other = place.blocked(seat=seat_of(place.service, "A2"))
    place.order()
    assert told_by_database(over_block=None, status=TicketStatus.ACTIVE) == "ticket_not_on_a_block"
    assert told_by_database(over_block=other) == "ticket_over_an_open_block"
    assert told_by_database(seat=seat_of(place.service, "A2")) == "ticket_not_on_a_block"
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        place.blocked(reason="Новая")
    assert constraint_of(caught.value) == "block_not_on_a_ticket"


def test_closing_the_block_or_lifting_it_leaves_the_order_as_it_is() -> None:
    place = Place(seat=None)
    place.order(payment_method="online", email="a@olvery.test")
    place.block.is_open_to_managers, place.block.reason = False, "Ремонт окон"
    place.block.save()
    assert tickets.activate([Ticket.objects.get().number]) == 1
    blocking.lift([place.block.pk], location_ids=[place.location.pk], by=place.manager, at=NOW)
    Ticket.objects.update(status=TicketStatus.ACTIVE)
    assert Ticket.objects.get().over_block == place.block


def test_the_ticket_moves_within_the_block_and_out_and_back_and_over_another_with_a_reason() -> None:
    place = Place()
    order = place.order()
    other = place.blocked(seat=seat_of(place.service, "A2"), is_open_to_managers=True)
    change(order, by=place.manager, when=when("12", "14"))
    change(order, by=place.manager, when=when("16", "18"))
    change(order, by=place.manager, when=when("10", "12"))
    assert (Ticket.objects.get().period, Ticket.objects.get().over_block) == (hours("10", "12"), place.block)
    there: dict[str, Any] = {"by": place.manager, "seat_id": seat_of(place.service, "A2").pk}
    assert reasons(plan(order, **there)) == [PlaceBlocked.reason]
    second = place.blocked(seat=seat_of(place.service, "A2"), reason="Уборка", is_open_to_managers=True)
    assert reasons(plan(order, **there, override_reason=REASON)) == ["seats_taken"]
    blocking.lift([second.pk], location_ids=[place.location.pk], by=place.manager, at=NOW)
    change(order, **there, override_reason=REASON)
    assert Ticket.objects.get().over_block == other
    assert OrderEvent.objects.filter(kind=EventKind.BLOCK_OVERRIDDEN).count() == 2


def test_a_cancelled_ticket_is_restored_over_its_block_unless_another_came_meanwhile() -> None:
    place = Place()
    place.order()
    numbers = [Ticket.objects.get().number]
    tickets.release(numbers)
    restored = tickets.restore([place.service], numbers, status=TicketStatus.ACTIVE, held_until=None)
    assert [ticket.number for ticket in restored] == numbers
    tickets.release(numbers)
    place.blocked(reason="Уборка", is_open_to_managers=True)
    with pytest.raises(SeatsTaken):
        tickets.restore([place.service], numbers, status=TicketStatus.ACTIVE, held_until=None)
    assert Ticket.objects.get().status == TicketStatus.CANCELLED


def test_a_ticket_that_was_moved_to_another_service_lies_over_no_block_of_the_first() -> None:
    place = Place(seat=None)
    place.order()

    def marks() -> tuple[Block | None, set[int]]:
        timetable = timetable_of(place.location, [WEDNESDAY], wanted=Wanted(), at=hours("10", "11").start)
        return Ticket.objects.get().block_below, set(timetable.over_blocks)

    number = Ticket.objects.get().number
    assert marks() == (place.block, {number})
    Ticket.objects.update(service=make_pool(location=place.location), seat=None)
    assert marks() == (None, set())


def test_a_seat_that_is_blocked_and_booked_counts_once() -> None:
    place = Place()
    place.order()
    timetable = timetable_of(place.location, [WEDNESDAY], wanted=Wanted(), at=hours("10", "11").start)
    [section] = timetable.sections
    assert (section.taken, section.taken_now, section.capacity) == (1, 1, 2)
    assert [row.seat.label for row in section.rows if row.seat] == ["A1", "A1", "A2"]
    assert day_peaks(place.location, {WEDNESDAY: hours("8", "21")}) == {(place.service.pk, WEDNESDAY): 1}
