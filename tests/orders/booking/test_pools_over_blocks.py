"""Places of a pool over a block: free ones first, each of the others confirmed, and the database counts the same."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from coworking.domain import blocking, tickets
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.day_peaks import day_peaks
from coworking.domain.rules import PlaceBlocked
from coworking.domain.tickets import SeatsTaken
from coworking.domain.timetable import Wanted, timetable_of
from coworking.models import Block, Location, PaymentMethod, Service, Tariff, Ticket, TicketStatus
from olvery.shared.refusals import Refused
from olvery.shared.rows import constraint_of
from orders.domain.booking.change_wish import ChangeWish, TicketChange
from orders.domain.booking.changing import plan_of
from orders.domain.booking.offer import Offer, offer_for
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, Wish
from orders.domain.desk import change_undoing
from orders.models import EventKind, Order, OrderEvent
from orders.wording import event_text
from tests.factories import (
    make_block,
    make_location,
    make_manager,
    make_pool,
    make_tariff,
    make_ticket,
    make_user,
    make_wish,
)
from tests.moments import MOSCOW, NOW, THURSDAY, WEDNESDAY, hours
from tests.orders.booking.changes import change, plan, reasons, when
from tests.orders.conftest import now
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

REASON = "Гости директора"


class Pool:
    """Four places, three of them blocked from 9 to 15 for everybody but managers with a reason."""

    def __init__(self, **block: Any) -> None:
        self.location: Location = make_location()
        self.service: Service = make_pool(location=self.location, capacity=4)
        self.tariff: Tariff = make_tariff(service=self.service)
        self.manager: User = make_manager(location=self.location)
        self.customer: User = make_user()
        self.block: Block = self.blocked(**block)

    def blocked(self, **fields: Any) -> Block:
        usual = {"service": self.service, "places": 3, "period": hours("9", "15"), "is_open_to_managers": True}
        return make_block(**{**usual, **fields})

    @property
    def booker(self) -> Booker:
        return Booker.manager(self.manager, self.location)

    def wish(self, places: int = 1, **wanted: Any) -> Wish:
        usual = {"over_block_id": self.block.pk, "override_reason": REASON, "visitor_ids": (None,) * places}
        return make_wish(tariff=self.tariff, customer=self.customer, **{**usual, **wanted})

    def order(self, places: int = 1, *, by: Booker | None = None, **wanted: Any) -> Order:
        return place_order(self.wish(places, **wanted), booker=by or self.booker, at=NOW)

    def over(self) -> list[int | None]:
        """Return the block that each ticket is over, in the order of their numbers."""
        there = Ticket.objects.blocking().order_by("number")
        return [ticket.over_block_id for ticket in there]


def refused(pool: Pool, places: int = 1, **wanted: Any) -> list[str]:
    """Return why an order is refused, both by the screen and by saving; nothing is saved."""
    before = saved_rows()
    by = wanted.pop("by", pool.booker)
    wish = pool.wish(places, **wanted)
    said = [refusal.reason for refusal in _offer(wish, by).refusals]
    with pytest.raises(Refused) as caught:
        place_order(wish, booker=by, at=NOW)
    assert [refusal.reason for refusal in caught.value.refusals] == said
    assert saved_rows() == before
    return said


def _offer(wish: Wish, by: Booker) -> Offer:
    tariffs = {tariff.pk: tariff for tariff in tariffs_on_sale(by.location, at=NOW)}
    return offer_for(wish, by, NOW, tariffs=tariffs)


def told_by_database(statement: Any) -> str:
    """Return the constraint that refuses a statement, at once or at the commit."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        _committed(statement)
    return constraint_of(caught.value)


def _committed(statement: Any) -> None:
    statement()
    connection.check_constraints()


def test_places_that_are_free_come_first_and_the_rest_is_over_the_block() -> None:
    pool = Pool()
    order = pool.order(3)
    assert pool.over() == [None, pool.block.pk, pool.block.pk]
    event = OrderEvent.objects.get(kind=EventKind.BLOCK_OVERRIDDEN)
    assert (event.order, event.by, event.at, event.reason) == (order, pool.manager, NOW, REASON)
    assert event_text(event, MOSCOW) == "2 места из заблокированных, 25.11.2026 09:00–15:00: Ремонт."
    pool.order()
    assert pool.over() == [None, *[pool.block.pk] * 3]
    assert refused(pool) == ["all_taken"]


def test_while_places_are_free_nothing_is_over_the_block() -> None:
    pool = Pool()
    pool.order(override_reason="")
    assert pool.over() == [None]
    assert not OrderEvent.objects.filter(kind=EventKind.BLOCK_OVERRIDDEN).exists()


def test_without_a_reason_without_asking_by_a_customer_or_by_more_than_there_are_it_is_refused() -> None:
    pool = Pool()
    assert refused(pool, 2, override_reason=" ") == [PlaceBlocked.reason]
    assert refused(pool, 2, over_block_id=None) == ["fewer_are_free"]
    assert refused(pool, 2, by=Booker.customer(pool.customer, pool.location)) == ["fewer_are_free"]
    assert refused(pool, 5) == ["more_than_capacity"]


def test_the_block_decides_whether_it_is_ordered_over_and_does_so_for_itself_alone() -> None:
    assert refused(Pool(is_open_to_managers=False), 2) == ["fewer_are_free"]
    pool = Pool(places=2)
    pool.blocked(places=2, reason="Уборка", is_open_to_managers=False)
    assert pool.order(2).ticket_count == 2
    assert refused(pool) == ["all_taken"]
    blocking.lift([pool.block.pk], location_ids=[pool.location.pk], by=pool.manager, at=NOW)
    assert refused(pool) == ["all_taken"]


def test_the_database_counts_places_over_a_block_and_asks_whether_they_are_needed_and_confirmed() -> None:
    pool = Pool()
    own: dict[str, Any] = {"service": pool.service, "period": hours("10", "12"), "visitor": pool.customer}
    over = {**own, "over_block": pool.block}
    assert told_by_database(lambda: make_ticket(**over)) == "ticket_over_a_block_it_needs"
    pool.order(3)
    assert told_by_database(lambda: make_ticket(**own)) == "ticket_pool_within_capacity"
    assert told_by_database(lambda: make_ticket(**over)) == "ticket_over_a_block_is_confirmed"
    assert told_by_database(lambda: Ticket.objects.update(over_block=None)) == "ticket_pool_within_capacity"
    assert told_by_database(lambda: pool.blocked(places=1)) == "block_not_on_a_ticket"
    pool.order()
    assert told_by_database(lambda: make_ticket(**over)) == "ticket_pool_within_capacity"
    unexplained = {"order": Order.objects.first(), "kind": EventKind.BLOCK_OVERRIDDEN, "by": pool.manager}
    wrong = "event_of_an_overridden_block_says_who_and_why"
    assert told_by_database(lambda: OrderEvent.objects.create(**unexplained)) == wrong


def test_a_confirmed_place_stays_when_the_block_is_closed_or_lifted_or_others_leave() -> None:
    pool = Pool()
    first = pool.order(payment_method=PaymentMethod.ON_SITE)
    pool.order(payment_method="online", email="a@olvery.test")
    held = Ticket.objects.get(status=TicketStatus.HELD)
    pool.block.is_open_to_managers = False
    pool.block.save()
    tickets.release([first.lines.get(kind="tariff").ticket_id or 0])
    assert tickets.activate([held.number]) == 1
    blocking.lift([pool.block.pk], location_ids=[pool.location.pk], by=pool.manager, at=NOW)
    assert pool.over() == [pool.block.pk]
    assert pool.order(3, over_block_id=None).ticket_count == 3
    assert refused(pool) == ["all_taken"]


def test_a_cancelled_place_is_restored_over_its_block_unless_others_have_it() -> None:
    pool = Pool()
    pool.order(2)
    numbers = list(Ticket.objects.order_by("number").values_list("number", flat=True))
    tickets.release(numbers)
    restored = tickets.restore([pool.service], numbers, status=TicketStatus.ACTIVE, held_until=None)
    assert [ticket.over_block_id for ticket in restored] == [None, pool.block.pk]
    tickets.release(numbers)
    pool.order(3)
    with pytest.raises(SeatsTaken):
        tickets.restore([pool.service], numbers, status=TicketStatus.ACTIVE, held_until=None)


def test_a_ticket_moves_over_a_block_with_a_reason_and_back_by_undoing() -> None:
    pool = Pool(places=4)
    order = pool.order(when=when("16", "18"), over_block_id=None)
    move: dict[str, Any] = {"by": pool.manager, "when": when("10", "12")}
    assert reasons(plan(order, **move)) == [PlaceBlocked.reason]
    told = change(order, **move, override_reason=REASON)
    assert pool.over() == [pool.block.pk]
    event = OrderEvent.objects.get(kind=EventKind.BLOCK_OVERRIDDEN)
    assert (event.by, event.reason, event.data["places"]) == (pool.manager, REASON, 1)
    assert change(order, by=pool.manager, when=when("13", "15")).data["tickets"][0]["after"]["over_block"]
    change(order, by=pool.manager, when=when("10", "12"))  # within the block there is no second confirmation
    assert OrderEvent.objects.filter(kind=EventKind.BLOCK_OVERRIDDEN).count() == 1
    with pytest.raises(change_undoing.UndoRefused):
        change_undoing.undo_change(order.pk, told.pk, by=pool.manager, at=now())


def test_a_ticket_goes_from_one_block_over_another_and_undoing_names_the_first_again() -> None:
    pool = Pool(places=4)
    other = pool.blocked(period=hours("9", "15", THURSDAY), places=4, reason="Уборка")
    order = pool.order()
    told = change(order, by=pool.manager, when=when("10", "12", THURSDAY), override_reason=REASON)
    assert pool.over() == [other.pk]
    change_undoing.undo_change(order.pk, told.pk, by=pool.manager, at=now())
    assert (pool.over(), Ticket.objects.get().period) == ([pool.block.pk], hours("10", "12"))


def test_a_customer_does_not_move_a_ticket_over_a_block() -> None:
    pool = Pool(places=4)
    pool.service.move_hours = 0
    pool.service.save()
    order = pool.order(when=when("16", "18"), over_block_id=None)
    moved = TicketChange(number=Ticket.objects.get().number, when=when("10", "12"))
    asked = ChangeWish(tickets=(moved,), override_reason=REASON)
    there = plan_of(order, asked, booker=Booker.customer(pool.customer, pool.location), at=now())
    assert reasons(there) == ["all_taken"]


def test_a_place_that_is_blocked_and_booked_counts_once() -> None:
    pool = Pool()
    pool.order(3)
    timetable = timetable_of(pool.location, [WEDNESDAY], wanted=Wanted(), at=hours("10", "11").start)
    [section] = timetable.sections
    assert (section.taken, section.taken_now, section.capacity) == (4, 4, 4)
    assert day_peaks(pool.location, {WEDNESDAY: hours("8", "21")}) == {(pool.service.pk, WEDNESDAY): 4}
    with pytest.raises(blocking.PlacesBooked):
        blocking.block([blocking.Target(pool.service)], [hours("10", "11")], reason="Ещё", by=pool.manager, at=NOW)
