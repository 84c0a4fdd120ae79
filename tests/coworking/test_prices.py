"""Dated prices: they apply to orders from that day on, sold orders keep theirs."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from accounts.models import User
from coworking.domain import setup
from coworking.domain.catalogue import tariffs_on_sale, with_prices
from coworking.domain.service_list import services_with_tariffs
from coworking.domain.settings_history import Change, Row
from coworking.domain.setup import NameTaken, PassForNothing, PriceBegun
from coworking.forms import PriceForm, TariffForm
from coworking.models import Section, SettingsEvent, Tariff, TariffPrice
from olvery.shared.periods import local_day
from orders.domain.booking.change_wish import ChangeWish, TicketChange
from orders.domain.booking.changing import plan_of
from orders.domain.booking.wish import Booker
from orders.models import OrderLine
from tests.depth import rounds
from tests.factories import make_location, make_manager, make_order, make_pass_tariff, make_pool, make_tariff
from tests.moments import NOW, WEDNESDAY
from tests.orders.booking.asking import at_hours

pytestmark = pytest.mark.django_db

TODAY, DAY = NOW.date(), timedelta(days=1)
LATER = NOW + 2 * DAY


@pytest.fixture
def tariff() -> Tariff:
    tariff = make_tariff(service=make_pool(), price="300")
    TariffPrice.objects.create(tariff=tariff, starts_on=TODAY + 2 * DAY, price=Decimal(400))
    return tariff


@pytest.fixture
def by(tariff: Tariff) -> User:
    return make_manager(location=tariff.service.location)


def save(tariff: Tariff, by: User, *rows: Row) -> int:
    return setup.change_rows(tariff.service_id, Change(section=Section.PRICES, seen=0, by=by, at=NOW), rows)


def stored() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Tariff, TariffPrice, SettingsEvent, OrderLine)]


def test_the_price_is_that_of_the_day_of_ordering_whenever_the_booking_is(tariff: Tariff, by: User) -> None:
    on_sale = lambda at: tariffs_on_sale(tariff.service.location, at=at)[0]  # noqa: E731 - asked twice
    now, later = on_sale(NOW), on_sale(LATER)
    assert (now.price, now.next_price, now.next_price_on) == (300, 400, TODAY + 2 * DAY)
    assert (later.price, later.next_price, later.next_price_on) == (400, None, None)
    far = at_hours("10", "12", day=WEDNESDAY + 7 * DAY)
    first = make_order(tariff=tariff, by=by, when=far)
    second = make_order(tariff=tariff, by=by, when=far, at=LATER)
    assert [order.lines.get().unit_price for order in (first, second)] == [300, 400]


def test_the_day_begins_where_the_location_is(tariff: Tariff) -> None:
    location = tariff.service.location
    midnight = (NOW + 2 * DAY).replace(hour=0)
    prices = [tariffs_on_sale(location, at=at)[0].price for at in (midnight - timedelta(seconds=1), midnight)]
    assert prices == [300, 400]


@pytest.mark.parametrize("is_archived", [False, True])
def test_a_longer_booking_costs_todays_price_for_what_is_new(tariff: Tariff, by: User, is_archived: bool) -> None:
    order = make_order(tariff=tariff, by=by, when=at_hours("10", "12", day=WEDNESDAY + 7 * DAY))
    Tariff.objects.filter(pk=tariff.pk).update(is_active=not is_archived)
    change = TicketChange(number=order.lines.get().ticket_id, when=at_hours("10", "13", day=WEDNESDAY + 7 * DAY))
    plan = plan_of(order, ChangeWish(tickets=(change,)), booker=Booker.manager(by, tariff.service.location), at=LATER)
    assert (plan.refusals, [(line.unit_price, line.amount) for line in plan.money.lines]) == ((), [(400, 400)])


def test_prices_are_set_changed_and_taken_back_with_a_history(tariff: Tariff, by: User) -> None:
    there = TariffPrice.objects.get()
    new = {"tariff": tariff, "starts_on": TODAY, "price": Decimal(350)}
    rows = [Row(there.pk, {"price": Decimal("420.00")}), Row(None, new)]
    rows[0].values["starts_on"] = there.starts_on
    assert save(tariff, by, *rows) == 2
    assert list(TariffPrice.objects.order_by("starts_on").values_list("starts_on", "price")) == [
        (TODAY, 350),
        (TODAY + 2 * DAY, 420),
    ]
    events = SettingsEvent.objects.order_by("pk").values_list("section", "subject", "field", "old", "new")
    assert list(events) == [
        ("prices", f"{tariff.name}, 26.11.2026", "price", "400.00", "420.00"),
        ("prices", f"{tariff.name}, 24.11.2026", "", "", f"{tariff.name}, 24.11.2026"),
    ]
    change = Change(section=Section.PRICES, seen=10**9, by=by, at=NOW)
    removed = Row(there.pk, {}, is_removed=True)
    assert setup.change_rows(tariff.service_id, change, [removed]) == 1
    assert TariffPrice.objects.get().starts_on == TODAY


def test_prices_of_days_that_are_over_and_two_of_a_day_are_refused(tariff: Tariff, by: User) -> None:
    begun = TariffPrice.objects.create(tariff=tariff, starts_on=TODAY - DAY, price=Decimal(310))
    make_order(tariff=tariff, by=by)
    before = stored()
    wanted = {"tariff": tariff, "starts_on": TODAY + 5 * DAY, "price": Decimal(1)}
    for row, refusal in (
        (Row(None, {**wanted, "starts_on": date(2026, 11, 23)}), PriceBegun),
        (Row(begun.pk, wanted), PriceBegun),
        (Row(begun.pk, {}, is_removed=True), PriceBegun),
        (Row(None, {**wanted, "starts_on": TODAY + 2 * DAY}), NameTaken),
    ):
        with pytest.raises(refusal):
            save(tariff, by, row)
        assert stored() == before


def test_a_pass_is_not_given_away_from_a_day_on(tariff: Tariff, by: User) -> None:
    a_pass = make_pass_tariff(service=tariff.service)
    later = TariffPrice.objects.create(tariff=a_pass, starts_on=TODAY + DAY, price=Decimal(1500))
    before = stored()
    new = Row(None, {"tariff": a_pass, "starts_on": TODAY, "price": Decimal(0)})
    for row in (new, Row(later.pk, {"starts_on": later.starts_on, "price": Decimal(0)})):
        with pytest.raises(PassForNothing):
            save(tariff, by, row)
        assert stored() == before
    for sold, price, errors in (
        (a_pass, "0", {"price": ["Цена абонемента должна быть больше 0 ₽."]}),
        (a_pass, "0,01", {}),
        (tariff, "0", {}),
    ):
        typed = {"tariff": sold.pk, "starts_on": TODAY.isoformat(), "price": price}
        assert PriceForm(typed, tariffs=Tariff.objects.all(), today=TODAY).errors == errors


def test_a_tariff_at_zero_does_not_become_a_pass(tariff: Tariff, by: User) -> None:
    free, free_later = make_tariff(service=tariff.service, price="0"), make_tariff(service=tariff.service)
    TariffPrice.objects.create(tariff=free_later, starts_on=TODAY + DAY, price=Decimal(0))
    of_pass = {"pass_units": 10, "pass_days": 30}
    by_day = make_tariff(service=tariff.service, price="0")
    TariffPrice.objects.create(tariff=by_day, starts_on=TODAY, price=Decimal(500))
    before = stored()
    new = {"name": "10 часов", "unit": "hour", "price": Decimal(0)}
    for row in (
        Row(free.pk, {**of_pass, "price": Decimal(0)}),
        Row(free_later.pk, of_pass),
        Row(by_day.pk, of_pass),
        Row(None, {**new, **of_pass}),
    ):
        with pytest.raises(PassForNothing):
            save_tariff(tariff, by, row)
        assert stored() == before
    assert save_tariff(tariff, by, Row(tariff.pk, of_pass)) == 2
    typed = {"name": "10 часов", "unit": "hour", "price": "0", "min_units": 1, "max_units": 12, "step_minutes": 30}
    for price, errors in (("0", {"price": ["Цена абонемента должна быть больше 0 ₽."]}), ("450", {})):
        sent = {**typed, **of_pass, "price": price, "position": 1}
        assert TariffForm(sent, instance=Tariff(service=tariff.service)).errors == errors


def save_tariff(tariff: Tariff, by: User, row: Row) -> int:
    change = Change(section=Section.TARIFFS, seen=0, by=by, at=NOW)
    return setup.change_rows(tariff.service_id, change, [row])


@pytest.mark.parametrize("seed", range(rounds(3)))
def test_whatever_prices_are_to_come_every_reader_says_the_one_of_the_day_and_the_next(seed: int) -> None:
    random = Random(seed)
    tariff = make_tariff(service=make_pool(location=make_location(time_zone="Asia/Kamchatka")), price="300")
    location = tariff.service.location
    days = sorted(random.sample(range(-6, 12), random.randrange(6)))
    rows = [(TODAY + n * DAY, Decimal(random.randrange(0, 90_000)) / 100) for n in days]
    TariffPrice.objects.bulk_create(TariffPrice(tariff=tariff, starts_on=day, price=price) for day, price in rows)
    for n in range(-8, 14):
        day = TODAY + n * DAY
        right = next((price for starts_on, price in reversed(rows) if starts_on <= day), tariff.price)
        coming = next(((price, starts_on) for starts_on, price in rows if starts_on > day), (None, None))
        for at in (local_day(day, location.zone).start, local_day(day, location.zone).end - timedelta(seconds=1)):
            [sold] = tariffs_on_sale(location, at=at)
            assert (sold.price, (sold.next_price, sold.next_price_on)) == (right, coming)
            [service] = services_with_tariffs(location, at=at)
            assert [one.price_now for one in service.cheapest] == [right]  # type: ignore[attr-defined]
        read = Tariff.objects.get(pk=tariff.pk)
        with_prices([read], day=day)
        assert read.price == right
