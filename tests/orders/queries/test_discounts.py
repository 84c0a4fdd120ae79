"""A manual discount and one by promo code: whatever happens to both orders, reports treat them alike."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
import time_machine
from django.db import transaction

from accounts.models import User
from coworking.models import Location, Tariff
from olvery.shared.refusals import Refusal, Refused
from orders.domain.booking.deadlines import reactivate_order
from orders.domain.booking.pricing import Discount
from orders.domain.desk import cancelling
from orders.domain.desk.change_undoing import last_change, undo_change
from orders.domain.money.standing import standing
from orders.domain.online.expiry import expire_overdue
from orders.domain.queries.promo_codes import given_by
from orders.domain.queries.reports import discounts
from orders.models import Order, OrderLine, PromoCode, PromoUse
from tests.depth import rounds
from tests.factories import make_order, make_promo_code
from tests.moments import NOW
from tests.orders.booking.changes import change, when
from tests.orders.conftest import now
from tests.orders.steps import give_back, take

pytestmark = pytest.mark.django_db

TENTH = {"discount": Discount(Decimal(10), is_percent=True), "discount_reason": "Партнёр"}
STEPS = ["change", "change", "undo", "take", "take", "back", "whole", "cancel", "expire", "restore", "later"]


@pytest.fixture(scope="module")
def capacity() -> int:
    return 30


def carry_out(step: str, order: Order, number: int, by: User) -> None:
    order = Order.objects.get(pk=order.pk)
    if step == "change":
        change(order, by=by, when=when("10", f"{11 + number % 5}"))
    elif step == "undo" and (last := last_change(order)):
        undo_change(order.pk, last.pk, by=by, at=now())
    elif step == "take":
        take(order, str(order.due), by=by)
    elif step == "back":
        give_back(order, str(min(order.paid, Decimal(10 * number + 1))), by=by)
    elif step == "whole":
        give_back(order, str(order.paid), by=by)
    elif step == "cancel":
        cancelling.cancel_order(order.pk, by=by, reason="Планы", at=now())
    elif step == "expire" and order.status == "awaiting_payment":
        Order.objects.filter(pk=order.pk).update(deadline_at=now())
        expire_overdue(None, now())
    elif step == "restore":
        reactivate_order(order.pk, by=by, at=now())


def done_with_both(step: str, pair: tuple[Order, Order], number: int, by: User) -> None:
    """Do the same with both orders, or with neither."""
    outcomes = []
    for order in pair:
        try:
            with transaction.atomic():
                carry_out(step, order, number, by)
            outcomes.append("")
        except (Refusal, Refused) as refusal:
            outcomes.append(str(refusal))
    assert bool(outcomes[0]) == bool(outcomes[1]), outcomes


def said(location: Location) -> dict[str, tuple[int, Decimal]]:
    today = location.day_at(NOW)
    return {one.code: (one.orders, one.given) for one in discounts(location, today, today)}


def given_plainly(code: PromoCode) -> Decimal:
    """Add up the remaining discounts of orders that hold a use of the code."""
    uses = {use.order_id: use.count for use in PromoUse.objects.order_by("pk")}
    lines = OrderLine.objects.filter(order__in=[number for number, count in uses.items() if count > 0])
    return sum((-one.amount for one in standing(lines) if one.line.kind == "discount"), Decimal())


@pytest.mark.parametrize("seed", range(rounds(3)))
def test_reports_say_the_same_of_both(
    tariff: Tariff, manager: User, clock: time_machine.Coordinates, seed: int
) -> None:
    random, location = Random(seed), tariff.service.location
    code = make_promo_code(location=location)
    pairs = []
    for method in ("on_site", "online", "on_site"):
        asked = {"tariff": tariff, "by": manager, "payment_method": method}
        pairs.append((make_order(**asked, promo_code=code.code), make_order(**asked, **TENTH)))
    for _ in range(14):
        step, pair = random.choice(STEPS), random.choice(pairs)
        clock.shift(timedelta(minutes=1))
        if step == "later":
            if random.random() < 0.3:
                clock.move_to(max(now(), pair[0].period.start + timedelta(minutes=1)))
        else:
            done_with_both(step, pair, random.randrange(40), manager)
        by_code, by_hand = (said(location).get(name) for name in (code.code, ""))
        assert by_code == by_hand
        assert (by_code or (0, 0))[1] == given_by(code) == given_plainly(code)
