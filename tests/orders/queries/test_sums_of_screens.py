"""The money of some days on screens: the same sum on each, equal to a plain sum over the ledger."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

import pytest

from coworking.models import Location, PaymentMethod
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import DAY, at_local
from orders.domain.queries.day import day_report
from orders.domain.queries.reports import money_report
from orders.domain.queries.today import figures_of
from orders.models import EntryKind, LedgerEntry, Order
from tests.depth import rounds
from tests.factories import make_booking_wish, make_location, make_manager, make_order, make_pool, make_tariff
from tests.moments import NOW

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 12, 28), date(2027, 1, 4)
DAYS = [FIRST + DAY * n for n in range((LAST - FIRST).days + 1)]
BY_HAND = (PaymentMethod.ON_SITE, PaymentMethod.INVOICE)
SECOND = timedelta(seconds=1)


def make_orders(location: Location) -> list[Order]:
    """Order of one service, of another, and of both."""
    manager = make_manager(location=location)
    one, other = (make_tariff(service=make_pool(location=location, name=name)) for name in ("Опенспейс", "Студия"))
    both = [make_booking_wish(tariff=tariff) for tariff in (one, other)]
    return [
        make_order(tariff=one, by=manager),
        make_order(tariff=other, by=manager),
        make_order(tariff=one, by=manager, bookings=both),
    ]


def move(random: Random, order: Order, at: datetime) -> LedgerEntry:
    """Record a movement of any kind and method."""
    method = random.choice(BY_HAND)
    amount = Decimal(random.randrange(1, 100_000)) / 100
    charge = LedgerEntry(order=order, kind=EntryKind.CHARGE, method=method, amount=amount, at=at)
    earlier = order.entries.filter(kind=EntryKind.CHARGE).first()
    kind = random.choice(list(EntryKind))
    if kind == EntryKind.REFUND:
        charge.kind, charge.amount = kind, -amount
    elif kind == EntryKind.CORRECTION and earlier:
        charge.kind, charge.corrects, charge.reason = kind, earlier, "Опечатка"
        charge.method, charge.amount = earlier.method, random.choice((amount, -amount))
    charge.save()
    return charge


def make_ledger(random: Random, location: Location) -> list[LedgerEntry]:
    """Move money around the midnights of one location, and at the same moments at another."""
    orders, foreign = make_orders(location), make_orders(make_location())
    entries = []
    for _ in range(25):
        midnight = at_local(random.choice([*DAYS, LAST + DAY]), time.min, location.zone)
        at = midnight + random.choice((-12 * 3600, -1, 0, 1, 3600, 9 * 3600)) * SECOND
        move(random, random.choice(foreign), at)
        entries.append(move(random, random.choice(orders), at))
    return entries


def net(entries: list[LedgerEntry]) -> Decimal:
    return sum((entry.amount for entry in entries), NO_MONEY)


def kinds(entries: list[LedgerEntry]) -> list[Decimal]:
    return [net([entry for entry in entries if entry.kind == kind]) for kind in EntryKind]


@pytest.mark.parametrize("zone", ["Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka"])
@pytest.mark.parametrize("seed", range(rounds(2)))
def test_reports_the_money_of_a_day_and_today_say_the_plain_sums_of_the_ledger(seed: int, zone: str) -> None:
    location = make_location(time_zone=zone)
    entries = make_ledger(Random(seed), location)
    within = [entry for entry in entries if FIRST <= location.day_at(entry.at) <= LAST]
    report = money_report(location, FIRST, LAST)

    total = report.total
    assert [total.charged, total.returned, total.corrected, total.net] == [*kinds(within), net(within)]
    for table in (report.days, report.methods, report.services):
        assert sum(flow.net for flow in table.values()) == net(within)
    for method in BY_HAND:
        of_method = [entry for entry in within if entry.method == method]
        assert report.methods[method].net == net(of_method)
    for name in ("Опенспейс", "Студия", None):
        of_service = [
            entry
            for entry in within
            if (entry.order.service_name if len(entry.order.service_ids) == 1 else None) == name
        ]
        assert report.services[name].net == net(of_service)

    for day in DAYS:
        of_day = [entry for entry in within if location.day_at(entry.at) == day]
        shown = report.days[day]
        assert [shown.charged, shown.returned, shown.corrected] == kinds(of_day)
        detailed = day_report(location, day)
        assert sorted(entry.pk for entry in detailed.entries) == sorted(entry.pk for entry in of_day)
        assert (detailed.total.net, sum(one.net for one in detailed.totals.values())) == (shown.net, shown.net)
        for at in (at_local(day, time.min, location.zone), at_local(day + DAY, time.min, location.zone) - SECOND):
            figures = figures_of(location, at=at)
            assert (figures.total, figures.returned, figures.corrected) == (shown.net, shown.returned, shown.corrected)
            assert {one.method: one.amount for one in figures.taken} == {
                paid_by: one.charged for paid_by, one in detailed.totals.items()
            }
    assert at_local(FIRST, time.min, location.zone) > NOW  # the orders were made before
