"""Wishes on the waiting list that name their visitors, or insist on certain seats."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Role, User
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.waiting import turn_of
from coworking.models import Seat, Ticket, WaitingVisitor, WaitingWish
from olvery.shared.refusals import Refused
from orders.domain.booking import waiting
from orders.domain.booking.wish import Booker
from orders.domain.desk import erasing, merging_people
from orders.domain.desk.cancelling import cancel_order
from orders.domain.desk.merging_people import MergeWish, seen_as
from orders.domain.queries.personal_data import personal_data
from orders.domain.queries.waiting import waiting_at
from orders.models import Order
from tests.factories import make_member, make_order, make_user, make_waiting, make_wish
from tests.moments import NOW
from tests.orders.booking.asking import at_hours
from tests.snapshots import saved_rows
from tests.views.pages import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def world() -> World:
    return make_world()


def sell(world: World, *labels: str, **fields: Any) -> Order:
    """Let somebody have these seats."""
    seats = tuple(world.service.seats.filter(label__in=labels).order_by("label").values_list("pk", flat=True))
    return make_order(tariff=world.tariff, by=world.manager, visitor_ids=(None,) * len(seats), seat_ids=seats, **fields)


def insist(world: World, *labels: str, **overrides: Any) -> WaitingWish:
    """Put somebody in line only for these seats."""
    seats = tuple(Seat.objects.filter(service=world.service, label__in=labels).values_list("pk", flat=True))
    customer = overrides.pop("customer", None) or make_user()
    asked = {"visitor_ids": (None,) * len(seats), "seat_ids": seats, "customer": customer, **overrides}
    booker = Booker.customer(world.manager, world.location)
    on_sale = tariffs_on_sale(world.location, at=NOW)
    wish = make_wish(tariff=world.tariff, **asked)
    return waiting.join(wish, booker=booker, at=NOW, tariffs=on_sale, only_seats=True)


def labels_of(order: Order) -> list[str]:
    return list(Ticket.objects.filter(lines__order=order).order_by("pk").values_list("seat__label", flat=True))


def test_named_visitors_get_the_tickets(world: World) -> None:
    everything = [seat.label for seat in world.service.seats.all()]
    taken = sell(world, *everything)
    guest, customer = make_user(last_name="Гостев"), make_user()
    ids = (customer.pk, guest.pk)
    wish = make_waiting(tariff=world.tariff, customer=customer, visitor_ids=ids, by=world.manager)
    assert list(wish.visitors.values_list("place", "person")) == [(1, guest.pk)]
    assert [row.visitors for row in waiting_at(world.location.pk)] == [["Гостев Иван"]]
    own, known = personal_data(customer)["waiting"], personal_data(guest)["waiting"]
    hidden = {"phone": "", "email": "", "comment": "", "order": None}
    assert known == [{**own[0], **hidden}]
    assert own[0]["email"] == customer.email

    cancel_order(taken.pk, reason="Передумал", by=world.manager, at=NOW)
    assert waiting.offer_places(world.service.pk, at=NOW) == 1
    order = Order.objects.get(waited__wish=wish)
    visitors = Ticket.objects.filter(lines__order=order).order_by("pk").values_list("visitor", "visitor_name")
    assert list(visitors) == [(customer.pk, customer.full_name), (guest.pk, guest.full_name)]


def test_a_visitor_who_is_not_known_is_refused(world: World) -> None:
    sell(world, *(seat.label for seat in world.service.seats.all()))
    customer = make_user()
    before = saved_rows()
    with pytest.raises(Refused) as refused:
        make_waiting(tariff=world.tariff, customer=customer, visitor_ids=(None, 10**9))
    assert [(one.reason, one.field) for one in refused.value.refusals] == [("person_not_chosen", "visitor-1")]
    assert (saved_rows(), WaitingVisitor.objects.count()) == (before, 0)


def test_a_visitor_moves_with_a_merge_and_leaves_with_an_erasure(world: World) -> None:
    administrator = make_member(location=world.location, role=Role.LOCATION_ADMINISTRATOR)
    sell(world, *(seat.label for seat in world.service.seats.all()))
    guest, kept = make_user(), make_user()
    wish = make_waiting(tariff=world.tariff, visitor_ids=(None, guest.pk))
    asked = {"taken": (), "reason": "Один человек", "seen": seen_as(kept, guest), "is_one_person": True}
    merge = MergeWish(kept_id=kept.pk, gone_id=guest.pk, **asked)
    merging_people.merge(merge, by=administrator, location=world.location, at=NOW)
    assert wish.visitors.get().person == kept
    with pytest.raises(IntegrityError), transaction.atomic():
        wish.visitors.update(person=guest)

    request = erasing.ask(User.objects.get(pk=kept.pk), at=NOW)
    erasing.erase(request, by=administrator, location_id=world.location.pk, at=NOW)
    assert (wish.visitors.count(), WaitingWish.objects.get().status) == (0, "waiting")


def test_who_insists_on_seats_waits_until_all_of_them_are_free(world: World) -> None:
    first, second = sell(world, "A1"), sell(world, "A2")
    wish = insist(world, "A1", "A2")
    assert (wish.places, len(wish.seat_ids), turn_of(wish)) == (2, 2, 1)
    assert [row.seats for row in waiting_at(world.location.pk)] == [["A1", "A2"]]
    cancel_order(first.pk, reason="Передумал", by=world.manager, at=NOW)
    assert waiting.offer_places(world.service.pk, at=NOW) == 0
    cancel_order(second.pk, reason="Передумал", by=world.manager, at=NOW)
    assert waiting.offer_places(world.service.pk, at=NOW) == 1
    assert labels_of(Order.objects.get(waited__wish=wish)) == ["A1", "A2"]


def test_who_insists_on_a_seat_waits_on_with_another(world: World) -> None:
    taken, customer = sell(world, "A1"), make_user()
    wish = insist(world, "A1", customer=customer)
    sell(world, "A2", customer=customer)
    cancel_order(taken.pk, reason="Передумал", by=world.manager, at=NOW)
    wish.refresh_from_db()
    assert wish.status == "waiting"
    sell(world, "A1", customer=customer)
    wish.refresh_from_db()
    assert wish.status == "withdrawn"


def test_who_wants_other_seats_is_not_before_you(world: World) -> None:
    everything = [seat.label for seat in world.service.seats.order_by("label")]
    sell(world, *everything)
    one, other = insist(world, everything[0]), insist(world, everything[1])
    anywhere = make_waiting(tariff=world.tariff)
    same = insist(world, everything[0])
    assert [turn_of(wish) for wish in (one, other, anywhere, same)] == [1, 1, 3, 3]
    assert [row.turn for row in waiting_at(world.location.pk)] == [1, 1, 3, 3]


def test_seats_that_are_free_are_booked_not_waited_for(world: World) -> None:
    sell(world, "A1")
    customer = make_user()
    before = saved_rows()
    for asked, reason in (
        ({"seat_ids": (world.seat("A2").pk,), "visitor_ids": (None,)}, "places_are_free"),
        ({"seat_ids": (world.seat("A1").pk,), "visitor_ids": (None,) * 2}, "waiting_for_every_seat"),
        ({"seat_ids": (world.seat("A1").pk,), "visitor_ids": (None,), "when": at_hours("14", "16")}, "places_are_free"),
    ):
        with pytest.raises(Refused) as refused:
            insist(world, customer=customer, **asked)
        assert [one.reason for one in refused.value.refusals] == [reason]
    assert saved_rows() == before
    wish = insist(world, "A1")
    with pytest.raises(IntegrityError), transaction.atomic():
        WaitingWish.objects.filter(pk=wish.pk).update(places=2)
