"""Whatever happens to orders with promo codes: their uses match a plain model, and never exceed the limits."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from accounts.models import User
from coworking.models import Tariff
from olvery.shared.refusals import Refusal, Refused
from orders.domain.booking.deadlines import reactivate_order
from orders.domain.desk import cancelling
from orders.domain.desk.change_undoing import last_change, undo_change
from orders.domain.money.standing import standing
from orders.domain.online.expiry import expire_overdue
from orders.domain.queries.promo_codes import given_by
from orders.models import Order, OrderLine, PromoCode, PromoUse
from tests.depth import rounds
from tests.factories import make_order, make_promo_code, make_user
from tests.orders.booking.changes import change, when
from tests.orders.conftest import now

pytestmark = pytest.mark.django_db
KINDS = ["order", "order", "order", "cancel", "expire", "restore", "change", "undo"]
steps = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 11)), min_size=4, max_size=10)


@pytest.fixture(scope="module")
def capacity() -> int:
    return 30


@dataclass
class Model:
    """The customer of each order, and the orders that hold a use."""

    most: int
    most_each: int
    customers: dict[int, int] = field(default_factory=dict)
    holders: set[int] = field(default_factory=set)

    def may_take(self, customer: int) -> bool:
        own = sum(self.customers[number] == customer for number in self.holders)
        return len(self.holders) < self.most and own < self.most_each


@dataclass
class World:
    code: PromoCode
    tariff: Tariff
    manager: User
    customers: list[User]
    model: Model

    def order(self, number: int) -> None:
        customer = self.customers[number % len(self.customers)]
        may = self.model.may_take(customer.pk)
        made = make_order(
            tariff=self.tariff,
            by=self.manager,
            customer=customer,
            promo_code=self.code.code,
            payment_method="online",
            at=now(),
        )
        assert may
        self.model.customers[made.pk] = customer.pk
        self.model.holders.add(made.pk)

    def cancel(self, order: Order) -> None:
        cancelling.cancel_order(order.pk, by=self.manager, reason="Планы", at=now())
        self.model.holders.discard(order.pk)

    def expire(self, order: Order) -> None:
        if order.status == "awaiting_payment":
            Order.objects.filter(pk=order.pk).update(deadline_at=now())
            assert expire_overdue(None, now()) == 1
            self.model.holders.discard(order.pk)

    def restore(self, order: Order) -> None:
        may = order.status != "expired" or self.model.may_take(order.customer_id)
        reactivate_order(order.pk, by=self.manager, at=now())
        assert may
        self.model.holders.add(order.pk)

    def change(self, order: Order, number: int) -> None:
        change(order, by=self.manager, when=when("10", f"{11 + number % 5}"))

    def undo(self, order: Order) -> None:
        if last := last_change(order):
            undo_change(order.pk, last.pk, by=self.manager, at=now())

    def carry_out(self, step: tuple[str, int]) -> None:
        name, number = step
        orders = list(Order.objects.order_by("pk"))
        if name == "order":
            self.order(number)
        elif orders and name == "change":
            self.change(orders[number % len(orders)], number)
        elif orders:
            getattr(self, name)(orders[number % len(orders)])

    def assert_as_the_model(self) -> None:
        holding = PromoUse.objects.values_list("order", "count")
        counted: dict[int, int] = {}
        for number, count in holding:
            counted[number] = counted.get(number, 0) + count
        assert {number for number, count in counted.items() if count == 1} == self.model.holders
        assert set(counted.values()) <= {0, 1}
        assert PromoCode.objects.get().used == len(self.model.holders) <= self.model.most
        lines = OrderLine.objects.filter(order__in=self.model.holders)
        given = sum((-one.amount for one in standing(lines) if one.line.kind == "discount"), Decimal())
        assert given_by(self.code) == given


@examples(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=rounds(8),
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # what an example saves is rolled back
)
@given(steps=steps, most=st.integers(1, 3), most_each=st.integers(1, 2), is_percent=st.booleans())
def test_uses_are_those_of_the_model_and_never_beyond_the_limits(
    tariff: Tariff,
    manager: User,
    clock: Any,
    steps: list[tuple[str, int]],
    most: int,
    most_each: int,
    is_percent: bool,
) -> None:
    with transaction.atomic():
        location = tariff.service.location
        code = make_promo_code(location=location, most_uses=most, most_uses_each=most_each, is_percent=is_percent)
        world = World(code, tariff, manager, [make_user(), make_user()], Model(most, most_each))
        for step in steps:
            clock.shift(timedelta(seconds=1))
            may = world.model.may_take(world.customers[step[1] % 2].pk)
            try:
                with transaction.atomic():
                    world.carry_out(step)
            except (Refusal, Refused):
                assert step[0] != "order" or not may
            world.assert_as_the_model()
        transaction.set_rollback(True)


def test_the_model_notices_a_use_beyond_its_limits(tariff: Tariff, manager: User, clock: Any) -> None:
    code = make_promo_code(location=tariff.service.location, most_uses=2)
    world = World(code, tariff, manager, [make_user(), make_user()], Model(most=1, most_each=1))
    world.order(0)
    world.assert_as_the_model()
    with pytest.raises(AssertionError):
        world.order(1)
