"""What the order form shows. Each part is computed when a template asks for it, so a fragment costs only its part."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property

from accounts.models import User
from coworking.domain.opening import Calendar
from coworking.models import Location, PaymentMethod
from olvery.shared.refusals import Refusal
from orders.domain.booking.booking_offer import ForeignSeat
from orders.domain.booking.extra_stock import ExtraTaken
from orders.domain.booking.facts import Facts, facts_for
from orders.domain.booking.offer import ForeignExtra, Offer, offer_of
from orders.domain.booking.payment_terms import MethodOffer, method_shown, methods_of
from orders.domain.booking.pricing import DiscountRefused, ExtraRefused, Price
from orders.domain.booking.wish import Booker
from orders.domain.money.credit import Credit, CreditExceeded
from orders.domain.money.pass_books import PassRefused
from orders.domain.money.promo_uses import PromoRefused
from orders.domain.queries.cards import Booked
from orders.domain.queries.companies import LastBooking, Named, with_companies
from orders.domain.queries.price_rows import PriceRow, price_rows
from orders.forms import MOST_PARTS, OrderForm
from orders.models import Pass
from orders.views.form import todo
from orders.views.form.booking_screen import BookingScreen
from orders.views.form.todo import Todo
from orders.wording_passes import units_text

# The message to the customer does not depend on these: contacts, and what the page showed before its current values.
NOT_IN_MESSAGE = ("customer", "phone", "email", "shown_total", "shown_left_out")


class OrderScreen:
    """The order form with everything that is shown about it."""

    def __init__(
        self,
        form: OrderForm,
        *,
        booker: Booker,
        at: datetime,
        facts: Facts | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        self.form = form
        self.booker = booker
        self.at = at
        self.facts = facts  # if they were just read
        self.calendar = calendar  # if it was just read
        self.parts = [BookingScreen(part, screen=self) for part in form.parts]

    @property
    def location(self) -> Location:
        """The location."""
        return self.booker.location

    @property
    def today(self) -> date:
        """The day at the location."""
        return self.location.day_at(self.at)

    @property
    def zone(self) -> object:
        """The time zone of everything on the page."""
        return self.location.zone

    @cached_property
    def offer(self) -> Offer:
        """The offer that saving would accept. Two queries unless the facts are known, and one for each service."""
        wish, tariffs = self.form.to_wish(), {tariff.pk: tariff for tariff in self.form.tariffs}
        facts = self.facts or facts_for(wish, self.booker, tariffs=tariffs, calendar=self.calendar)
        return offer_of(facts, wish, self.booker, self.at, alternatives=True)

    @property
    def customer(self) -> User | None:
        """The chosen customer. One query unless the facts are known."""
        return self.offer.customer if self.facts else self._chosen[0]

    @property
    def companies(self) -> Sequence[Named]:
        """The companies that the customer may order for; read with the customer."""
        return self._chosen[1]

    @cached_property
    def _chosen(self) -> tuple[User | None, Sequence[Named]]:
        chosen = self.form.cleaned_data.get("customer")
        if not chosen:
            return None, ()
        with_last = not self.form.chosen_services
        return with_companies(chosen, at=self.at, location_id=self.location.pk, with_last=with_last)

    @property
    def has_card(self) -> bool:
        """Whether the customer already has anything here; read with the customer."""
        return getattr(self._chosen[0], "has_card", False)

    @property
    def last_booking(self) -> LastBooking | None:
        """What the customer had last time, as long as nothing is chosen; each of several bookings has a day."""
        last = getattr(self._chosen[0], "last_booked", None)
        return LastBooking(**last) if last and last["booking_count"] == 1 else None

    @property
    def last_day(self) -> date | None:
        """The day on which it began."""
        last = self.last_booking
        return self.location.day_at(datetime.fromisoformat(last.start)) if last else None

    @cached_property
    def passes(self) -> list[Pass]:
        """The customer's passes that are valid here. One query, unless there are none."""
        person = self._chosen[0] if self.customer else None
        if person is None or not getattr(person, "has_passes", True):
            return []
        own = Pass.objects.of_owner(person).at_locations([self.location.pk])
        return list(own.with_services().usable(self.at))

    @property
    def pass_needed(self) -> str:
        """The units of its pass that the order would use, in words."""
        used = self.offer.used_pass
        return units_text(sum(self.offer.units_by_place), used.unit) if used else ""

    @property
    def price(self) -> Price | None:
        """The price, as soon as there is a period."""
        return self.offer.price

    @property
    def price_refusal(self) -> Refusal | None:
        """Why there is no price, no discount, or no payment on account."""
        refused = (DiscountRefused, ExtraRefused, ExtraTaken, PromoRefused, PassRefused, CreditExceeded)
        return next((refusal for refusal in self.offer.refusals if isinstance(refusal, refused)), None)

    @property
    def lines(self) -> list[PriceRow]:
        """The price lines, equal ones together."""
        return price_rows(self.price.lines if self.price else ())

    @property
    def is_free_of_charge(self) -> bool:
        """Whether nothing is to be paid, so that no method is asked for."""
        return self.price is not None and not self.price.total

    @cached_property
    def offers(self) -> list[MethodOffer]:
        """The payment methods of the chosen services."""
        return methods_of(self.form.chosen_services)

    @cached_property
    def method(self) -> str:
        """The chosen payment method; by default the first available one."""
        chosen = self.form.data.get("payment_method")
        return str(chosen) if any(offer.method == chosen for offer in self.offers) else method_shown("", self.offers)

    @property
    def method_label(self) -> str:
        """The chosen payment method in words."""
        return str(PaymentMethod(self.method).label) if self.method else ""

    @property
    def credit(self) -> Credit | None:
        """The company's credit, if the order is on account."""
        return self.offer.facts.credit if self.method == PaymentMethod.INVOICE else None

    @property
    def email_required(self) -> bool:
        """Whether the e-mail is marked as required: not if a pass or a promo code pays for everything."""
        return self.method == PaymentMethod.ONLINE and self.offer.method != PaymentMethod.FREE

    @property
    def can_add_part(self) -> bool:
        return len(self.parts) < MOST_PARTS

    @property
    def clock_times(self) -> list[str]:
        """The half hours from the first opening to the last closing of a week."""
        week = [hours for hours in self.offer.facts.calendar.weekly.values() if hours]
        first = min((opens.hour for opens, _closes in week), default=8)
        last = max((closes.hour or 24 for _opens, closes in week), default=20)
        return [*(f"{hour:02}:{minute:02}" for hour in range(first, last) for minute in (0, 30)), f"{last:02}:00"]

    @cached_property
    def refusals(self) -> Sequence[Refusal]:
        """The refusals of the offer, without leftovers of another service, which this page does not send."""
        carried = (ForeignSeat, ForeignExtra)
        return [refusal for refusal in self.offer.refusals if not isinstance(refusal, carried)]

    @property
    def is_ready(self) -> bool:
        """Whether saving would accept what the page shows."""
        return not self.missing and not self.obstacles

    @property
    def missing(self) -> list[Todo]:
        """What is still missing."""
        return todo.missing(self.form, self.refusals)

    @property
    def obstacles(self) -> list[Todo]:
        """What is wrong."""
        return todo.obstacles(self.form, self.refusals)

    @property
    def booked(self) -> list[Booked]:
        """What the message to the customer lists."""
        return [
            Booked(
                service_name=booking.tariff.service.name,
                tariff_name=booking.tariff.name,
                period=booking.period,
                places=part.places,
                seats="",
            )
            for part in self.offer.parts
            for booking in part.bookings
        ]

    @property
    def can_preview(self) -> bool:
        """Whether the message to the customer can be shown: everything it is worded from is there."""
        wrong = [name for name, _error in self.form.unshown_errors if name not in NOT_IN_MESSAGE]
        return self.price is not None and not wrong and all(one.field in NOT_IN_MESSAGE for one in self.refusals)
