"""The dialog for adding tickets to an order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import QueryDict

from coworking.domain.capacity import Alternative, Occupancy
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import RuleBroken, when_of
from coworking.models import Seat
from olvery.shared.clocks import clock_text, end_text
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal
from orders.domain.booking.booking_offer import BookingOffer, PartOffer
from orders.domain.booking.changing import plan_of
from orders.domain.booking.wish import Booker
from orders.forms_tickets import ANY_SEAT, AddForm
from orders.models import Order
from orders.views.order.plan_screen import TicketScreen, with_alternative


class NothingOnSale(Exception):
    """The location sells no tariff that a ticket could be added under."""


class AddScreen(TicketScreen):
    """Places to be added, and the resulting plan. Raises NothingOnSale."""

    form: AddForm

    def __init__(self, order: Order, booker: Booker, sent: Mapping[str, Any] | None, *, at: datetime) -> None:
        super().__init__(order, at=at)
        # The tariff of the order first: most people want more of the same.
        tariffs = sorted(tariffs_on_sale(order.location, at=at), key=lambda one: one.pk != order.tariff_id)
        if not tariffs:
            raise NothingOnSale
        services = {tariff.service_id for tariff in tariffs}
        self.form = AddForm(
            with_alternative(_values_of(order, at) if sent is None else sent),
            tariffs=tariffs,
            seats=Seat.objects.filter(service__in=services, is_active=True).order_by("table", "position", "pk"),
            today=order.location.day_at(at),
            viewer=booker.user,
        )
        if self.form.is_valid():
            self.plan = plan_of(order, self.form.to_wish(), booker=booker, at=at)

    @property
    def part(self) -> PartOffer | None:
        return self.plan.added.parts[0] if self.plan and self.plan.added else None

    @property
    def bookings(self) -> Sequence[BookingOffer]:
        """The places of each day."""
        return self.part.bookings if self.part else ()

    @property
    def broken(self) -> list[RuleBroken]:
        """The rules that the places would break, each once."""
        return self.part.broken if self.part else []

    @property
    def taken(self) -> Refusal | None:
        """Why the place is not available, if it is taken; days of a series are shown together."""
        return self.part.taken if self.part and len(self.part.bookings) == 1 else None

    @property
    def near(self) -> Sequence[Alternative]:
        return self.part.alternatives if self.part else ()

    @property
    def looked_at(self) -> tuple[Occupancy, Period] | None:
        """The occupancy at the wanted time, and that time."""
        part = self.part
        return (part.occupancy, part.period) if part and part.occupancy and part.period else None


def _values_of(order: Order, at: datetime) -> QueryDict:
    """Return the initial values: one more place like the order's first, if that has not begun."""
    values = QueryDict(mutable=True)
    values.update({"places": "1", "seat": ANY_SEAT, "tariff": str(order.tariff_id)})
    first = min((line.ticket for line in order.lines.all() if line.ticket), key=lambda ticket: ticket.period.start)
    when = when_of(first.tariff, first.period, order.location.zone)
    if first.period.start > at:
        values["day"] = when.day.isoformat()
        values["last_day"] = when.later_day.isoformat() if when.later_day else ""
    values["start"], values["end"] = clock_text(when.start), end_text(when.end)
    values["units"] = str(when.units)
    return values
