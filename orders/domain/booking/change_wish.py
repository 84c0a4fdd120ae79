"""The changes of an order's tickets that somebody asks for. Nothing is known to exist yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from coworking.domain.rules import When
from orders.domain.booking.wish import BookingWish


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChange:
    """The wanted state of one ticket; None means unchanged.

    With `any_seat` the seat is chosen automatically. `extras` are the quantities by key of all it is to have. A ticket
    that is cancelled keeps everything except its place.
    """

    number: int
    tariff_id: int | None = None
    when: When | None = None
    seat_id: int | None = None
    any_seat: bool = False
    visitor_id: int | None = None
    extras: Mapping[int, int] | None = None
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWish:
    """Changes of tickets of one order that are made together, and tickets that are added to it.

    `returned` replaces the refund by the cancellation policy, roubles; it needs a `reason`.
    """

    tickets: tuple[TicketChange, ...] = ()
    added: tuple[BookingWish, ...] = ()
    override_reason: str = ""
    reason: str = ""
    returned: Decimal | None = None

    @classmethod
    def cancelling(cls, numbers: Iterable[int], reason: str = "") -> "ChangeWish":
        """Return the wish to cancel these tickets."""
        return cls(tickets=tuple(TicketChange(number=one, is_cancelled=True) for one in numbers), reason=reason)
