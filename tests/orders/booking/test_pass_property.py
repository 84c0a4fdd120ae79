"""Whatever happens to orders paid from a pass: its books match a plain model, and are never negative."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from accounts.models import User
from coworking.domain.catalogue import tariffs_on_sale
from coworking.models import CancellationStep, Extra, Tariff
from olvery.shared.money import to_kopecks
from olvery.shared.refusals import Refusal, Refused
from orders.domain.booking.deadlines import reactivate_order
from orders.domain.booking.placing import place_order
from orders.domain.booking.self_service import place_own_order
from orders.domain.booking.wish import Booker
from orders.domain.desk import cancelling
from orders.domain.desk.change_undoing import last_change, undo_change
from orders.domain.online.expiry import expire_overdue
from orders.models import LedgerEntry, Order, Pass, PassEntry
from tests.depth import rounds
from tests.factories import make_extra, make_pass, make_wish
from tests.orders.booking.changes import change, when
from tests.orders.conftest import now
from tests.orders.steps import give_back

pytestmark = pytest.mark.django_db
KINDS = ["order", "order", "order", "cancel", "expire", "restore", "change", "change", "undo", "refund"]
steps = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 6)), min_size=4, max_size=10)


@pytest.fixture(scope="module")
def capacity() -> int:
    return 30


@dataclass
class Model:
    """What is left of the pass, what each order holds of it, and what each gave back when it expired."""

    left: int
    held: dict[int, int] = field(default_factory=dict)
    expired: dict[int, int] = field(default_factory=dict)
    # The last change of an order: what it held before, and what the pass lost for good.
    undo: dict[int, tuple[int, int]] = field(default_factory=dict)

    def hold(self, number: int, units: int, *, percent: int) -> None:
        """Let an order hold a different number of units; some of the freed ones stay used."""
        freed = max(self.held.get(number, 0) - units, 0)
        kept = freed - freed * percent // 100
        left = self.left + self.held.get(number, 0) - units - kept
        assert left >= 0, "the pass is overdrawn"
        self.undo[number] = self.held.get(number, 0), kept
        self.left, self.held[number] = left, units


@dataclass
class World:
    bought: Pass
    tariff: Tariff
    locker: Extra
    manager: User
    percent: int
    model: Model

    def order(self, hours: int) -> None:
        wish = make_wish(
            tariff=self.tariff,
            customer=self.bought.owner,
            pass_id=self.bought.pk,
            # Without one the order is confirmed at once.
            extras={self.locker.pk: hours % 2},
            payment_method="online",
            when=when("10", f"{10 + hours}"),
        )
        location, owner = self.tariff.service.location, self.bought.owner
        if hours % 3:
            made = place_order(wish, booker=Booker.manager(self.manager, location), at=now())
        else:
            on_sale = tariffs_on_sale(location, at=now())
            made = place_own_order(wish, booker=Booker.customer(owner, location), at=now(), tariffs=on_sale)
        self.model.hold(made.pk, hours, percent=self.percent)

    def percent_of(self, order: Order) -> int:
        """Return the percentage that comes back from an order: all of an unpaid one."""
        return 100 if order.status == "awaiting_payment" else self.percent

    def cancel(self, order: Order, _hours: int) -> None:
        cancelling.cancel_order(order.pk, by=self.manager, reason="Планы", at=now())
        self.model.hold(order.pk, 0, percent=self.percent_of(order))

    def expire(self, order: Order, _hours: int) -> None:
        if order.status == "awaiting_payment":
            Order.objects.filter(pk=order.pk).update(deadline_at=now())
            assert expire_overdue(None, now()) == 1
            self.model.expired[order.pk] = self.model.held[order.pk]
            self.model.hold(order.pk, 0, percent=100)

    def restore(self, order: Order, _hours: int) -> None:
        reactivate_order(order.pk, by=self.manager, at=now())
        self.model.hold(order.pk, self.model.expired[order.pk], percent=100)

    def change(self, order: Order, hours: int) -> None:
        change(order, by=self.manager, when=when("10", f"{10 + hours}"))
        self.model.hold(order.pk, hours, percent=self.percent_of(order))

    def undo(self, order: Order, _hours: int) -> None:
        if last := last_change(order):
            undo_change(order.pk, last.pk, by=self.manager, at=now())
            before, kept = self.model.undo[order.pk]
            self.model.left += self.model.held[order.pk] - before + kept
            self.model.held[order.pk] = before

    def refund(self, hours: int) -> None:
        sold_for = to_kopecks(self.bought.price * hours / self.bought.units)
        give_back(self.bought.order, str(sold_for), by=self.manager)
        self.model.left -= hours

    def carry_out(self, step: tuple[str, int]) -> None:
        name, hours = step
        there = list(Order.objects.filter(from_pass=self.bought).order_by("pk"))
        if name in ("order", "refund"):
            getattr(self, name)(hours)
        elif there:
            getattr(self, name)(there[hours % len(there)], hours)

    def assert_as_the_model(self) -> None:
        there = Pass.objects.get()
        entries = list(PassEntry.objects.all())
        assert there.left == self.model.left == sum(entry.units for entry in entries) >= 0
        held = dict.fromkeys(self.model.held, 0)
        for entry in entries:
            if entry.ticket_id:
                held[entry.order_id or 0] -= entry.units
        assert held == self.model.held
        # Every rouble is the sale's, none of the orders that are paid from it.
        of_sale = sum((entry.amount for entry in LedgerEntry.objects.filter(order=self.bought.order)), Decimal())
        assert of_sale == sum((entry.amount for entry in LedgerEntry.objects.all()), Decimal())
        assert {order.total for order in Order.objects.filter(from_pass=there)} <= {self.locker.price, Decimal()}


@examples(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=rounds(6),
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # what an example saves is rolled back
)
@given(steps=steps, percent=st.sampled_from([0, 50, 100]), sold=st.sampled_from([(10, "2000"), (30, "1000")]))
@example(steps=[("refund", 2), ("order", 3), ("refund", 5), ("refund", 1)], percent=50, sold=(30, "1000"))
def test_the_books_of_a_pass_are_those_of_the_model(
    tariff: Tariff, manager: User, clock: Any, steps: list[tuple[str, int]], percent: int, sold: tuple[int, str]
) -> None:
    with transaction.atomic():
        CancellationStep.objects.create(service=tariff.service, hours_before=1, percent=percent)
        bought = make_pass(service=tariff.service, by=manager, at=now(), units=sold[0], price=sold[1])
        world = World(bought, tariff, make_extra(service=tariff.service), manager, percent, Model(sold[0]))
        for step in steps:
            clock.shift(timedelta(seconds=1))
            try:
                with transaction.atomic():
                    world.carry_out(step)
            except (Refusal, Refused):
                pass
            world.assert_as_the_model()
        transaction.set_rollback(True)
