"""What an order costs. Pure: nothing here is saved."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from coworking.models import Extra, Service, Tariff, Unit
from orders.domain.booking.pricing import Discount, DiscountRefused, ExtraRefused, Price, PricedBooking, price_of
from orders.models import LineKind

LOCKER = Extra(pk=1, name="Локер", price=Decimal("150.00"), max_quantity=5)
MONITOR = Extra(pk=2, name="Монитор", price=Decimal("199.99"), max_quantity=2)


def price(
    *,
    tariff_price: str = "300",
    units: str = "2",
    places: int = 1,
    extras: Sequence[tuple[Extra, int]] = (),
    discount: Discount | None = None,
    limit: int = 20,
) -> Price:
    tariff = Tariff(service=Service(name="Опен-спейс"), name="Час", unit=Unit.HOUR, price=Decimal(tariff_price))
    booking = PricedBooking(tariff=tariff, units=Decimal(units), places=places, extras=extras)
    return price_of([booking], discount=discount, discount_limit=limit)


def percent(amount: str) -> Discount:
    return Discount(Decimal(amount), is_percent=True)


def roubles(amount: str) -> Discount:
    return Discount(Decimal(amount), is_percent=False)


def test_every_place_every_extra_and_the_discount_has_a_line() -> None:
    result = price(places=2, extras=[(LOCKER, 2), (MONITOR, 1)], discount=percent("10"))
    assert [
        (line.kind, line.title, line.quantity, line.unit, line.unit_price, line.amount, line.place, line.extra)
        for line in result.lines
    ] == [
        (LineKind.TARIFF, "Опен-спейс, Час", 2, "hour", 300, 600, 0, None),
        (LineKind.TARIFF, "Опен-спейс, Час", 2, "hour", 300, 600, 1, None),
        (LineKind.EXTRA, "Локер", 2, "", 150, 300, 0, LOCKER),
        (LineKind.EXTRA, "Монитор", 1, "", Decimal("199.99"), Decimal("199.99"), 0, MONITOR),
        (LineKind.DISCOUNT, "10\u00a0%", 1, "", -170, -170, None, None),
    ]
    assert result.total == Decimal("1529.99")


def test_a_line_is_rounded_once_half_up() -> None:
    assert price(tariff_price="100.01", units="1.5").total == Decimal("150.02")
    assert price(tariff_price="0.01", units="0.5").total == Decimal("0.01")
    assert str(price(tariff_price="100", units=str(Decimal(1200) / 3600)).total) == "33.33"
    assert str(price(tariff_price="300", units=str(Decimal(1200) / 3600)).total) == "100.00"


def test_each_place_costs_the_same_to_the_kopeck() -> None:
    result = price(tariff_price="33.33", units="1.5", places=3)
    assert [line.amount for line in result.lines] == [Decimal("50.00")] * 3
    assert result.total == Decimal("150.00")


@pytest.mark.parametrize(
    ("discount", "less"),
    [
        (percent("20"), "120.00"),
        (percent("0.5"), "3.00"),
        (percent("12.345"), "74.07"),
        (roubles("120"), "120.00"),
        (roubles("0.01"), "0.01"),
        (roubles("99.995"), "100.00"),
    ],
)
def test_a_discount_up_to_the_limit_is_a_line_below_zero(discount: Discount, less: str) -> None:
    result = price(discount=discount)
    assert result.lines[-1].kind == LineKind.DISCOUNT
    assert result.lines[-1].amount == result.lines[-1].unit_price == -Decimal(less)
    assert result.total == 600 - Decimal(less)


def test_a_discount_of_nothing_leaves_no_line() -> None:
    for discount in (None, percent("0"), roubles("0"), roubles("0.001")):
        assert [line.kind for line in price(discount=discount).lines] == [LineKind.TARIFF]


@pytest.mark.parametrize(
    "discount", [percent("20.01"), percent("100"), roubles("120.01"), roubles("700"), percent("500")]
)
def test_a_discount_above_the_limit_is_refused(discount: Discount) -> None:
    with pytest.raises(DiscountRefused) as refusal:
        price(discount=discount)
    assert refusal.value.field == "discount"


@pytest.mark.parametrize("discount", [percent("-10"), roubles("-100")])
def test_a_discount_below_zero_is_refused_and_does_not_raise_the_price(discount: Discount) -> None:
    with pytest.raises(DiscountRefused):
        price(discount=discount)


def test_a_limit_of_everything_makes_it_free_and_a_limit_of_nothing_refuses_a_kopeck() -> None:
    assert price(discount=percent("100"), limit=100).total == 0
    with pytest.raises(DiscountRefused):
        price(discount=roubles("0.01"), limit=0)


@pytest.mark.parametrize(
    ("discount", "text"), [(percent("10.50"), "10.5\u00a0%"), (percent("100"), "100\u00a0%"), (roubles("50"), "")]
)
def test_a_discount_is_named_by_its_share(discount: Discount, text: str) -> None:
    assert discount.text == text


@pytest.mark.parametrize("quantity", [0, -1, 6, 10**6])
def test_no_pieces_and_too_many_pieces_of_an_extra_are_refused(quantity: int) -> None:
    with pytest.raises(ExtraRefused) as refusal:
        price(extras=[(LOCKER, quantity)])
    assert refusal.value.field == "extras"


def test_a_price_of_zero_is_free() -> None:
    assert price(tariff_price="0", places=3).total == 0
