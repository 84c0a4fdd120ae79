"""What an action would do with one order or some of its tickets, and what of that a person was shown."""

import re
from dataclasses import dataclass
from decimal import Decimal

from coworking.models import Ticket
from olvery.shared.refusals import Refusal
from orders.domain.booking.changing import Plan
from orders.models import Order

_SHOWN = re.compile(r"([0-9]{1,15}):([0-9]{1,10}\.[0-9]{2})(?::([0-9]{1,15}(?:,[0-9]{1,15})*)(:all)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person was shown of one order: the sum, and the tickets that it is done with.

    A form sends it as text: «10482:1150.00», «10482:1150.00:501,502», «10482:1150.00:501:all».
    """

    order: int
    amount: Decimal
    tickets: tuple[int, ...] = ()
    ends_order: bool = False

    def __str__(self) -> str:
        numbers = f":{','.join(map(str, self.tickets))}" if self.tickets else ""
        return f"{self.order}:{self.amount:.2f}{numbers}{':all' if self.ends_order else ''}"

    @classmethod
    def read(cls, text: str) -> "Shown | None":
        """Return what a text says, None where it is none of ours."""
        found = _SHOWN.fullmatch(text)
        if not found:
            return None
        number, amount, tickets, ends_order = found.groups()
        numbers = tuple(map(int, tickets.split(","))) if tickets else ()
        return cls(int(number), Decimal(amount), numbers, bool(ends_order))


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What would be done, roubles that go back or come in, or why nothing.

    `tickets` are those that it would be done with, none where it is the order; `ends_order` says that these are all
    that it has. `change` is what cancelling only some of them comes to, `email` is who would be written to.
    """

    order: Order
    amount: Decimal
    refusal: Refusal | None
    tickets: tuple[Ticket, ...] = ()
    ends_order: bool = False
    change: Plan | None = None
    email: str = ""

    @property
    def shown(self) -> Shown:
        """What a person is shown of it."""
        return Shown(self.order.pk, self.amount, tuple(one.pk for one in self.tickets), self.ends_order)
