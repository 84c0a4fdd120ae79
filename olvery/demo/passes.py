"""A pass of the open space that the customer of the demo has bought and begun to use."""

from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from random import Random
from uuid import UUID

from coworking.domain.rules import When
from coworking.models import PaymentMethod, Tariff, Unit
from olvery.demo.people import People
from olvery.demo.places import Site
from olvery.shared.periods import DAY
from orders.domain.booking.pass_selling import PassWish, sell_pass
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, BookingWish, Wish
from orders.domain.desk.cash import take_payment
from orders.models import Order

NAME, UNITS, DAYS, PRICE = "20 часов", 20, 30, Decimal(4000)
# Days ahead, and the hours that are booked of each: a short day has them too.
USES = ((2, time(10), time(13)), (5, time(13), time(15)))


class Passes:
    """Sells it, and books from it."""

    def __init__(self, *, site: Site, people: People, at: datetime, rng: Random) -> None:
        self.site = site
        self.at = at
        self.rng = rng
        self.booker = Booker.manager(people.accounts.manager, site.location)
        self.customer = people.accounts.customer

    def sell_and_use(self) -> list[Order]:
        """Return the orders of the sale, which is paid on site, and of what is booked. Raises Refused."""
        sale = self._sell()
        today = self.site.calendar.today(self.at)
        times = [When(day=self.site.open_day(today + ahead * DAY), start=start, end=end) for ahead, start, end in USES]
        return [sale, *(self._use(sale, when) for when in times)]

    def _sell(self) -> Order:
        method, by, at = PaymentMethod.ON_SITE, self.booker.user, self.at
        wish = PassWish(
            token=self._token(),
            customer_id=self.customer.pk,
            phone=str(self.customer.phone),
            email=self.customer.email or "",
            tariff_id=self._tariff().pk,
            payment_method=method,
        )
        sale = sell_pass(wish, booker=self.booker, at=at)
        token = self._token()
        take_payment(sale.pk, sale.total, method=method, moved_at=at, document="", token=token, by=by, at=at)
        return sale

    def _tariff(self) -> Tariff:
        offer = self.site.open_space
        return Tariff.objects.create(
            service=offer.service,
            name=NAME,
            unit=Unit.HOUR,
            price=PRICE,
            pass_units=UNITS,
            pass_days=DAYS,
            also_services=[self.site.rooms.service.pk],
            position=len(offer.tariffs) + 1,
        )

    def _use(self, sale: Order, when: When) -> Order:
        hours = self.site.open_space.tariffs[Unit.HOUR]
        booking = BookingWish(tariff_id=hours.pk, when=when, visitor_ids=(self.customer.pk,))
        wish = Wish.with_own_contacts(self.customer, booking, payment_method="", token=self._token())
        return place_order(replace(wish, pass_id=sale.pk), booker=self.booker, at=self.at)

    def _token(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)
