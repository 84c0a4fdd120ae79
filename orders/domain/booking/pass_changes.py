"""The units that a change of tickets takes from the pass of their order, and those it gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from olvery.shared.refusals import Refusal, refusals_to
from orders.domain.booking.change_places import ChangeRefused, TicketPlan
from orders.domain.booking.passes import check_fits, pass_units, percents_of, units_kept
from orders.domain.money import pass_books
from orders.models import Order, OrderStatus, Pass


@dataclass(frozen=True, slots=True, kw_only=True)
class PassChange:
    """The additional units that tickets use, negative if fewer; some of those given back may be kept by the terms."""

    units: Mapping[int, int] = field(default_factory=dict)
    kept: int = 0
    refusals: tuple[Refusal, ...] = ()

    @property
    def needed(self) -> int:
        """The total taken from the pass; negative if it comes back."""
        return sum(self.units.values()) + self.kept

    @property
    def used_more(self) -> int:
        """The units that tickets use in addition."""
        return sum(more for more in self.units.values() if more > 0)

    @property
    def returned(self) -> int:
        """The units that come back from tickets that use fewer."""
        return -sum(more for more in self.units.values() if more < 0) - self.kept


NO_CHANGE = PassChange()


def pass_change_of(order: Order, plans: Sequence[TicketPlan], *, adds: bool, at: datetime) -> PassChange:
    """Return what the changes do to the pass of their order. Three queries."""
    used = Pass.objects.with_services().select_related("order").get(pk=order.from_pass_id)
    held, changed = pass_books.held_by(order), [plan for plan in plans if plan.is_changed]
    units = {plan.ticket.number: _units_after(plan, order) - held.get(plan.ticket.number, 0) for plan in changed}
    freed = {number: -more for number, more in units.items() if more < 0}
    there = [plan.ticket for plan in changed if plan.ticket.number in freed]
    percents = percents_of(there, sold_at=order.created_at, at=at)
    kept = units_kept(freed, percents)
    if order.status == OrderStatus.AWAITING_PAYMENT:  # which gives all back
        kept = 0
    if used.ended_at:  # what comes back is lost with it
        kept = sum(freed.values())
    change = PassChange(units={number: more for number, more in units.items() if more}, kept=kept)
    refusals: list[Refusal] = [ChangeRefused("pass_adds_no_tickets")] if adds else []
    with refusals_to(refusals.append):
        for plan in changed:
            if plan.after.takes_place:
                check_fits(used, plan.after.tariff, plan.after.period)
        if any(more > 0 for more in units.values()):
            pass_books.check_usable(used, change.needed, at=at)
    return replace(change, refusals=tuple(refusals))


def _units_after(plan: TicketPlan, order: Order) -> int:
    after = plan.after
    return pass_units(after.tariff, after.period, order.location.zone) if after.takes_place else 0
