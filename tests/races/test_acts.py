"""Acts issued at the same moment: numbers without gaps or duplicates."""

from collections.abc import Callable
from typing import Any

import pytest

from orders.documents.act import act_contents
from orders.domain.money import acts
from orders.models import Act, ActSeries, Order
from tests.factories import make_location, make_order, make_pool, make_seller, make_tariff, make_user
from tests.moments import NOW
from tests.races.guards import at_once, meet_after

ORDERS = 6
INN = "7707083893"  # of the seller that tests make


def issue_together(*, orders: int = ORDERS, times: int = 2) -> list[Any]:
    """Issue the acts of several orders at once, each several times."""
    location = make_location()
    make_seller(location=location)
    tariff = make_tariff(service=make_pool(location=location, capacity=orders), price="300")
    numbers = [make_order(tariff=tariff, customer=make_user(), payment_method="on_site").pk for _n in range(orders)]
    Order.objects.update(status="completed")

    def issue(number: int) -> Callable[[], Act]:
        return lambda: acts.issue_act(number, write=act_contents, by=None, at=NOW)

    return at_once([issue(number) for number in numbers * times])


def test_acts_of_one_moment_have_numbers_without_gaps() -> None:
    results = issue_together()
    assert {type(result) for result in results} == {Act}
    assert sorted(Act.objects.values_list("number", flat=True)) == list(range(1, ORDERS + 1))
    assert ActSeries.objects.get().last == ORDERS


def test_a_number_that_was_not_used_after_all_is_the_next_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    make, failures = Act.objects.create, iter([True, False] * ORDERS)

    def fails_at_times(**facts: Any) -> Act:
        act = make(**facts)
        if next(failures):
            raise RuntimeError
        return act

    monkeypatch.setattr(Act.objects, "create", fails_at_times)
    results = issue_together()
    assert RuntimeError in {type(result) for result in results}
    made = Act.objects.count()
    assert made > 0
    assert sorted(Act.objects.values_list("number", flat=True)) == list(range(1, made + 1))
    assert ActSeries.objects.get().last == made


def test_control_numbers_that_are_only_looked_up_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*, inn: str, year: int) -> ActSeries:
        series = ActSeries.objects.get(inn=inn, year=year)
        series.last += 1
        return series

    monkeypatch.setattr(acts.locks, "next_in_act_series", look_up)
    meet_after(monkeypatch, acts.locks, "next_in_act_series", 2)
    ActSeries.objects.create(inn=INN, year=NOW.year, last=0)
    results = issue_together(orders=2, times=1)
    assert sorted(type(result).__name__ for result in results) == ["Act", "IntegrityError"]
