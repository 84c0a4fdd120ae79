"""Positions of a receipt: exact to the kopeck, whatever was sold."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from olvery.shared.money import KOPECK, NO_MONEY, to_kopecks
from orders.domain.money.receipts import (
    LONGEST_TITLE,
    MOST_ITEMS,
    Charge,
    Fiscal,
    ReceiptItem,
    allocate,
    as_json,
    as_json_by_place,
    from_json,
    receipt_items,
    returned_by_place,
    returned_items,
)
from orders.domain.online.gateway import PaymentWish
from orders.gateways import shapes

repeatable = settings(derandomize=True, deadline=None, database=None, max_examples=50)

sums = st.integers(1, 99_999_999).map(lambda kopecks: Decimal(kopecks) * KOPECK)
small_sums = st.integers(1, 500).map(lambda kopecks: Decimal(kopecks) * KOPECK)
quantities = st.one_of(st.integers(1, 400_000).map(lambda n: Decimal(n) / 1000), st.integers(1, 40).map(Decimal))
titles = st.one_of(st.sampled_from(["Час", "День", "Локер"]), st.text("абвгд ё\n\t", min_size=1, max_size=200))
SERVICE = Fiscal(vat_code=12, subject="service", mode="full_prepayment")
units = st.sampled_from(["hour", "day", "week", "month", ""])


@st.composite
def priced_lines(draw: st.DrawFn) -> Charge:
    """A line as an order prices it: quantity times price, rounded."""
    quantity, price = draw(quantities), draw(sums)
    return Charge(
        title=draw(titles), quantity=quantity, unit=draw(units), amount=to_kopecks(quantity * price), fiscal=SERVICE
    )


@st.composite
def orders(draw: st.DrawFn, most: int = 12) -> list[Charge]:
    """Lines of an order, with discounts that leave something to pay."""
    lines = draw(st.lists(priced_lines(), min_size=1, max_size=most))
    lines += lines * draw(st.integers(0, 2))
    if draw(st.booleans()):
        lines.append(Charge(title="Скидка", quantity=Decimal(1), unit="", amount=-draw(small_sums), fiscal=SERVICE))
    return lines


def total_of(items: tuple[ReceiptItem, ...]) -> Decimal:
    return sum((item.quantity * item.price for item in items), NO_MONEY)


def assert_fits_a_receipt(items: tuple[ReceiptItem, ...], amount: Decimal) -> None:
    assert total_of(items) == amount
    assert 1 <= len(items) <= MOST_ITEMS
    for item in items:
        assert item.price >= 0
        assert item.price == to_kopecks(item.price)
        assert item.quantity > 0
        assert item.quantity == round(item.quantity, 3)
        assert "E" not in str(item.quantity)
        assert 0 < len(item.title) <= LONGEST_TITLE
        assert item.measure in ("hour", "day", "piece", "another")


def position(title: str, quantity: str, price: str, measure: str) -> ReceiptItem:
    return ReceiptItem(title=title, quantity=Decimal(quantity), price=Decimal(price), measure=measure, fiscal=SERVICE)


# Typical orders


def test_two_equal_places_and_a_locker_are_two_positions() -> None:
    place = Charge(title="Час", quantity=Decimal("2.000"), unit="hour", amount=Decimal("600.00"), fiscal=SERVICE)
    locker = Charge(title="Локер", quantity=Decimal("1.000"), unit="", amount=Decimal("150.00"), fiscal=SERVICE)
    assert receipt_items([place, place, locker], Decimal("1350.00")) == (
        position("Час", "4", "300.00", "hour"),
        position("Локер", "1", "150.00", "piece"),
    )


def test_a_sum_that_does_not_divide_is_one_piece() -> None:
    line = Charge(title="Час", quantity=Decimal("1.500"), unit="hour", amount=Decimal("500.00"), fiscal=SERVICE)
    assert receipt_items([line], Decimal("500.00")) == (position("Час", "1", "500.00", "another"),)


def test_a_discount_is_spread_over_what_it_reduces() -> None:
    lines = [
        Charge(title="Час", quantity=Decimal(2), unit="hour", amount=Decimal("600.00"), fiscal=SERVICE),
        Charge(title="Локер", quantity=Decimal(1), unit="", amount=Decimal("300.00"), fiscal=SERVICE),
        Charge(title="Скидка 10 %", quantity=Decimal(1), unit="", amount=Decimal("-90.00"), fiscal=SERVICE),
    ]
    assert receipt_items(lines, Decimal("810.00")) == (
        position("Час", "2", "270.00", "hour"),
        position("Локер", "1", "270.00", "piece"),
    )


def test_a_refund_of_a_third_names_a_third_of_each_position() -> None:
    items = (position("Час", "2", "300.00", "hour"), position("Локер", "1", "300.00", "piece"))
    assert returned_items(items, Decimal("300.00"), {}) == {
        0: position("Час", "2", "100.00", "hour"),
        1: position("Локер", "1", "100.00", "piece"),
    }


def test_money_refunded_before_is_not_refunded_again() -> None:
    items = tuple(
        position(name, "1", price, "piece") for name, price in (("А", "33.33"), ("Б", "33.33"), ("В", "33.34"))
    )
    first = returned_items(items, Decimal("50.00"), {})
    rest = returned_items(items, Decimal("50.00"), returned_by_place(as_json_by_place([*first.items()])))
    assert [first[place].amount + rest[place].amount for place in range(3)] == [item.amount for item in items]
    with pytest.raises(ValueError, match="more would go back"):
        returned_items(items, Decimal("0.01"), {place: item.amount for place, item in enumerate(items)})


def test_a_position_that_is_returned_whole_is_not_named_again() -> None:
    items = (position("Час", "2", "300.00", "hour"), position("Локер", "1", "300.00", "piece"))
    assert returned_items(items, Decimal("100.00"), {0: Decimal("600.00")}) == {
        1: position("Локер", "1", "100.00", "piece")
    }


def test_more_than_eighty_positions_end_in_one_that_holds_the_rest() -> None:
    lines = [
        Charge(title=f"Место {n}", quantity=Decimal(1), unit="day", amount=Decimal("10.00"), fiscal=SERVICE)
        for n in range(1, 101)
    ]
    items = receipt_items(lines, Decimal("1000.00"))
    assert items[:2] == (position("Место 1", "1", "10.00", "day"), position("Место 2", "1", "10.00", "day"))
    assert items[-1] == position("Место 80", "1", "210.00", "piece")
    assert_fits_a_receipt(items, Decimal("1000.00"))


def test_surplus_lines_become_one_position_for_each_tax() -> None:
    kinds = [SERVICE, replace(SERVICE, vat_code=5, subject="commodity")]
    lines = [
        Charge(title=f"{n}", quantity=Decimal(1), unit="", amount=Decimal("10.00"), fiscal=kinds[n % 2])
        for n in range(100)
    ]
    items = receipt_items(lines, Decimal("1000.00"))
    assert (len(items), total_of(items)) == (MOST_ITEMS, Decimal("1000.00"))
    assert [(item.fiscal, item.amount) for item in items[-2:]] == [(kind, Decimal("110.00")) for kind in kinds]


@pytest.mark.parametrize(
    "lines", [[], [Charge(title="Скидка", quantity=Decimal(1), unit="", amount=Decimal("-5.00"), fiscal=SERVICE)]]
)
def test_an_order_without_anything_sold_has_no_receipt(lines: list[Charge]) -> None:
    with pytest.raises(ValueError, match="nothing to split"):
        receipt_items(lines, Decimal("5.00"))


# Whatever is sold


@repeatable
@given(orders(), st.data())
def test_price_times_quantity_adds_up_to_what_is_paid(lines: list[Charge], data: st.DataObject) -> None:
    cost = sum((line.amount for line in lines), NO_MONEY)
    assume(cost >= 1 and all(line.title.strip() for line in lines))
    assert_fits_a_receipt(receipt_items(lines, cost), cost)
    part = data.draw(st.integers(1, int(cost * 100))) * KOPECK
    assert_fits_a_receipt(receipt_items(lines, part), part)


@repeatable
@given(orders(most=3), st.data())
def test_the_provider_takes_every_receipt(lines: list[Charge], data: st.DataObject) -> None:
    cost = sum((line.amount for line in lines), NO_MONEY)
    assume(1 <= cost <= shapes.MAX_SUM and all(line.title.strip() for line in lines))
    wish = PaymentWish(
        amount=cost,
        description="Заказ",
        return_url="https://olvery.test/",
        metadata={},
        email="a@example.com",
        items=receipt_items(lines, cost),
    )
    body = shapes.payment_body(wish)
    assert len(body["receipt"]["items"]) == len(wish.items)


@repeatable
@given(st.integers(70, 140), quantities, sums)
def test_any_number_of_positions_fits(count: int, quantity: Decimal, first: Decimal) -> None:
    amounts = [first + number * KOPECK for number in range(count)]
    lines = [
        Charge(title=f"Место {number}", quantity=quantity, unit="hour", amount=amount, fiscal=SERVICE)
        for number, amount in enumerate(amounts)
    ]
    cost = sum(amounts, NO_MONEY)
    assert_fits_a_receipt(receipt_items(lines, cost), cost)


@repeatable
@given(orders(), st.lists(st.integers(1, 40).map(Decimal), min_size=1, max_size=5))
def test_any_parts_of_a_receipt_go_back_until_nothing_is_left(lines: list[Charge], shares: list[Decimal]) -> None:
    cost = sum((line.amount for line in lines), NO_MONEY)
    assume(cost >= 1 and all(line.title.strip() for line in lines))
    items = receipt_items(lines, cost)
    returned = dict.fromkeys(range(len(items)), NO_MONEY)
    for part in filter(None, allocate(cost, shares)):
        gone = returned_items(items, part, returned)
        assert_fits_a_receipt(tuple(gone.values()), part)
        for place, amount in returned_by_place(json.loads(json.dumps(as_json_by_place([*gone.items()])))).items():
            returned[place] += amount
            assert returned[place] <= items[place].amount
    assert list(returned.values()) == [item.amount for item in items]


@repeatable
@given(orders())
def test_positions_come_back_from_the_database_as_they_were(lines: list[Charge]) -> None:
    cost = sum((line.amount for line in lines), NO_MONEY)
    assume(cost >= 1)
    items = receipt_items(lines, cost)
    assert from_json(json.loads(json.dumps(as_json(items)))) == items


# Splitting a sum


@repeatable
@given(sums, st.lists(st.one_of(st.just(NO_MONEY), sums), min_size=1, max_size=30))
@example(Decimal("100.00"), [Decimal("1.00")] * 3)
@example(Decimal("0.01"), [Decimal("1.00"), Decimal("9.00")])
@example(Decimal("999999.99"), [Decimal("0.01"), Decimal("333333.33"), Decimal("7.77")])
def test_a_sum_is_split_exactly_and_within_a_kopeck_of_the_proportion(total: Decimal, weights: list[Decimal]) -> None:
    whole = sum(weights, NO_MONEY)
    assume(whole)
    parts = allocate(total, weights)
    assert sum(parts, NO_MONEY) == total
    for part, weight in zip(parts, weights, strict=True):
        assert part >= 0
        assert part == to_kopecks(part)
        assert abs(Fraction(part) - Fraction(total) * Fraction(weight) / Fraction(whole)) < Fraction(KOPECK)


@pytest.mark.parametrize("weights", [[], [NO_MONEY], [Decimal("5.00"), Decimal("-1.00")]])
def test_a_sum_is_not_split_over_nothing(weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="nothing to split"):
        allocate(Decimal("1.00"), weights)


def test_kopecks_that_rounding_leaves_over_go_to_the_largest_remainders() -> None:
    assert allocate(Decimal("100.00"), [Decimal(1)] * 3) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert allocate(Decimal("0.05"), [Decimal(1), Decimal(2)]) == [Decimal("0.02"), Decimal("0.03")]
