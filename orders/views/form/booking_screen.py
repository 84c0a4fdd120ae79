"""One booking on the order form: its seats, what is free, and the nearest alternatives."""

from datetime import date
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from django.forms import BoundField
from django.utils.safestring import SafeString

from coworking.domain.rules import RuleBroken, closed_on
from coworking.models import Extra, Tariff, Unit
from orders.domain.booking.booking_offer import PartOffer, RepeatRefused
from orders.domain.booking.waiting import can_wait, can_wait_for_seats
from orders.forms_booking import BookingForm
from orders.views.form.floor import Floor
from orders.views.form.seats import SeatView
from orders.views.nearest import NearestView, nearest_views
from orders.wording_refusals import refusal_text

if TYPE_CHECKING:
    from orders.views.form.order_screen import OrderScreen


class BookingScreen:
    """One booking of the form with everything that is shown about it. Needs the offer for places and times."""

    def __init__(self, form: BookingForm, *, screen: "OrderScreen") -> None:
        self.form = form
        self.screen = screen

    @property
    def can_wait(self) -> bool:
        """Whether the customer may join the waiting list for it: nothing else is ordered."""
        return len(self.screen.parts) == 1 and can_wait(self.screen.offer)

    @property
    def can_wait_for_seats(self) -> bool:
        """Whether the customer may join the waiting list for exactly the chosen seats."""
        return len(self.screen.parts) == 1 and can_wait_for_seats(self.screen.offer)

    @property
    def number(self) -> int:
        return self.form.number

    @cached_property
    def prefix(self) -> SafeString:
        """The prefix of the names and ids of its fields; a page repeats it fifty times."""
        return SafeString(self.form.add_prefix(""))

    @property
    def asks_for_reason(self) -> bool:
        """Whether the reason to override is asked here: once per page, where it is first needed."""
        return next((part.number for part in self.screen.parts if part.offer.soft), None) == self.number

    @property
    def keeps_reason(self) -> bool:
        """Whether a typed reason is kept here while nothing is overridden."""
        is_typed = bool(self.screen.form["override_reason"].value())
        return self.number == 0 and is_typed and not any(part.offer.soft for part in self.screen.parts)

    @cached_property
    def tariff(self) -> Tariff | None:
        return self.form.chosen_tariff

    @property
    def offer(self) -> PartOffer:
        return self.screen.offer.parts[self.number]

    @property
    def next_open_day(self) -> date | None:
        """The first day of a new order, if today is already closed."""
        calendar, at = self.screen.offer.facts.calendar, self.screen.at
        day = calendar.first_open_day(at)
        return day if day != calendar.today(at) else None

    @property
    def day_off(self) -> RuleBroken | None:
        """Why hours or days cannot begin on the typed day, if the location is closed."""
        day, calendar = self.form.cleaned_data.get("day"), self.screen.offer.facts.calendar
        if not self.can_repeat or not day or calendar.hours_on(day):
            return None
        return closed_on(day, calendar)

    @property
    def extras(self) -> list[tuple[Extra, int]]:
        """What is sold besides the place, with the chosen quantity."""
        service = self.form.chosen_service
        return [(extra, self.form.extras.get(extra.pk, 0)) for extra in service.extras_on_sale] if service else []

    @property
    def free_extras(self) -> list[tuple[Extra, int]]:
        """How many pieces of each extra with a stock are free at the typed time."""
        free = self.screen.offer.free_extras
        on_sale = [extra for extra, _quantity in self.extras]
        return [(extra, free[self.number, extra.pk]) for extra in on_sale if (self.number, extra.pk) in free]

    @property
    def can_repeat(self) -> bool:
        """Whether hours or days are sold: these can be repeated."""
        return self.tariff is not None and self.tariff.unit in (Unit.HOUR, Unit.DAY)

    @property
    def days(self) -> list[date]:
        """The days of the series, if it is one."""
        return [booking.period.days(self.screen.location.zone)[0] for booking in self.offer.bookings]

    @property
    def hard(self) -> list[RuleBroken]:
        """The broken rules that nobody may override; for a series they are shown together."""
        return self.offer.hard if len(self.offer.bookings) == 1 else []

    @property
    def series_refusal(self) -> str:
        """Why the series is refused as requested; empty if it is not."""
        refusal = next((one for one in self.offer.refusals if isinstance(one, RepeatRefused)), None)
        return refusal_text(refusal) if refusal else ""

    @property
    def tone(self) -> str:
        """How serious it is, in the terms of the design system."""
        offer = self.offer
        if offer.period is None:
            return "mute"
        if offer.taken or self.hard or self.series_refusal:
            return "bad"
        return "warn" if offer.soft else "ok"

    @property
    def kept_times(self) -> list[BoundField]:
        """Typed values for tariffs of another unit, kept in case somebody switches back."""
        return [self.form[name] for name in self.form.times_of_other_units if self.form.cleaned_data.get(name)]

    @property
    def kept_repeat(self) -> list[BoundField]:
        """Typed values of a repetition, kept while weeks or months are chosen."""
        return [self.form[name] for name in ("weekdays", "until", "only_free") if self.form[name].value()]

    @property
    def any_seat(self) -> bool:
        """Whether no seat of this service is chosen by number."""
        return not any(view.is_chosen for view in self.seats)

    @cached_property
    def floor(self) -> Floor | None:
        """The plan with the seats on it, if somebody has drawn one."""
        service = self.form.chosen_service
        standing = [view for view in self.seats if view.seat.x is not None]
        return Floor(standing, service.drawn_items) if service and standing else None

    @property
    def boxes_on_floor(self) -> SafeString:
        """The seats on the plan, as HTML."""
        spots = self.floor.seats if self.floor else []
        return SafeString("".join(self._box(view, at=at) for view, at in spots))

    @property
    def seat_tables(self) -> list[list[SafeString]]:
        """The seats that are not on a plan as HTML, table by table; a single seat is a room, with its note."""
        nowhere = [view for view in self.seats if view.seat.x is None]
        tables = [list(seated) for _table, seated in groupby(nowhere, key=lambda view: view.seat.table)]
        return [[self._box(view, with_note=len(table) == 1) for view in table] for table in tables]

    def _box(self, view: SeatView, *, at: str = "", with_note: bool = False) -> SafeString:
        return view.box(self.prefix, is_one=self.form.place_count == 1, at=at, with_note=with_note)

    @cached_property
    def seats(self) -> list[SeatView]:
        """All seats; for a series a seat is free if it is free on every day."""
        occupancy = self.offer.occupancy
        if occupancy is None:
            return []
        chosen = set(self.form.seat_ids)
        # Before there is a time, every seat can be wished for.
        free = {use.seat.pk for use in occupancy.seats if use.seat.is_active}
        to_be_had = set(free)
        for booking in self.offer.bookings:
            free &= {seat.pk for seat in occupancy.free_seats(booking.period)}
            to_be_had &= occupancy.seats_to_be_had(booking.period)
        over = (chosen & to_be_had) - free
        return [
            SeatView(use.seat, use.seat.pk in free, use.seat.pk in chosen, use.seat.pk in over)
            for use in occupancy.seats
        ]

    @property
    def seats_to_choose(self) -> int:
        """How many seats can be chosen by number, including those already chosen."""
        return sum(view.can_choose and not view.is_clash for view in self.seats)

    @property
    def fewer(self) -> int:
        """How many places are available at the same time instead; 0 if none, or if a rule forbids the time."""
        offer = self.offer
        return offer.free if offer.taken and not self.hard and offer.free < offer.places else 0

    @cached_property
    def alternatives(self) -> list[NearestView]:
        """The nearest free times, each with what its button sends."""
        offer, zone, before = self.offer, self.screen.location.zone, f"{self.number}|"
        return nearest_views(offer.alternatives, offer.occupancy, self.tariff, zone, before=before)
