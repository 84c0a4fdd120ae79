"""Changes between the check without a lock and the lock: the second check sees them, or nothing is saved."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from coworking.domain import locks as locks_of_places
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import When
from coworking.domain.tickets import SeatsTaken
from coworking.models import Extra, Location, Tariff, TariffPrice, Ticket
from olvery.shared.refusals import Busy, Refused
from orders.domain import locks
from orders.domain.booking import placing
from orders.domain.booking.facts import Changed, versions_of
from orders.domain.booking.offer import PriceChanged
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, Repeat, Wish
from orders.models import Message, Order, OrderEvent, OrderLine
from tests.factories import (
    make_booking_wish,
    make_extra,
    make_location,
    make_manager,
    make_order,
    make_pool,
    make_tariff,
    make_user,
    make_wish,
)
from tests.moments import FRIDAY, NOW, THURSDAY, WEDNESDAY
from tests.orders.booking.asking import at_hours
from tests.races.guards import at_once, without_trigger
from tests.snapshots import jobs


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def tariff(location: Location) -> Tariff:
    return make_tariff(service=make_pool(location=location, capacity=1), price="300")


@pytest.fixture
def booker(location: Location) -> Booker:
    return Booker.manager(make_manager(location=location), location)


@pytest.fixture
def customer() -> User:
    return make_user(email="petrov@example.com")


def before_each_lock(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Let somebody else act, and commit, after the check without a lock."""
    lock = locks.lock_services

    def act_and_lock(service_ids: Any) -> None:
        monkeypatch.setattr(locks, "lock_services", lock)
        [result] = at_once([act])
        assert not isinstance(result, Exception), result
        monkeypatch.setattr(locks, "lock_services", act_and_lock)
        lock(service_ids)

    monkeypatch.setattr(locks, "lock_services", act_and_lock)


def once(act: Callable[[], Any]) -> Callable[[], Any]:
    """Let somebody act the first time only."""
    left = [act]
    return lambda: left.pop()() if left else None


def somebody_books(tariff: Tariff, booker: Booker, **wanted: Any) -> Callable[[], Any]:
    wish = make_wish(tariff=tariff, customer=make_user(email=None), **wanted)
    return lambda: place_order(wish, booker=booker, at=NOW)


def costs(tariff: Tariff, price: int) -> Callable[[], Any]:
    return lambda: Tariff.objects.filter(pk=tariff.pk).update(price=price)


def rows() -> list[int]:
    return [model.objects.count() for model in (Order, OrderLine, OrderEvent, Ticket, Message)] + [len(jobs())]


# A refusal does not wait for locks


def ask_while_the_service_is_locked(wish: Wish, booker: Booker) -> Any:
    with transaction.atomic():
        locks.lock_services({tariff.service_id for tariff in Tariff.objects.all()})
        [result] = at_once([lambda: place_order(wish, booker=booker, at=NOW)])
    return result


def test_a_full_service_refuses_while_somebody_holds_its_lock(tariff: Tariff, booker: Booker, customer: User) -> None:
    somebody_books(tariff, booker)()
    result = ask_while_the_service_is_locked(make_wish(tariff=tariff, customer=customer), booker)
    assert isinstance(result, Refused)
    assert [(type(refusal), refusal.reason) for refusal in result.refusals] == [(SeatsTaken, "all_taken")]


def test_control_a_free_place_cannot_be_had_while_somebody_holds_the_lock(
    monkeypatch: pytest.MonkeyPatch, tariff: Tariff, booker: Booker, customer: User
) -> None:
    monkeypatch.setattr(locks_of_places, "WAIT", "50ms")
    result = ask_while_the_service_is_locked(make_wish(tariff=tariff, customer=customer), booker)
    assert (type(result), rows()) == (Busy, [0] * 6)


# The place is taken meanwhile


def test_a_place_that_is_taken_before_the_lock_is_refused_in_the_same_words(
    monkeypatch: pytest.MonkeyPatch, tariff: Tariff, booker: Booker, customer: User
) -> None:
    before_each_lock(monkeypatch, somebody_books(tariff, booker))
    with pytest.raises(Refused) as refused, without_trigger("coworking_ticket", "ticket_guard"):
        place_order(make_wish(tariff=tariff, customer=customer), booker=booker, at=NOW)
    assert [(type(refusal), refusal.reason) for refusal in refused.value.refusals] == [(SeatsTaken, "all_taken")]
    assert rows() == [1, 1, 1, 1, 0, 0]


def test_the_database_alone_refuses_a_place_that_is_taken_before_the_lock(
    monkeypatch: pytest.MonkeyPatch, tariff: Tariff, booker: Booker, customer: User
) -> None:
    before_each_lock(monkeypatch, somebody_books(tariff, booker))
    look_no_second_time(monkeypatch)
    with pytest.raises(Refused) as refused:
        place_order(make_wish(tariff=tariff, customer=customer), booker=booker, at=NOW)
    assert [refusal.reason for refusal in refused.value.refusals] == ["just_taken"]
    assert rows() == [1, 1, 1, 1, 0, 0]


def test_control_without_a_second_look_and_the_guard_the_place_is_sold_twice(
    monkeypatch: pytest.MonkeyPatch, tariff: Tariff, booker: Booker, customer: User
) -> None:
    before_each_lock(monkeypatch, somebody_books(tariff, booker))
    look_no_second_time(monkeypatch)
    with without_trigger("coworking_ticket", "ticket_guard"):
        place_order(make_wish(tariff=tariff, customer=customer), booker=booker, at=NOW)
    assert Ticket.objects.blocking().count() == 2


def look_no_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = []
    look = placing.offer_for

    def look_and_keep(*args: Any, **wanted: Any) -> Any:
        first.append(look(*args, **wanted))
        return first[-1]

    monkeypatch.setattr(placing, "offer_for", look_and_keep)
    monkeypatch.setattr(placing, "offer_of", lambda *_args, **_wanted: first[0])


def test_a_series_leaves_out_the_day_that_is_taken_before_the_lock(
    monkeypatch: pytest.MonkeyPatch, tariff: Tariff, booker: Booker, customer: User
) -> None:
    before_each_lock(monkeypatch, once(somebody_books(tariff, booker, when=at_hours("10", "12", day=THURSDAY))))
    repeat = Repeat(weekdays=frozenset(range(5)), until=FRIDAY, only_free=True)
    when: When = at_hours("10", "12", day=WEDNESDAY)
    wish = make_wish(
        tariff=tariff,
        customer=customer,
        bookings=(make_booking_wish(tariff=tariff, when=when, repeat=repeat),),
    )
    order = place_order(wish, booker=booker, at=NOW)
    days = [ticket.period.start.date() for ticket in Ticket.objects.filter(lines__order=order).order_by("number")]
    assert (days, order.ticket_count, order.booking_count) == ([WEDNESDAY, FRIDAY], 2, 2)
    assert order.lines.count() == 2


# The basis of the offer changes meanwhile


def test_a_price_that_changes_before_the_lock_is_the_price(
    monkeypatch: pytest.MonkeyPatch, tariff: Tariff, booker: Booker, customer: User
) -> None:
    before_each_lock(monkeypatch, once(costs(tariff, 500)))
    order = place_order(make_wish(tariff=tariff, customer=customer), booker=booker, at=NOW)
    assert (Order.objects.get().total, order.lines.get().amount) == (1000, 1000)
    assert rows() == [1, 1, 1, 1, 2, 1]


def test_a_price_that_changes_before_the_lock_is_refused_where_another_was_shown(
    monkeypatch: pytest.MonkeyPatch, tariff: Tariff, booker: Booker, customer: User
) -> None:
    before_each_lock(monkeypatch, once(costs(tariff, 500)))
    with pytest.raises(Refused) as refused:
        place_order(make_wish(tariff=tariff, customer=customer, shown_total=600), booker=booker, at=NOW)
    assert [(type(refusal), refusal.facts) for refusal in refused.value.refusals] == [
        (PriceChanged, {"old": 600, "new": 1000})
    ]
    assert rows() == [0] * 6


def test_a_price_that_is_set_from_today_on_before_the_lock_is_refused_where_another_was_shown(
    monkeypatch: pytest.MonkeyPatch, tariff: Tariff, booker: Booker, customer: User
) -> None:
    dated = lambda: TariffPrice.objects.create(tariff=tariff, starts_on=NOW.date(), price=500)  # noqa: E731 - one call
    before_each_lock(monkeypatch, once(dated))
    with pytest.raises(Refused) as refused:
        place_order(make_wish(tariff=tariff, customer=customer, shown_total=600), booker=booker, at=NOW)
    assert [(type(refusal), refusal.facts) for refusal in refused.value.refusals] == [
        (PriceChanged, {"old": 600, "new": 1000})
    ]
    assert rows() == [0] * 6


def test_control_without_the_versions_an_order_is_saved_at_the_price_of_before(
    monkeypatch: pytest.MonkeyPatch, tariff: Tariff, booker: Booker, customer: User
) -> None:
    monkeypatch.setattr(placing, "versions_of", lambda *_args, **_wanted: [])
    before_each_lock(monkeypatch, once(costs(tariff, 500)))
    place_order(make_wish(tariff=tariff, customer=customer), booker=booker, at=NOW)
    assert (Order.objects.get().total, Tariff.objects.get().price) == (600, 500)


def test_a_price_that_changed_after_the_tariffs_were_read_is_refused_where_another_was_shown(
    tariff: Tariff, booker: Booker, customer: User
) -> None:
    read = tariffs_on_sale(booker.location, at=NOW)
    costs(tariff, 500)()
    with pytest.raises(Refused) as refused:
        place_order(make_wish(tariff=tariff, customer=customer, shown_total=600), booker=booker, at=NOW, tariffs=read)
    assert [(type(refusal), refusal.facts) for refusal in refused.value.refusals] == [
        (PriceChanged, {"old": 600, "new": 1000})
    ]
    assert rows() == [0] * 6


def test_control_without_the_versions_of_the_tariffs_an_order_is_saved_at_the_price_of_before(
    tariff: Tariff, booker: Booker, customer: User
) -> None:
    read = tariffs_on_sale(booker.location, at=NOW)
    costs(tariff, 500)()
    for one, now in zip(read, tariffs_on_sale(booker.location, at=NOW), strict=True):
        one.versions = now.versions
    wish = make_wish(tariff=tariff, customer=customer, shown_total=600)
    assert place_order(wish, booker=booker, at=NOW, tariffs=read).total == 600


def test_a_price_from_today_and_an_extra_that_were_read_before_they_changed_are_noticed(
    tariff: Tariff, booker: Booker, customer: User
) -> None:
    extra = make_extra(service=tariff.service, price="100")
    wish = make_wish(tariff=tariff, customer=customer)
    for change in (
        lambda: Extra.objects.filter(pk=extra.pk).update(price=150),
        lambda: TariffPrice.objects.create(tariff=tariff, starts_on=NOW.date(), price=500),
        lambda: Extra.objects.filter(pk=extra.pk).delete(),
    ):
        read = {one.pk: one for one in tariffs_on_sale(booker.location, at=NOW)}
        versions_of(wish, booker, tariffs=read)
        change()
        with pytest.raises(Changed):
            versions_of(wish, booker, tariffs=read)


def test_who_is_shut_out_before_the_lock_gets_no_order(
    monkeypatch: pytest.MonkeyPatch, tariff: Tariff, booker: Booker, customer: User
) -> None:
    before_each_lock(monkeypatch, lambda: User.objects.filter(pk=customer.pk).update(is_active=False))
    with pytest.raises(Refused) as refused:
        place_order(make_wish(tariff=tariff, customer=customer), booker=booker, at=NOW)
    assert {refusal.reason for refusal in refused.value.refusals} == {"person_not_chosen"}
    assert rows() == [0] * 6


def test_rows_that_keep_changing_are_busy(
    monkeypatch: pytest.MonkeyPatch, tariff: Tariff, booker: Booker, customer: User
) -> None:
    prices = iter(range(400, 1000))

    def raise_the_price() -> None:
        costs(tariff, next(prices))()

    before_each_lock(monkeypatch, raise_the_price)
    with pytest.raises(Busy):
        place_order(make_wish(tariff=tariff, customer=customer), booker=booker, at=NOW)
    assert (rows(), next(prices)) == ([0] * 6, 403)


def test_a_lock_outside_of_a_transaction_is_a_mistake(tariff: Tariff) -> None:
    order = make_order(tariff=tariff)
    with transaction.atomic():
        assert locks.lock_order(order.pk) == order  # its query is written from here on
    with pytest.raises(transaction.TransactionManagementError):
        locks.lock_order(order.pk)
