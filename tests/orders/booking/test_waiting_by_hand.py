"""Wishes that a manager offers or withdraws by hand, and expired ones."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from accounts.models import User
from coworking.domain.waiting import WaitingOver, turn_of
from coworking.models import Location, Service, Tariff, WaitingStatus, WaitingWish
from olvery.shared.refusals import Refusal, Refused
from orders.domain.booking import offering, waiting
from orders.domain.desk.cancelling import cancel_order
from orders.letters.send import send_waiting_letter
from orders.models import Order, OrderEvent, WaitingLetter
from tests.factories import make_manager, make_waiting
from tests.moments import NOW
from tests.orders.booking.test_waiting import customer as customer  # noqa: PLC0414 - fixtures
from tests.orders.booking.test_waiting import line
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def shown(wish: WaitingWish, at: datetime = NOW) -> dict[str, Any]:
    """What the dialog shows about the order that a wish becomes."""
    becomes = offering.out_of_turn(WaitingWish.objects.get(pk=wish.pk), at=at)
    return {"version": becomes.version, "until": becomes.offer.deadline}


def refused_by_hand(wish: WaitingWish, seen: dict[str, Any], *, by: User, at: datetime = NOW) -> list[str]:
    before = saved_rows()
    with pytest.raises((Refusal, Refused)) as error:
        offering.offer_by_hand(wish.pk, **seen, by=by, at=at)
    assert saved_rows() == before
    return [one.reason for one in getattr(error.value, "refusals", [error.value])]


def test_a_manager_offers_out_of_turn_and_the_history_says_who(
    tariff: Tariff, desk_order: Order, manager: User
) -> None:
    first, second = make_waiting(tariff=tariff), make_waiting(tariff=tariff)
    assert refused_by_hand(second, shown(second), by=manager) == ["all_taken"]
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=NOW)
    order = offering.offer_by_hand(second.pk, **shown(second), by=manager, at=NOW)
    assert order.events.get(kind="from_waiting").by == manager
    second.refresh_from_db()
    assert (second.status, second.closed_by) == ("offered", manager)
    assert turn_of(first) == 1
    assert refused_by_hand(second, shown(second), by=manager) == ["waiting_over"]


def test_what_was_shown_of_an_order_out_of_turn_is_saved_or_shown_anew(
    tariff: Tariff, desk_order: Order, manager: User, settings: Any
) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    wish = make_waiting(tariff=tariff, payment_method="online")
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=NOW)
    seen, hour = shown(wish), timedelta(hours=1)
    assert seen["until"] == NOW + hour
    Service.objects.update(waiting_minutes=30)
    assert refused_by_hand(wish, seen, by=manager) == ["plan_stale"]
    Service.objects.update(waiting_minutes=60)
    Tariff.objects.update(price=999)
    assert refused_by_hand(wish, seen, by=manager) == ["plan_stale"]
    seen = shown(wish)
    for until in (None, seen["until"] + hour):
        assert refused_by_hand(wish, {**seen, "until": until}, by=manager) == ["plan_stale"]
    assert refused_by_hand(wish, seen, by=manager, at=NOW + hour) == ["plan_stale"]
    order = offering.offer_by_hand(wish.pk, **seen, by=manager, at=NOW + hour / 2)
    assert (order.total, order.deadline_at) == (1998, seen["until"])


def test_an_account_that_was_closed_meanwhile_is_said_once(
    tariff: Tariff, desk_order: Order, manager: User, customer: User
) -> None:
    wish = make_waiting(tariff=tariff, customer=customer)
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=NOW)
    User.objects.filter(pk=customer.pk).update(is_active=False)
    assert refused_by_hand(wish, shown(wish), by=manager) == ["waiting_of_closed"]


def test_nothing_is_offered_by_hand_once_the_time_has_come(tariff: Tariff, desk_order: Order, manager: User) -> None:
    wish = make_waiting(tariff=tariff)
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=NOW)
    seen, start = shown(wish), wish.waits_until
    assert refused_by_hand(wish, seen, by=manager, at=start) == ["waiting_over"]
    order = offering.offer_by_hand(wish.pk, **seen, by=manager, at=start - timedelta(seconds=1))
    assert order.status == "confirmed"


def test_who_withdraws_is_offered_nothing(tariff: Tariff, desk_order: Order, manager: User, customer: User) -> None:
    wish = make_waiting(tariff=tariff, customer=customer)
    waiting.withdraw(wish.pk, by=customer, at=NOW)
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=NOW)
    before = saved_rows()
    assert waiting.offer_places(tariff.service_id, at=NOW) == 0
    with pytest.raises(WaitingOver):
        waiting.withdraw(wish.pk, by=manager, at=NOW)
    assert saved_rows() == before
    wish.refresh_from_db()
    assert (wish.status, wish.closed_by, wish.closed_at) == ("withdrawn", customer, NOW)
    letter = WaitingLetter.objects.get()
    assert send_waiting_letter(letter.pk, at=NOW) is False
    assert mail.outbox == []


def test_a_wish_ends_when_its_time_comes_and_the_customer_is_told_once(
    tariff: Tariff, desk_order: Order, manager: User
) -> None:
    wish = make_waiting(tariff=tariff)
    start = wish.period.start
    assert waiting.end_overdue(start - timedelta(minutes=1)) == 0
    assert [waiting.end_overdue(start) for _twice in range(2)] == [1, 0]
    assert line() == [(wish.pk, WaitingStatus.ENDED)]
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=start)
    assert waiting.offer_everywhere(start) == 0
    letter = WaitingLetter.objects.get(kind="ended")
    assert send_waiting_letter(letter.pk, at=start) is True
    assert "к сожалению" in mail.outbox[0].body
    assert OrderEvent.objects.filter(kind="from_waiting").count() == 0


def test_the_wish_of_a_foreigner_to_the_location_is_not_at_it(tariff: Tariff, desk_order: Order) -> None:
    wish = make_waiting(tariff=tariff)
    other = make_manager(location=Location.objects.create(name="Другая", time_zone="Europe/Moscow"))
    assert list(WaitingWish.objects.at_locations({tariff.service.location_id})) == [wish]
    assert not WaitingWish.objects.at_locations({other.memberships.get().location_id}).exists()
