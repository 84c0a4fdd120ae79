"""The company of the demo's customer, who is its administrator: it orders on account, and has the bill of a month."""

from datetime import date, datetime, time
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from accounts.models import Company, User
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import When
from coworking.models import PaymentMethod, Unit
from olvery.demo.buyers import Buyers
from olvery.demo.people import CUSTOMER_COMPANY, People
from olvery.demo.places import Site
from olvery.shared.periods import DAY, at_local, month_of
from orders.documents.month_bill import bill_contents
from orders.domain.booking.offer import offer_for
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, BookingWish, Wish
from orders.domain.desk.companies import add_company, add_member, change_company, last_change_of, set_administrator
from orders.domain.desk.month_bills import issue_bill
from orders.domain.online.completion import complete_finished
from orders.models import Order

LIMIT, EMAIL = Decimal(60_000), "buh@severveter.example"
DAYS_TRIED = 20
# Days of the last month and of this one, from which on there are places.
LAST_MONTH, THIS_MONTH = (3, 11, 19), (2,)
BOOKED_AT, BILLED_AT = time(12), time(9, 10)


class OnAccount:
    """Places the orders as the manager would have, each on the day before."""

    def __init__(self, *, site: Site, people: People, at: datetime) -> None:
        self.site = site
        self.at = at
        self.manager = people.accounts.manager
        self.people = people.colleagues[CUSTOMER_COMPANY]
        self.customer = people.accounts.customer
        self.booker = Booker.manager(self.manager, site.location)

    def order_and_bill(self, buyers: Buyers) -> list[Order]:
        """Return the orders; those of the last month are on a bill, which nobody has paid yet."""
        company = self._company(buyers)
        this, _last = month_of(self.site.calendar.today(self.at))
        last, _end = month_of(this - DAY)
        days = [last + day * DAY for day in LAST_MONTH] + [this + day * DAY for day in THIS_MONTH]
        orders = [self._order(company, person, day) for person, day in zip(self._in_turn(), days, strict=False)]
        at = min(self.at, at_local(this, BILLED_AT, self.site.calendar.zone))
        complete_finished(None, at)
        issue_bill(company.pk, self.site.location, last, write=bill_contents, by=None, at=at)
        complete_finished(None, self.at)
        return orders

    def _company(self, buyers: Buyers) -> Company:
        buyer, at = buyers.buyer_of(self.customer), self.at
        company = Company.objects.filter(inn=buyer.inn).first()
        if company is None:
            values = {"name": buyer.name, "inn": buyer.inn, "kpp": buyer.kpp, "address": buyer.address}
            company = add_company(values=values, by=self.manager, at=at)
        for person in self.people:
            if not company.members.filter(person=person).exists():
                add_member(company, person.pk, by=self.manager, at=at)
        set_administrator(company.members.get(person=self.customer), True, by=self.manager, at=at)
        last = last_change_of(company)
        terms = {"credit_limit": LIMIT, "email": EMAIL, "agreement": f"{at.year}/17"}
        zone = self.site.calendar.zone
        change_company(company.pk, values=terms, seen=last.pk if last else 0, zone=zone, by=self.manager, at=at)
        return company

    def _in_turn(self) -> list[User]:
        """Return who orders: colleagues without an e-mail, so that nobody is written to."""
        return [person for person in self.people if not person.email] * 4 or [self.customer] * 4

    def _order(self, company: Company, customer: User, day: date) -> Order:
        offer = self.site.open_space
        for _attempt in range(DAYS_TRIED):
            day = self.site.open_day(day)
            at = min(self.at, at_local(day - DAY, BOOKED_AT, self.site.calendar.zone))
            booking = BookingWish(
                tariff_id=offer.tariffs[Unit.DAY].pk, when=When(day=day), visitor_ids=(None,) * 2, seat_ids=()
            )
            wish = Wish(
                token=uuid5(NAMESPACE_URL, f"{company.inn}/{day}"),
                customer_id=customer.pk,
                company_id=company.pk,
                phone=str(customer.phone),
                email="",
                bookings=(booking,),
                payment_method=PaymentMethod.INVOICE,
            )
            tariffs = {tariff.pk: tariff for tariff in tariffs_on_sale(self.site.location, at=at)}
            if offer_for(wish, self.booker, at, tariffs=tariffs).is_ready:
                break
            day += DAY
        return place_order(wish, booker=self.booker, at=at)
