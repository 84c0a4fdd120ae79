"""What the page of a service shows."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from coworking.domain.capacity import Occupancy
from coworking.domain.opening import Calendar
from coworking.domain.showcase import FreeHour, hours_of, occupancies_of
from coworking.domain.waiting import ahead, own_wish
from coworking.models import PaymentMethod, Photo, Service, Tariff, WaitingWish
from olvery.shared.forms import as_id
from olvery.shared.periods import DAY, Period, local_days
from olvery.shared.refusals import Refusal
from orders.domain.booking.booking_offer import ForeignSeat
from orders.domain.booking.offer import MethodRefused, UnknownChoice
from orders.domain.booking.payment_terms import MethodOffer, method_shown
from orders.domain.booking.self_service import METHODS
from orders.domain.booking.waiting import can_wait, kept_for
from orders.domain.booking.wish import Booker
from orders.domain.money.pass_books import PassRefused
from orders.domain.money.promo_uses import PromoRefused
from orders.domain.queries.companies import Named, with_companies
from orders.forms import OrderForm
from orders.models import Pass
from orders.views.form import typed
from orders.views.form.booking_screen import BookingScreen
from orders.views.form.order_screen import OrderScreen
from orders.views.services.chosen import SHOWN, as_address
from orders.wording_passes import units_text
from orders.wording_refusals import refusal_text

DAYS_SHOWN = 6
# The hours of the clock with which morning, day and evening begin.
PARTS = (6, 13, 18)
FEW = 0.25  # of the places
ABOUT_THE_PERSON = ("customer", "phone", "email")
# Errors of these, as of the booking, are shown at their fields.
WITH_OWN_ERRORS = ("promo_code", "pass_id", *ABOUT_THE_PERSON)
# What a waiting wish may not have, and how it is refused: see orders/domain/booking/waiting.py.
NOT_WAITED_WITH = {
    "promo_code": "waiting_is_for_one_period",
    "company": "waiting_for_a_person",
    "pass_id": "waiting_without_pass",
}


@dataclass(frozen=True, slots=True)
class DayChoice:
    """A day to choose, with a word about its availability."""

    day: date
    word: str
    is_chosen: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class HourChoice:
    """An hour to press. `part` is its position within the chosen time: start, mid, end, only, or empty."""

    hour: FreeHour
    clock: str
    words: str
    share: int  # the share of free places, per cent
    part: str

    @property
    def top(self) -> int:
        """The top of the fill of its picture, per cent."""
        return 100 - self.share

    @property
    def is_off(self) -> bool:
        """Whether it cannot be pressed. A taken hour can be: somebody may wait for it."""
        return self.hour.is_over and not self.part


class ServiceScreen(OrderScreen):
    """The page of a service, for a customer who books online."""

    calendar: Calendar

    def __init__(
        self,
        form: OrderForm,
        *,
        booker: Booker,
        calendar: Calendar,
        photos: Sequence[Photo],
        passes_on_sale: list[Tariff],
        at: datetime,
    ) -> None:
        super().__init__(form, booker=booker, at=at, calendar=calendar)
        self.photos, self.passes_on_sale = photos, passes_on_sale

    @property
    def part(self) -> BookingScreen:
        return self.parts[0]

    @property
    def service(self) -> Service:
        service = self.part.form.chosen_service
        assert service  # noqa: S101 - the view has put it there
        return service

    @property
    def tariff(self) -> Tariff:
        tariff = self.part.tariff
        assert tariff  # noqa: S101 - as above
        return tariff

    @property
    def offers(self) -> list[MethodOffer]:
        """The payment methods that customers can choose."""
        methods = (*METHODS, PaymentMethod.INVOICE) if self.is_on_account else METHODS
        return [offer for offer in super().offers if offer.method in methods]

    @cached_property
    def _chosen(self) -> tuple[User | None, Sequence[Named]]:
        """The person who books, with their companies; one query, needed before the form."""
        person = self.booker.user.pk
        return with_companies(person, at=self.at) if person else (None, ())

    @property
    def is_on_account(self) -> bool:
        """Whether the chosen company orders on account."""
        chosen = self.form.data.get("company")
        return any(company.on_account and str(company.pk) == chosen for company in self.companies)

    @property
    def method(self) -> str:
        """The payment method that is chosen; the first that can be until another is."""
        return method_shown(self.form.data.get("payment_method"), self.offers)

    def not_as_sent(self, sent: QueryDict) -> list[Refusal]:
        """Return why the submitted tariff, payment method or seats are not available, if the page shows others."""
        refusals: list[Refusal] = []
        if as_id(sent.get("tariff")) not in (None, self.tariff.pk):
            refusals.append(UnknownChoice("tariff_not_on_sale", field="tariff"))
        if sent.get("payment_method", "") not in ("", self.method):
            refusals.append(MethodRefused("method_not_offered"))
        if {seat for seat in sent.getlist("seats") if seat} - {str(pk) for pk in self.part.form.seat_ids}:
            refusals.append(ForeignSeat())
        return refusals

    @property
    def day(self) -> date:
        day = self.part.form.cleaned_data.get("day")
        return day if isinstance(day, date) else self.calendar.today(self.at)

    @cached_property
    def occupancy(self) -> Occupancy:
        """The occupancy on the days shown. Three queries."""
        window = local_days(self._first_day, self._first_day + DAY * (DAYS_SHOWN - 1), self.calendar.zone)
        return occupancies_of([self.service], window)[self.service.pk]

    @property
    def _first_day(self) -> date:
        today = self.calendar.today(self.at)
        near = today <= self.day < today + DAY * DAYS_SHOWN
        return today if near else self.day

    @property
    def days(self) -> Iterator[DayChoice]:
        """The days to choose from: the nearest ones, or those from the chosen day on."""
        for number in range(DAYS_SHOWN):
            day = self._first_day + DAY * number
            hours = hours_of(self.occupancy, day, self.calendar, self.at)
            yield DayChoice(day, self._word(hours), day == self.day, is_open=bool(hours))

    def _word(self, hours: list[FreeHour]) -> str:
        if not hours:
            return _("closed")
        most = max(hour.free for hour in hours)
        if not most:
            return _("none")
        return _("few") if most <= self.occupancy.capacity * FEW else _("many")

    @property
    def hours(self) -> list[tuple[str, list[HourChoice]]]:
        """The hours of the chosen day, by parts of the day."""
        names = (_("Night"), _("Morning"), _("Day"), _("Evening"))
        parts: dict[str, list[HourChoice]] = {name: [] for name in names}
        for hour in hours_of(self.occupancy, self.day, self.calendar, self.at):
            start = hour.period.start.astimezone(self.calendar.zone)
            parts[names[bisect(PARTS, start.hour)]].append(self._choice(hour, f"{start:%H:%M}"))
        return [(name, hours) for name, hours in parts.items() if hours]

    def _choice(self, hour: FreeHour, clock: str) -> HourChoice:
        free = ngettext("%(count)s place", "%(count)s places", hour.free) % {"count": hour.free}
        capacity = self.occupancy.capacity
        return HourChoice(
            hour=hour,
            clock=clock,
            words=free if hour.free else _("none"),
            share=100 * min(hour.free, capacity) // capacity if capacity else 0,
            part=self._part_of(hour.period),
        )

    def _part_of(self, hour: Period) -> str:
        chosen = self.part.offer.period
        if chosen is None or not self.tariff.is_hourly or not chosen.overlaps(hour):
            return ""
        first, last = chosen.start >= hour.start, chosen.end <= hour.end
        return "only" if first and last else "start" if first else "end" if last else "mid"

    @property
    def promo_problem(self) -> str:
        """The refusal of the promo code, in words, for its own field."""
        return self._problem_of("promo_code", PromoRefused)

    @property
    def pass_problem(self) -> str:
        """The refusal of the chosen pass, in words, for its own field."""
        return self._problem_of("pass_id", PassRefused)

    def _problem_of(self, field: str, refusal: type[Refusal]) -> str:
        wrong = [error.messages[0] for name, error in self.form.unshown_errors if name == field]
        refused = [refusal_text(one) for one in self.refusals if isinstance(one, refusal)]
        return next(iter([*wrong, *refused]), "")

    @cached_property
    def passes(self) -> list[Pass]:
        """The customer's passes for this service. One query, none for a customer without passes."""
        person, _companies = self._chosen
        if not getattr(person, "has_passes", False):
            return []
        return list(Pass.objects.of_owner(self.booker.user).paying_for(self.service).with_services().usable(self.at))

    @property
    def left_of_pass(self) -> int:
        used = self.offer.used_pass
        assert used  # noqa: S101 - asked for where there is one
        return used.left - sum(self.offer.units_by_place)

    @property
    def left_words(self) -> str:
        """What would be left of the pass, in words."""
        used = self.offer.used_pass
        return units_text(self.left_of_pass, used.unit) if used else ""

    @property
    def is_guess(self) -> bool:
        """Whether the typed promo code does not exist."""
        return any(one.reason == "promo_unknown" for one in self.refusals)

    @property
    def problems(self) -> list[str]:
        """Why the choices cannot be booked, in words; missing choices are not included."""
        shown = (*WITH_OWN_ERRORS, *self.part.form.fields)
        others = [error for name, error in self.form.unshown_errors if name not in shown]
        wrong = [error.messages[0] for error in others if error.code != "required"]
        about = [one for one in self.refusals if one.field not in WITH_OWN_ERRORS]
        not_chosen = ("start_missing", "end_missing", "method_missing", "method_not_offered", "shop_not_connected")
        refused = [refusal_text(one) for one in about if one.reason not in not_chosen]
        return list(dict.fromkeys([*wrong, *refused]))

    @property
    def can_book(self) -> bool:
        """Whether everything is chosen except who books; the page shows the present state of what was shown before."""
        return self._is_chosen and all(one.field in (*ABOUT_THE_PERSON, *SHOWN) for one in self.refusals)

    @property
    def _is_chosen(self) -> bool:
        return all(name in ABOUT_THE_PERSON for name, _error in self.form.unshown_errors)

    @property
    def can_wait(self) -> bool:
        """Whether everything is taken, and nothing else prevents joining the waiting list."""
        return self.could_wait and not self.no_line

    @property
    def can_wait_for_seats(self) -> bool:
        """Whether the chosen seats are taken, whatever else is free, and nothing else prevents waiting for them."""
        return self._is_chosen and self.part.can_wait_for_seats and not self.no_line

    @property
    def could_wait(self) -> bool:
        """Whether one can join the waiting list, apart from the choices in `no_line`."""
        return self._is_chosen and can_wait(self.offer)

    @property
    def no_line(self) -> str:
        """The choice that rules out the waiting list: the key of its refusal, or empty."""
        chosen = self.form.cleaned_data
        return next((reason for name, reason in NOT_WAITED_WITH.items() if chosen.get(name)), "")

    @property
    def own_wish(self) -> WaitingWish | None:
        """The viewer's wish in this line. One query, none if not signed in."""
        person = self.booker.user
        return own_wish(person, self.service.pk, self._period) if person.pk else None

    @property
    def turn(self) -> int:
        """The position in line of somebody who joins now. One query."""
        seats = () if self.can_wait else self.part.form.seat_ids
        return ahead(self.service.pk, self._period, seats).count() + 1

    @property
    def _period(self) -> Period:
        period = self.part.offer.period
        assert period  # noqa: S101 - of what can wait
        return period

    @property
    def kept_for(self) -> timedelta:
        """How long a place that becomes free is kept for somebody in line."""
        return kept_for(self.service)

    @property
    def alternatives(self) -> Iterator[tuple[str, Period, int]]:
        """The nearest free times: the URL of each, its period, and the number of free places."""
        for other in self.part.alternatives:
            values = typed.pick_alternative(self._values, other.value)
            yield self._address(values), other.period, other.free

    @property
    def carried(self) -> Iterator[tuple[str, list[str]]]:
        """The choices, for the booking form."""
        kept = QueryDict(as_address(self._values))
        return ((name, kept.getlist(name)) for name in kept)

    @property
    def seat_labels(self) -> str:
        """The seats that are chosen; of any free one it is not said which: it may be taken before it is booked."""
        first, chosen = self.part.offer.first, self.part.form.seat_ids
        return ", ".join(seat.label for seat in first.seats if seat and seat.pk in chosen) if first else ""

    @property
    def address(self) -> str:
        """The URL that leads back to these choices."""
        return self._address(self._values)

    @property
    def _values(self) -> QueryDict:
        data = self.form.data
        assert isinstance(data, QueryDict)  # noqa: S101 - the view has made it one
        return data

    def _address(self, values: QueryDict) -> str:
        return f"{reverse('orders:service', args=[self.service.pk])}?{as_address(values)}"
