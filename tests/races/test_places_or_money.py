"""Places are released while the money comes in: the customer gets one of the two, never both, never neither."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from coworking.domain.tickets import SeatsTaken
from coworking.models import Tariff, Ticket
from olvery.shared.refusals import Refused
from orders.domain.booking.placing import place_order
from orders.domain.booking.transitions import change_status
from orders.domain.booking.wish import Booker
from orders.domain.online import expiry
from orders.domain.online.expiry import expire_overdue
from orders.domain.online.gateway import PaymentSnapshot
from orders.domain.online.payments import apply_payment
from orders.models import (
    Message,
    Order,
    OrderStatus,
    PaymentAttempt,
    Refund,
)
from tests.factories import make_user, make_wish
from tests.gateways.fake import FakeGateway
from tests.moments import NOW
from tests.races.guards import (
    TIMEOUT,
    at_once,
    unlock,
)
from tests.races.paying import SUM, charged, press_pay

pytestmark = pytest.mark.django_db(transaction=True)

DEADLINE = NOW + timedelta(hours=24)
ROUNDS = 6


def another_books(tariff: Tariff, manager: User) -> Callable[[], Order]:
    request = make_wish(tariff=tariff, customer=make_user())
    return lambda: place_order(request, booker=Booker.manager(manager, tariff.service.location), at=DEADLINE)


def late(order: Order, gateway: FakeGateway) -> tuple[PaymentAttempt, PaymentSnapshot]:
    """Pay in the last minute; we do not know of it yet."""
    attempt = press_pay(order, gateway, at=DEADLINE - timedelta(minutes=5))
    return attempt, gateway.pay(attempt.provider_id or "")


def assert_places_or_money(order: Order, other: Any) -> str:
    """Check that the customer got the places or the money back, and that the place is sold once; return which."""
    status = Order.objects.get(pk=order.pk).status
    ticket = Ticket.objects.get(lines__order=order).status
    going_back = list(Refund.objects.filter(attempt__order=order).values_list("source", "amount"))
    letters = set(Message.objects.filter(order=order).values_list("kind", flat=True))
    got = {
        "confirmed": ("active", [], True),
        "expired": ("cancelled", [("late_payment", SUM)], False),
    }[status]
    assert (ticket, going_back, "paid" in letters) == got
    assert charged(order) == SUM
    assert PaymentAttempt.objects.get(order=order).fulfilled_at == DEADLINE
    assert Ticket.objects.blocking().count() == 1
    if status == "confirmed":
        assert isinstance(other, Refused)
        assert all(isinstance(refusal, SeatsTaken) for refusal in other.refusals)
    else:
        assert isinstance(other, Order)
    return status


def test_success_then_expiry_confirms(order: Order, gateway: FakeGateway, tariff: Tariff, managers: list[User]) -> None:
    attempt, told = late(order, gateway)
    apply_payment(attempt.pk, told, gateway, at=DEADLINE)
    assert expire_overdue(None, DEADLINE) == 0
    (other,) = at_once([another_books(tariff, managers[1])])
    assert assert_places_or_money(order, other) == "confirmed"


def test_expiry_then_success_returns_the_money_of_a_place_that_is_sold(
    order: Order, gateway: FakeGateway, tariff: Tariff, managers: list[User]
) -> None:
    attempt, told = late(order, gateway)
    assert expire_overdue(None, DEADLINE) == 1
    (other,) = at_once([another_books(tariff, managers[1])])
    apply_payment(attempt.pk, told, gateway, at=DEADLINE)
    assert assert_places_or_money(order, other) == "expired"


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_expiry_success_and_another_customer_at_once_end_with_places_or_money(
    round_: int, order: Order, gateway: FakeGateway, tariff: Tariff, managers: list[User]
) -> None:
    attempt, told = late(order, gateway)
    calls = [
        lambda: expire_overdue(None, DEADLINE),
        lambda: apply_payment(attempt.pk, told, gateway, at=DEADLINE),
        another_books(tariff, managers[1]),
    ]
    # The thread started last tends to finish last: every order of threads gets its turn.
    turned = calls[round_ % 3 :] + calls[: round_ % 3]
    results = at_once(turned)
    expired, applied, other = (results[turned.index(call)] for call in calls)
    assert expired in (0, 1)
    assert isinstance(applied, PaymentAttempt)
    assert_places_or_money(order, other)


def expire_while_it_is_paid(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, move: Callable[..., None]
) -> list[Any]:
    """Without locks, let the whole payment happen between checking the order and its expiry."""
    attempt, told = late(order, gateway)
    looked, paid = threading.Event(), threading.Event()

    def move_when_paid(*args: Any, **wanted: Any) -> None:
        looked.set()
        assert paid.wait(TIMEOUT)
        move(*args, **wanted)

    def pay_when_looked_at() -> PaymentAttempt:
        assert looked.wait(TIMEOUT)
        try:
            return apply_payment(attempt.pk, told, gateway, at=DEADLINE)
        finally:
            paid.set()

    unlock(monkeypatch)
    monkeypatch.setattr(expiry, "change_status", move_when_paid)
    return at_once([lambda: expire_overdue(None, DEADLINE), pay_when_looked_at])


def test_the_conditional_update_alone_keeps_the_places_of_who_paid(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired, applied = expire_while_it_is_paid(order, gateway, monkeypatch, change_status)
    assert (expired, applied.status) == (0, "succeeded")
    assert assert_places_or_money(order, Refused([SeatsTaken("all_taken")])) == "confirmed"


def test_control_without_the_guards_who_paid_has_neither_places_nor_money(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def just_move(moved: Order, to: OrderStatus, **_wanted: Any) -> None:
        Order.objects.filter(pk=moved.pk).update(status=to)

    expired, applied = expire_while_it_is_paid(order, gateway, monkeypatch, just_move)
    assert (expired, applied.status, charged(order)) == (1, "succeeded", SUM)
    assert (Order.objects.get().status, Ticket.objects.get().status) == ("expired", "cancelled")
    assert not Refund.objects.exists()
