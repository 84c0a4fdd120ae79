"""The waiting list against everybody else. Each race has a control: with the guards off it really is lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from coworking.domain import waiting as line
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.tickets import SeatsTaken
from coworking.domain.waiting import WaitingOver
from coworking.models import Service, Tariff, Ticket, WaitingStatus, WaitingWish
from olvery.shared.refusals import Refused
from orders.domain import locks
from orders.domain.booking import offering, waiting
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker
from orders.domain.desk.cancelling import cancel_order
from orders.models import Order, WaitedOrder, WaitingLetter
from tests.factories import make_order, make_user, make_waiting, make_wish
from tests.moments import NOW
from tests.orders.booking.asking import at_hours
from tests.races.guards import (
    TIMEOUT,
    all_check_before_anyone_books,
    at_once,
    hold_until_another_waits,
    meet_after,
    meet_before,
    unlock,
    without_constraint,
    without_index,
    without_trigger,
)

TOKEN = "orders_order_form_token_key"


@pytest.fixture
def wish(tariff: Tariff, managers: list[User]) -> WaitingWish:
    """Somebody waits for the only place, which has become free."""
    order = make_order(tariff=tariff, by=managers[0])
    wish = make_waiting(tariff=tariff)
    cancel_order(order.pk, by=managers[0], reason="Передумал", at=NOW)
    return wish


def offer() -> int:
    return waiting.offer_places(Service.objects.get().pk, at=NOW)


def taken() -> int:
    return Ticket.objects.blocking().count()


# Somebody books the ordinary way


def offer_and_create(tariff: Tariff, manager: User) -> list[Any]:
    asked, booker = make_wish(tariff=tariff, customer=make_user()), Booker.manager(manager, tariff.service.location)
    return at_once([offer, lambda: place_order(asked, booker=booker, at=NOW)])


def assert_one_got_the_place(results: list[Any], wish: WaitingWish) -> None:
    offered, created = results
    wish.refresh_from_db()
    assert taken() == 1
    if offered == 1:
        assert isinstance(created, Refused)
        assert [type(one) for one in created.refusals] == [SeatsTaken]
        assert wish.status == "offered"
    else:
        assert (offered, type(created), wish.status) == (0, Order, "waiting")
        assert not WaitedOrder.objects.exists()


def test_the_list_or_whoever_books_gets_the_place(tariff: Tariff, wish: WaitingWish, managers: list[User]) -> None:
    assert_one_got_the_place(offer_and_create(tariff, managers[0]), wish)


def test_the_database_alone_gives_it_to_one(
    tariff: Tariff, wish: WaitingWish, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    all_check_before_anyone_books(monkeypatch, 2)
    assert_one_got_the_place(offer_and_create(tariff, managers[0]), wish)


def test_control_without_the_guards_both_get_it(
    tariff: Tariff, wish: WaitingWish, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    all_check_before_anyone_books(monkeypatch, 2)
    with without_trigger("coworking_ticket", "ticket_guard"):
        offered, created = offer_and_create(tariff, managers[0])
        assert (offered, type(created), taken()) == (1, Order, 2)


# Two workers


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both callers read the wish before either takes it out of the line."""
    unlock(monkeypatch)
    wishes = WaitingWish.objects.select_related("service__location", "tariff", "customer")
    monkeypatch.setattr(locks, "lock_waiting", lambda pk: wishes.get(pk=pk))
    meet_after(monkeypatch, locks, "lock_waiting", 2)


def without_the_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove a wish from the line whatever its state is by now."""

    def leave(wish: WaitingWish, status: WaitingStatus, *, by: User | None, at: datetime) -> None:
        WaitingWish.objects.filter(pk=wish.pk).update(status=status, closed_by=by, closed_at=at)

    monkeypatch.setattr(line, "leave", leave)


@contextmanager
def two_places_and_no_constraints() -> Iterator[None]:
    Service.objects.update(capacity=2)
    with (
        without_constraint("orders_waitedorder", "orders_waitedorder_pkey"),
        without_constraint("orders_order", TOKEN),
    ):
        yield


def assert_one_order(wish: WaitingWish, results: list[Any]) -> None:
    assert sorted(results) == [0, 1]
    wish.refresh_from_db()
    [waited] = WaitedOrder.objects.all()
    assert (wish.status, waited.wish) == ("offered", wish)
    assert (Order.objects.filter(status="confirmed").count(), taken()) == (1, 1)
    assert waited.order.events.filter(kind="from_waiting").count() == 1


def test_two_workers_make_one_order_of_a_wish(wish: WaitingWish) -> None:
    Service.objects.update(capacity=2)
    assert_one_order(wish, at_once([offer, offer]))


def test_the_rows_alone_keep_it_one_order(wish: WaitingWish, monkeypatch: pytest.MonkeyPatch) -> None:
    Service.objects.update(capacity=2)
    without_the_lock(monkeypatch)
    assert_one_order(wish, at_once([offer, offer]))


def test_control_without_the_guards_a_wish_becomes_two_orders(
    wish: WaitingWish, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_lock(monkeypatch)
    without_the_condition(monkeypatch)
    with two_places_and_no_constraints():
        assert at_once([offer, offer]) == [1, 1]
        assert (WaitedOrder.objects.count(), taken()) == (2, 2)


# Two managers


def by_hand_twice(wish: WaitingWish, manager: User) -> list[Any]:
    becomes = offering.out_of_turn(wish, at=NOW)
    shown = {"version": becomes.version, "until": becomes.offer.deadline}
    return at_once([lambda: offering.offer_by_hand(wish.pk, **shown, by=manager, at=NOW)] * 2)


def test_two_managers_who_confirm_at_once_make_one_order(wish: WaitingWish, managers: list[User]) -> None:
    Service.objects.update(capacity=2)
    results = by_hand_twice(wish, managers[0])
    [refused] = [one for one in results if isinstance(one, Refused)]
    assert [type(one) for one in refused.refusals] == [WaitingOver]
    assert_one_order(wish, [isinstance(one, Order) for one in results])


def test_control_without_the_guards_two_managers_make_two_orders(
    wish: WaitingWish, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_lock(monkeypatch)
    without_the_condition(monkeypatch)
    with two_places_and_no_constraints():
        assert [type(one) for one in by_hand_twice(wish, managers[0])] == [Order, Order]
        assert (WaitedOrder.objects.count(), taken()) == (2, 2)


# Somebody withdraws


def offer_and_withdraw(wish: WaitingWish) -> list[Any]:
    return at_once([offer, lambda: waiting.withdraw(wish.pk, by=wish.customer, at=NOW)])


def assert_offered_or_withdrawn(wish: WaitingWish, results: list[Any]) -> None:
    offered, withdrawn = results
    wish.refresh_from_db()
    if offered:
        assert (type(withdrawn), wish.status, taken()) == (WaitingOver, "offered", 1)
    else:
        assert (type(withdrawn), wish.status, taken()) == (WaitingWish, "withdrawn", 0)
        assert not WaitedOrder.objects.exists()


def test_a_withdrawn_wish_gets_no_order(wish: WaitingWish) -> None:
    assert_offered_or_withdrawn(wish, offer_and_withdraw(wish))


def test_the_condition_alone_decides_it(wish: WaitingWish, monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_lock(monkeypatch)
    assert_offered_or_withdrawn(wish, offer_and_withdraw(wish))


def test_control_without_the_guards_a_withdrawn_wish_becomes_an_order(
    wish: WaitingWish, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_lock(monkeypatch)
    without_the_condition(monkeypatch)
    offered, withdrawn = offer_and_withdraw(wish)
    assert (offered, type(withdrawn), taken()) == (1, WaitingWish, 1)


# A form that is sent four times at once


def join_four_times(tariff: Tariff, manager: User) -> list[Any]:
    make_order(tariff=tariff, by=manager)
    customer = make_user()
    wish = make_wish(tariff=tariff, customer=customer)
    location = tariff.service.location
    booker, on_sale = Booker.customer(customer, location), tariffs_on_sale(location, at=NOW)
    return at_once([lambda: waiting.join(wish, booker=booker, at=NOW, tariffs=on_sale)] * 4)


def test_a_form_that_is_sent_four_times_is_one_wish(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_after(monkeypatch, waiting, "_refuse", 4)
    results = join_four_times(tariff, managers[0])
    assert results == [WaitingWish.objects.get()] * 4
    assert WaitingLetter.objects.count() == 1


def test_control_without_the_constraints_it_is_four_wishes(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_after(monkeypatch, waiting, "_refuse", 4)
    with (
        without_constraint("coworking_waitingwish", "waiting_token_used_once"),
        without_index("coworking_waitingwish", "waiting_once_a_person_and_period"),
    ):
        results = join_four_times(tariff, managers[0])
        assert len(set(results)) == WaitingWish.objects.count() == 4


# Wishes of one person at once


def join_two_lines(tariff: Tariff, manager: User, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Join two lines at once where a person may stand in one; return what came of each."""
    monkeypatch.setattr(waiting, "MOST_OWN", 1)
    customer, location = make_user(), tariff.service.location
    booker, on_sale = Booker.customer(customer, location), tariffs_on_sale(location, at=NOW)

    def join(hour: int) -> Callable[[], WaitingWish]:
        when = at_hours(str(hour), str(hour + 1))
        make_order(tariff=tariff, by=manager, when=when)
        wish = make_wish(tariff=tariff, customer=customer, when=when)
        return lambda: waiting.join_own(wish, booker=booker, at=NOW, tariffs=on_sale)

    return at_once([join(10), join(11)])


def test_wishes_at_once_do_not_pass_the_limit_of_a_person(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_until_another_waits(monkeypatch, waiting, "_write")
    results = join_two_lines(tariff, managers[0], monkeypatch)
    [refused] = [one for one in results if isinstance(one, Refused)]
    assert [one.reason for one in refused.refusals] == ["too_many_waiting"]
    assert (WaitingWish.objects.count(), WaitingLetter.objects.count()) == (1, 1)


def test_control_without_the_lock_they_pass_it(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "lock_person", lambda pk: User.objects.get(pk=pk))
    meet_before(monkeypatch, waiting, "join", 2)
    assert [type(one) for one in join_two_lines(tariff, managers[0], monkeypatch)] == [WaitingWish, WaitingWish]


# A wish that stands again while its customer joins the line anew


def stand_again_and_join(tariff: Tariff, manager: User, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Put a wish back once its customer has joined the same line, before that is committed."""
    make_order(tariff=tariff, by=manager)
    left = make_waiting(tariff=tariff)
    line.leave(left, WaitingStatus.WITHDRAWN, by=manager, at=NOW)
    anew = make_wish(tariff=tariff, customer=left.customer)
    location = tariff.service.location
    booker, on_sale = Booker.customer(left.customer, location), tariffs_on_sale(location, at=NOW)
    joined = hold_until_another_waits(monkeypatch, waiting, "_write")

    def stand_again() -> None:
        assert joined.wait(TIMEOUT)
        line.stand_again([left.pk])

    return at_once([stand_again, lambda: waiting.join(anew, booker=booker, at=NOW, tariffs=on_sale)])


def test_a_wish_does_not_stand_again_beside_a_newer_one(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    stood, joined = stand_again_and_join(tariff, managers[0], monkeypatch)
    assert stood is None
    assert list(WaitingWish.objects.waiting()) == [joined]


def test_control_without_the_index_both_stand(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    with without_index("coworking_waitingwish", "waiting_once_a_person_and_period"):
        stand_again_and_join(tariff, managers[0], monkeypatch)
        assert WaitingWish.objects.waiting().count() == 2
