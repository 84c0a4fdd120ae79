"""What an order costs. Pure: nothing here is saved."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random

import pytest

from coworking.models import Extra, Service, Tariff, Unit
from orders.domain.booking.pricing import Discount, DiscountRefused, ExtraRefused, Price, PricedBooking, price_of
from orders.models import LineKind, PromoCode
from tests.depth import rounds

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


@pytest.mark.parametrize(("tariff_price", "minutes", "cost"), [("499.95", 110, "916.58"), ("900.06", 65, "975.07")])
def test_half_a_kopeck_of_minutes_that_are_no_decimal_part_of_an_hour_is_rounded_up(
    tariff_price: str, minutes: int, cost: str
) -> None:
    assert price(tariff_price=tariff_price, units=str(Decimal(minutes) / 60)).total == Decimal(cost)


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


def half_up(kopecks: Fraction) -> int:
    return floor(kopecks + Fraction(1, 2))


def some_booking(random: Random) -> tuple[PricedBooking, list[int]]:
    """Return a booking, and what its lines cost in kopecks, counted in whole numbers."""
    by_hour, by_pass = random.random() < 0.7, random.random() < 0.1
    kopecks = random.randrange(0, 200_000)
    tariff = Tariff(
        service=Service(name="Опен-спейс"),
        name="Тариф",
        unit=Unit.HOUR if by_hour else random.choice([Unit.DAY, Unit.WEEK, Unit.MONTH]),
        price=Decimal(kopecks) / 100,
    )
    length = Fraction(5 * random.randrange(1, 289), 60) if by_hour else Fraction(random.randrange(1, 61))
    places = random.randrange(1, 4)
    extras = [(one, random.randrange(1, one.max_quantity + 1)) for one in (LOCKER, MONITOR) if random.random() < 0.3]
    booking = PricedBooking(
        tariff=tariff,
        units=Decimal(length.numerator) / length.denominator,
        places=places,
        extras=extras,
        by_pass=by_pass,
    )
    of_places = [0 if by_pass else half_up(kopecks * length)] * places
    return booking, [*of_places, *(int(one.price * 100) * quantity for one, quantity in extras)]


@pytest.mark.parametrize("seed", range(rounds(20)))
def test_a_price_is_what_whole_kopecks_come_to(seed: int) -> None:
    random = Random(seed)
    for _ in range(20):
        bookings, costs = zip(*(some_booking(random) for _ in range(random.randrange(1, 4))), strict=True)
        full = sum(map(sum, costs))
        value, is_percent = Decimal(random.randrange(1, 10_001)) / 100, random.random() < 0.7
        less = half_up(Fraction(full) * Fraction(value) / 100) if is_percent else int(value * 100)

        by_code = price_of(
            bookings,
            discount=None,
            discount_limit=0,
            promo=PromoCode(code="ВЕСНА-10", value=value, is_percent=is_percent),
        )
        assert by_code.total * 100 == full - min(less, full)

        limit = random.randrange(101)
        discount = Discount(value, is_percent=is_percent)
        if less > half_up(Fraction(full * limit, 100)):
            with pytest.raises(DiscountRefused):
                price_of(bookings, discount=discount, discount_limit=limit)
            continue
        by_hand = price_of(bookings, discount=discount, discount_limit=limit)
        amounts = [int(line.amount * 100) for line in by_hand.lines]
        assert amounts == [cost for of_booking in costs for cost in of_booking] + ([-less] if less else [])
        assert by_hand.total * 100 == full - less
        tickets = sum(booking.places for booking in bookings)
        assert [line.place for line in by_hand.lines if line.kind == LineKind.TARIFF] == list(range(tickets))
