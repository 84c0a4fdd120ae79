"""What a rearrangement does to each order, as its dialog shows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from olvery.shared.refusals import Refusal
from orders.domain.booking.change_places import TicketPlan
from orders.domain.booking.changing import UNDO_FOR, Plan
from orders.domain.booking.rearranging import Rearrangement
from orders.domain.desk.changing import state_as_json
from orders.letters.compose import change_letter
from orders.letters.mail import Text
from orders.wording_changes import Difference, differences


@dataclass(frozen=True, slots=True)
class Moved:
    """A ticket, what changes about it, and its refusals."""

    plan: TicketPlan
    differences: Sequence[Difference]
    refusals: Sequence[Refusal]


@dataclass(frozen=True, slots=True)
class Part:
    """An order of a rearrangement. `refusals` are those that concern none of its tickets."""

    plan: Plan
    tickets: Sequence[Moved]
    refusals: Sequence[Refusal]
    text: Text | None
    undo_until: datetime


def parts_of(rearrangement: Rearrangement, *, at: datetime) -> Iterator[Part]:
    """Yield what happens to each order, by its number."""
    for plan in rearrangement.plans:
        zone = plan.order.location.zone
        tickets = [
            Moved(one, differences(state_as_json(one.before), state_as_json(one.after), zone), one.refusals)
            for one in plan.tickets
        ]
        said = [refusal for one in tickets for refusal in one.refusals]
        others = [refusal for refusal in plan.refusals if refusal not in said]
        yield Part(plan, tickets, others, change_letter(plan), at + UNDO_FOR)
