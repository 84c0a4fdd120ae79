"""Special orders: of several services, of many days, by a pass, on account; and wishes on the waiting list.

Everything is placed as a manager or the customer would. Raises Refused if a month is full.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from random import Random
from uuid import NAMESPACE_URL, UUID, uuid5

from accounts.models import Company, User
from coworking.domain.capacity import occupancy_of
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import When, period_of
from coworking.models import PaymentMethod, Tariff, Unit, WaitingWish
from olvery.demo.people import CUSTOMER_COMPANY, People
from olvery.demo.places import Offer, Site
from olvery.demo.promo import FOR_NEWCOMERS
from olvery.shared.periods import DAY, at_local, month_of
from orders.documents.month_bill import bill_contents
from orders.domain.booking.offer import offer_for
from orders.domain.booking.pass_selling import PassWish, sell_pass
from orders.domain.booking.placing import place_order
from orders.domain.booking.waiting import join
from orders.domain.booking.wish import Booker, BookingWish, Repeat, Wish
from orders.domain.desk.cash import take_payment
from orders.domain.desk.companies import change_company, last_change_of, set_administrator
from orders.domain.desk.month_bills import issue_bill
from orders.domain.online.completion import complete_finished
from orders.models import Order

WEEK = 7 * DAY
TUESDAY, THURSDAY = 1, 3
DAYS_TRIED = 30
MORNING, NOON, AFTERNOON, EVENING = time(10), time(12), time(14), time(18)
# A pass that the customer of the demo has bought and begun to use.
PASS, UNITS, DAYS, PRICE = "20 часов", 20, 30, Decimal(4000)
# Days ahead, and the hours booked on each: even a short day has them.
USES = ((2, time(10), time(13)), (5, time(13), time(15)))
# What the customer's company orders on account: first days to try in the last month and in this one, each ordered
# on the day before.
LIMIT, EMAIL = Decimal(60_000), "buh@severveter.example"
LAST_MONTH, THIS_MONTH = (3, 11, 19), (2,)
BOOKED_AT, BILLED_AT = time(12), time(9, 10)

BookingsOn = Callable[[When], tuple[BookingWish, ...]]


class Special:
    """Places one order of each kind, on the first available day."""

    def __init__(self, *, site: Site, people: People, at: datetime, rng: Random) -> None:
        self.site = site
        self.people = people
        self.at = at
        self.rng = rng
        self.manager = people.accounts.manager
        self.customer = people.accounts.customer
        self.booker = Booker.manager(self.manager, site.location)
        # Nobody is written to: they have no e-mail.
        self.customers = iter([person for person in people.customers if not person.email])

    def place_several(self) -> list[Order]:
        """Return orders of several services, and of one service on many days."""
        return [
            self._of_several(1, self._desk_and_room),
            self._of_several(2, self._every_tuesday),
            self._of_several(3, self._team_day, promo_code=FOR_NEWCOMERS),
            self._of_several(5, self._twice_a_week),
        ]

    def _of_several(self, days_ahead: int, bookings_on: BookingsOn, *, promo_code: str = "") -> Order:
        customer = next(self.customers)

        def wish_on(day: date) -> Wish:
            bookings = bookings_on(When(day=day))
            wish = Wish.with_own_contacts(
                customer, *bookings, payment_method=PaymentMethod.INVOICE, token=self._token()
            )
            return replace(wish, promo_code=promo_code)

        return self._place(self.site.calendar.today(self.at) + days_ahead * DAY, wish_on, at_of=lambda _day: self.at)

    def _place(self, day: date, wish_on: Callable[[date], Wish], *, at_of: Callable[[date], datetime]) -> Order:
        """Place a wish on the first available day from this one on, at that day's moment."""
        for _attempt in range(DAYS_TRIED):
            day = self.site.open_day(day)
            wish, at = wish_on(day), at_of(day)
            tariffs = {tariff.pk: tariff for tariff in tariffs_on_sale(self.site.location, at=at)}
            if offer_for(wish, self.booker, at, tariffs=tariffs).is_ready:
                break
            day += DAY
        return place_order(wish, booker=self.booker, at=at)

    def _token(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)

    def _desk_and_room(self, on: When) -> tuple[BookingWish, ...]:
        room = replace(on, start=MORNING, end=NOON)
        return _booking(self.site.open_space, Unit.DAY, on), _booking(self.site.rooms, Unit.HOUR, room)

    def _team_day(self, on: When) -> tuple[BookingWish, ...]:
        room = replace(on, start=NOON, end=EVENING)
        return _booking(self.site.open_space, Unit.DAY, on, places=4), _booking(self.site.rooms, Unit.HOUR, room)

    def _every_tuesday(self, on: When) -> tuple[BookingWish, ...]:
        first, repeat = _weeks(on.day, 12, {TUESDAY})
        return (_booking(self.site.open_space, Unit.DAY, When(day=first), repeat=repeat),)

    def _twice_a_week(self, on: When) -> tuple[BookingWish, ...]:
        first, repeat = _weeks(on.day, 4, {TUESDAY, THURSDAY})
        hours = When(day=first, start=MORNING, end=NOON)
        return (_booking(self.site.rooms, Unit.HOUR, hours, repeat=repeat),)

    def sell_and_use_pass(self) -> list[Order]:
        """Return the orders of the sale of a pass, paid on site, and of the bookings paid from it."""
        sale = self._sell_pass()
        today = self.site.calendar.today(self.at)
        times = [When(day=self.site.open_day(today + ahead * DAY), start=start, end=end) for ahead, start, end in USES]
        return [sale, *(self._use_pass(sale, when) for when in times)]

    def _sell_pass(self) -> Order:
        open_space, method, by, at = self.site.open_space, PaymentMethod.ON_SITE, self.manager, self.at
        tariff = Tariff.objects.create(
            service=open_space.service,
            name=PASS,
            unit=Unit.HOUR,
            price=PRICE,
            pass_units=UNITS,
            pass_days=DAYS,
            also_services=[self.site.rooms.service.pk],
            position=len(open_space.tariffs) + 1,
        )
        wish = PassWish(
            token=self._token(),
            customer_id=self.customer.pk,
            phone=str(self.customer.phone),
            email=self.customer.email or "",
            tariff_id=tariff.pk,
            payment_method=method,
        )
        sale = sell_pass(wish, booker=self.booker, at=at)
        token = self._token()
        take_payment(sale.pk, sale.total, method=method, moved_at=at, document="", token=token, by=by, at=at)
        return sale

    def _use_pass(self, sale: Order, when: When) -> Order:
        booking = BookingWish(
            tariff_id=self.site.open_space.tariffs[Unit.HOUR].pk, when=when, visitor_ids=(self.customer.pk,)
        )
        wish = Wish.with_own_contacts(self.customer, booking, payment_method="", token=self._token())
        return place_order(replace(wish, pass_id=sale.pk), booker=self.booker, at=self.at)

    def stand_in_line(self) -> list[WaitingWish]:
        """Put three people on the waiting list for one more room than is free; the demo's customer is the second."""
        when, places = self._crowded()
        first, third = [person for person in self.people.customers if person.email][:2]
        asked = [(first, self.manager), (self.customer, self.customer), (third, third)]
        return [self._join(person, by, when, places) for person, by in asked]

    def _crowded(self) -> tuple[When, int]:
        """Return the first noon at which a room is taken, and one more room than is left."""
        tariff, day = self.site.rooms.tariffs[Unit.HOUR], self.site.calendar.today(self.at)
        for _attempt in range(DAYS_TRIED):
            day = self.site.open_day(day + DAY)
            when = When(day=day, start=NOON, end=AFTERNOON)
            occupancy = occupancy_of(tariff.service, period := period_of(tariff, when, self.site.calendar.zone))
            free = occupancy.free_places(period)
            if free < occupancy.capacity:
                break
        return when, free + 1

    def _join(self, customer: User, by: User, when: When, places: int) -> WaitingWish:
        booking = _booking(self.site.rooms, Unit.HOUR, when, places=places)
        wish = Wish.with_own_contacts(customer, booking, payment_method=PaymentMethod.ON_SITE, token=self._token())
        tariffs = tariffs_on_sale(self.site.location, at=self.at)
        return join(wish, booker=Booker.customer(by, self.site.location), at=self.at, tariffs=tariffs)

    def order_and_bill(self) -> list[Order]:
        """Return orders on account; those of the last month are on a bill, which nobody has paid yet."""
        company = self._company()
        this, _last = month_of(self.site.calendar.today(self.at))
        last, _end = month_of(this - DAY)
        days = [last + day * DAY for day in LAST_MONTH] + [this + day * DAY for day in THIS_MONTH]
        # Colleagues without an e-mail, so that nobody is written to.
        unwritten = [person for person in self.people.of_company(CUSTOMER_COMPANY) if not person.email]
        in_turn = unwritten * len(days) or [self.customer] * len(days)
        orders = [self._on_account(company, person, day) for person, day in zip(in_turn, days, strict=False)]
        at = min(self.at, at_local(this, BILLED_AT, self.site.calendar.zone))
        complete_finished(None, at)
        issue_bill(company.pk, self.site.location, last, write=bill_contents, by=None, at=at)
        complete_finished(None, self.at)
        return orders

    def _company(self) -> Company:
        company, at = Company.objects.get(members__person=self.customer), self.at
        set_administrator(company.members.get(person=self.customer), is_administrator=True, by=self.manager, at=at)
        last = last_change_of(company)
        terms = {"credit_limit": LIMIT, "email": EMAIL, "agreement": f"{at.year}/17"}
        zone = self.site.calendar.zone
        change_company(company.pk, values=terms, seen=last.pk if last else 0, zone=zone, by=self.manager, at=at)
        return company

    def _on_account(self, company: Company, customer: User, day: date) -> Order:
        def wish_on(day: date) -> Wish:
            return Wish(
                token=uuid5(NAMESPACE_URL, f"{company.inn}/{day}"),
                customer_id=customer.pk,
                company_id=company.pk,
                phone=str(customer.phone),
                email="",
                bookings=(_booking(self.site.open_space, Unit.DAY, When(day=day), places=2),),
                payment_method=PaymentMethod.INVOICE,
            )

        zone = self.site.calendar.zone
        return self._place(day, wish_on, at_of=lambda day: min(self.at, at_local(day - DAY, BOOKED_AT, zone)))


def _weeks(day: date, weeks: int, weekdays: set[int]) -> tuple[date, Repeat]:
    """Return the first Tuesday and the same day of the next weeks, as far as they are free."""
    first = day + (TUESDAY - day.weekday()) % 7 * DAY
    until = first + weeks * WEEK - DAY
    return first, Repeat(weekdays=frozenset(weekdays), until=until, only_free=True)


def _booking(offer: Offer, unit: Unit, when: When, *, places: int = 1, repeat: Repeat | None = None) -> BookingWish:
    return BookingWish(tariff_id=offer.tariffs[unit].pk, when=when, visitor_ids=(None,) * places, repeat=repeat)
