"""The statement of a month: at random moments around the ends of months, it equals a plain sum over the rows."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

import pytest

from accounts.models import Company
from coworking.models import Location, Tariff
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import DAY, Period, at_local, month_of
from orders.domain.queries.statements import Statement, statement_of
from orders.models import EntryKind, LedgerEntry, Order, OrderStatus
from tests.depth import rounds
from tests.factories import make_company, make_location, make_order, make_pool, make_tariff, make_user

pytestmark = pytest.mark.django_db

ZONES = ("Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka")
MONTHS = [date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]
HOUR = timedelta(hours=1)


@dataclass
class Books:
    """A company with orders at a location in each zone."""

    company: Company
    locations: list[Location]
    orders: list[Order]

    def of(self, location: Location | None) -> list[Order]:
        return [order for order in self.orders if location in (None, order.location)]


def near(random: Random, location: Location) -> datetime:
    """Return a moment at the local midnight at the end of a month, or some hours from it."""
    midnight = at_local(random.choice(MONTHS[1:-1]), time.min, location.zone)
    return midnight + random.choice((-13, -10, -1, 0, 0, 0, 1, 2, 9, 12, 300)) * HOUR


def made(random: Random, tariff: Tariff, company: Company) -> Order:
    """Order on account, and vary its time, status and cost, with or without money."""
    customer, location = company.members.get().person, tariff.service.location
    order = make_order(tariff=tariff, customer=customer, company_id=company.pk, payment_method="invoice")
    end = near(random, location)
    changed = {
        "period": Period(end - HOUR * random.choice((1, 24, 720)), end),
        "status": random.choice(list(OrderStatus)),
        "kept": Decimal(random.choice((0, 0, 150))),
        "total": Decimal(random.choice((0, 300, 1200))),
        "deadline_at": end,
    }
    Order.objects.filter(pk=order.pk).update(**changed)
    for _ in range(random.randrange(3)):
        amount = Decimal(random.choice((-200, 100, 300, 777)))
        kind = EntryKind.CHARGE if amount > 0 else EntryKind.REFUND
        at = near(random, location)
        LedgerEntry.objects.create(order=order, kind=kind, method="invoice", amount=amount, at=at, recorded_at=at)
    return Order.objects.select_related("location").prefetch_related("entries").get(pk=order.pk)


def make_books(random: Random) -> Books:
    company = make_company(make_user(), credit_limit=Decimal(10**6))
    locations = [make_location(time_zone=zone) for zone in ZONES]
    tariffs = [make_tariff(service=make_pool(location=location, capacity=50)) for location in locations]
    orders = [made(random, random.choice(tariffs), company) for _ in range(8)]
    return Books(company, locations, orders)


def cost(order: Order) -> Decimal:
    if order.status in (OrderStatus.EXPIRED, OrderStatus.AWAITING_PAYMENT):
        return NO_MONEY
    return order.kept if order.status == OrderStatus.CANCELLED else order.total


def costs(orders: list[Order], first: date, last: date) -> Decimal:
    """Add up what ended between two local days, both included: an end at midnight counts for the day before."""
    ends = ((order, (order.period.end - timedelta.resolution).astimezone(order.location.zone)) for order in orders)
    return sum((cost(order) for order, end in ends if first <= end.date() <= last), NO_MONEY)


def moved(orders: list[Order], first: date, last: date) -> Decimal:
    moves = ((entry, entry.at.astimezone(order.location.zone)) for order in orders for entry in order.entries.all())
    return sum((entry.amount for entry, at in moves if first <= at.date() <= last), NO_MONEY)


def sums(statement: Statement) -> tuple[Decimal, ...]:
    return statement.opening, statement.cost, statement.paid, statement.closing


@pytest.mark.parametrize("seed", range(rounds(4)))
def test_a_statement_is_the_plain_sum_of_the_days_of_each_location(seed: int) -> None:
    books = make_books(Random(seed))
    for month in MONTHS:
        first, last = month_of(month)
        for place in (None, *books.locations):
            orders = books.of(place)
            opening = costs(orders, date.min, first - DAY) - moved(orders, date.min, first - DAY)
            in_month = costs(orders, first, last), moved(orders, first, last)
            found = sums(statement_of(books.company, month, at=place))
            assert found == (opening, *in_month, opening + in_month[0] - in_month[1]), (month, place)


@pytest.mark.parametrize("seed", range(rounds(2)))
def test_the_statements_of_all_locations_add_up_to_the_whole_and_follow_each_other(seed: int) -> None:
    books = make_books(Random(seed))
    before = NO_MONEY
    for month in MONTHS:
        whole = sums(statement_of(books.company, month))
        parts = (sums(statement_of(books.company, month, at=location)) for location in books.locations)
        assert whole == tuple(map(sum, zip(*parts, strict=True)))
        assert whole[0] == before
        before = whole[-1]


def test_a_month_of_rent_is_in_the_statement_of_its_month_in_every_zone() -> None:
    company = make_company(make_user(), credit_limit=Decimal(10**6))
    for zone in ZONES:
        location = make_location(time_zone=zone)
        tariff = make_tariff(service=make_pool(location=location))
        order = make_order(
            tariff=tariff, customer=company.members.get().person, company_id=company.pk, payment_method="invoice"
        )
        november = Period(*(at_local(day, time.min, location.zone) for day in MONTHS[1:3]))
        Order.objects.filter(pk=order.pk).update(period=november)
    assert [statement_of(company, month).cost for month in MONTHS] == [0, 1800, 0, 0, 0]
