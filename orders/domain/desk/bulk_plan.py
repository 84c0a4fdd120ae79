"""What an action would do with one order or some of its tickets, and what a person was shown of it."""

import re
from dataclasses import dataclass
from decimal import Decimal

from coworking.models import Ticket
from olvery.shared.refusals import Refusal
from orders.domain.booking.changing import Plan
from orders.domain.booking.passes import GivenBack
from orders.models import BulkItem, Order

_SHOWN = re.compile(
    r"([0-9]{1,15}):([0-9]{1,10}\.[0-9]{2})(?::([0-9]{1,15}(?:,[0-9]{1,15})*)(:all)?)?(?:\+([0-9]{1,9})-([0-9]{1,9}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person was shown of one order: the sum, the tickets concerned, the units that come back to its pass.

    A form sends it as text: «10482:1150.00», «10482:1150.00:501,502», «10482:1150.00:501:all», «10482:0.00+3-1».
    """

    order: int
    amount: Decimal
    tickets: tuple[int, ...] = ()
    ends_order: bool = False
    back: GivenBack | None = None

    def __str__(self) -> str:
        numbers = f":{','.join(map(str, self.tickets))}" if self.tickets else ""
        units = f"+{self.back.returned}-{self.back.kept}" if self.back else ""
        return f"{self.order}:{self.amount:.2f}{numbers}{':all' if self.ends_order else ''}{units}"

    @classmethod
    def read(cls, text: str) -> "Shown | None":
        """Parse such a text; None if it is not one."""
        found = _SHOWN.fullmatch(text)
        if not found:
            return None
        number, amount, tickets, ends_order, returned, kept = found.groups()
        numbers = tuple(map(int, tickets.split(","))) if tickets else ()
        back = GivenBack(int(returned), int(kept)) if returned else None
        return cls(int(number), Decimal(amount), numbers, bool(ends_order), back)


def back_of(item: BulkItem) -> GivenBack | None:
    """Return the units that the person was shown to come back to the order's pass; None if it has none."""
    returned, kept = item.units_returned, item.units_kept
    return None if returned is None or kept is None else GivenBack(returned, kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What would be done and the roubles that go back or come in, or why nothing is done.

    `tickets` are the tickets concerned, none if it is the whole order; `ends_order` is set if these are all
    that it has. `change` is the plan for cancelling only some of them, `email` is the recipient, `back` is
    what comes back to the order's pass, if it has one.
    """

    order: Order
    amount: Decimal
    refusal: Refusal | None
    tickets: tuple[Ticket, ...] = ()
    ends_order: bool = False
    change: Plan | None = None
    email: str = ""
    back: GivenBack | None = None

    @property
    def shown(self) -> Shown:
        return Shown(self.order.pk, self.amount, tuple(one.pk for one in self.tickets), self.ends_order, self.back)
