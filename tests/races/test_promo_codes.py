"""The last use of a promo code goes to one of several orders; the controls show that all would have it."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError

from olvery.shared.refusals import Refused
from orders.domain import locks
from orders.domain.booking.deadlines import reactivate_order
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker
from orders.domain.money import promo_uses
from orders.domain.online.expiry import expire_overdue
from orders.models import Order, PromoCode, PromoUse
from tests.factories import (
    make_location,
    make_manager,
    make_order,
    make_pool,
    make_promo_code,
    make_tariff,
    make_user,
    make_wish,
)
from tests.moments import NOW
from tests.races.guards import TIMEOUT, at_once, without_constraint

ORDERS = 3
pytestmark = pytest.mark.django_db(transaction=True)


def order_at_once(**limits: int) -> list[Any]:
    """Order with one code at the same moment, each another service, so that service locks do not interfere."""
    location = make_location()
    code = make_promo_code(location=location, **limits)
    customer = make_user()
    booker = Booker.manager(make_manager(location=location), location)
    wishes = [
        make_wish(tariff=make_tariff(service=make_pool(location=location)), customer=customer, promo_code=code.code)
        for _order in range(ORDERS)
    ]
    return at_once([lambda wish=wish: place_order(wish, booker=booker, at=NOW) for wish in wishes])  # type: ignore[misc]


def all_look_before_anyone_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock of the code, hold everybody between the last check of its uses and taking one."""
    everybody, look = threading.Barrier(ORDERS), promo_uses.Uses.refuse_one_more
    looks = threading.local()

    def look_and_meet(uses: promo_uses.Uses, code: PromoCode) -> None:
        look(uses, code)
        looks.count = getattr(looks, "count", 0) + 1
        if looks.count == 3:  # the offer, the offer under the locks of the services, and the taking
            everybody.wait(TIMEOUT)

    monkeypatch.setattr(locks, "lock_promo_code", lambda code_id: PromoCode.objects.get(pk=code_id))
    monkeypatch.setattr(promo_uses.Uses, "refuse_one_more", look_and_meet)


def saved() -> tuple[int, int, int]:
    return Order.objects.count(), PromoUse.objects.count(), PromoCode.objects.get().used


@pytest.mark.parametrize(
    ("limit", "reason"), [("most_uses", "promo_used_up"), ("most_uses_each", "promo_used_by_customer")]
)
def test_the_last_use_goes_to_one_order(limit: str, reason: str) -> None:
    results = order_at_once(**{limit: 1})
    refused = [one.refusals[0].reason for one in results if isinstance(one, Refused)]
    assert (refused, saved()) == ([reason] * (ORDERS - 1), (1, 1, 1))


@pytest.mark.parametrize("limit", ["most_uses", "most_uses_each"])
def test_the_database_alone_gives_no_use_beyond_the_limit(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    all_look_before_anyone_takes(monkeypatch)
    results = order_at_once(**{limit: 1})
    assert sum(isinstance(one, IntegrityError) for one in results) == ORDERS - 1
    assert saved() == (1, 1, 1)


def test_control_without_lock_and_constraint_all_have_the_last_use(monkeypatch: pytest.MonkeyPatch) -> None:
    all_look_before_anyone_takes(monkeypatch)
    with without_constraint("orders_promocode", "promo_code_used_within_its_limit"):
        results = order_at_once(most_uses=1)
        assert all(isinstance(one, Order) for one in results)
        assert saved() == (ORDERS, ORDERS, ORDERS)


def test_an_order_that_comes_back_and_a_new_one_share_no_use(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    location = make_location()
    code = make_promo_code(location=location, most_uses=1)
    manager = make_manager(location=location)
    tariffs = [make_tariff(service=make_pool(location=location)) for _order in range(2)]
    gone = make_order(tariff=tariffs[0], by=manager, promo_code=code.code, payment_method="online")
    Order.objects.filter(pk=gone.pk).update(deadline_at=NOW)
    assert expire_overdue(None, NOW) == 1
    wish = make_wish(tariff=tariffs[1], customer=make_user(), promo_code=code.code)
    at_once(
        [
            lambda: reactivate_order(gone.pk, by=manager, at=NOW),
            lambda: place_order(wish, booker=Booker.manager(manager, location), at=NOW),
        ]
    )
    standing = Order.objects.exclude(status="expired").count()
    assert (standing, PromoCode.objects.get().used) == (1, 1)
