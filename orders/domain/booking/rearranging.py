"""Moving tickets of several orders in one transaction: a plan for each order that takes the others into account."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from olvery.shared.refusals import Refusal
from orders.domain.booking.change_places import Beside, TicketState
from orders.domain.booking.change_wish import ChangeWish
from orders.domain.booking.changing import Plan, plan_of
from orders.domain.booking.wish import Booker
from orders.domain.money.credit import refusals_of_limits
from orders.models import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Rearrangement:
    """The plans of the orders, by their number: all of them are carried out, or none."""

    plans: tuple[Plan, ...]
    # Refusals of all of them together: a company on account would owe too much.
    limits: tuple[Refusal, ...] = ()

    @property
    def refusals(self) -> list[Refusal]:
        """Why it cannot be carried out."""
        return [*(refusal for plan in self.plans for refusal in plan.refusals), *self.limits]

    @property
    def is_ready(self) -> bool:
        """Whether carrying it out would succeed."""
        return bool(self.plans) and not self.refusals

    @property
    def returned(self) -> Decimal:
        """The money that goes back, for all orders."""
        return sum((plan.money.returned for plan in self.plans), Decimal(0))

    @property
    def version(self) -> str:
        """What tells this rearrangement from another: each order as it is now, and as it would become."""
        return hashlib.sha256(" ".join(plan.version for plan in self.plans).encode()).hexdigest()[:32]


def rearrangement_of(
    orders: Iterable[Order], wishes: Mapping[int, ChangeWish], *, booker: Booker, at: datetime
) -> Rearrangement:
    """Return the plans for the wishes, one for each order by its number. The orders were read with their location.

    Places that the tickets have now count as free; what one takes is not free for the next.
    """
    numbers = tuple(change.number for wish in wishes.values() for change in wish.tickets)
    plans: list[Plan] = []
    taken: list[TicketState] = []
    for order in sorted(orders, key=lambda one: one.pk):
        beside = Beside(numbers=numbers, taken=tuple(taken))
        plan = plan_of(order, wishes[order.pk], booker=booker, at=at, alternatives=False, beside=beside)
        taken += [one.after for one in plan.tickets if one.after.takes_place and not one.refusals]
        plans.append(plan)
    limits = refusals_of_limits({plan.order: plan.money.more_due for plan in plans if plan.is_ready})
    return Rearrangement(plans=tuple(plans), limits=tuple(limits))
