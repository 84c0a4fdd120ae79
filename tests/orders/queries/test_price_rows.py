"""The rows of a price: equal lines of many tickets are one row, separate decisions stay separate."""

from decimal import Decimal

from coworking.models import Unit
from orders.domain.booking.pricing import PriceLine
from orders.domain.queries.price_rows import price_rows
from orders.models import LineKind


def line(kind: LineKind, title: str, quantity: str, amount: str, *, unit: str = "", price: str = "") -> PriceLine:
    """Return a line of a price."""
    return PriceLine(kind, title, Decimal(quantity), unit, Decimal(price or amount), Decimal(amount))


def day(amount: str = "1200") -> PriceLine:
    return line(LineKind.TARIFF, "Опенспейс, День", "1", amount, unit=Unit.DAY)


def monitors(quantity: str, amount: str) -> PriceLine:
    return line(LineKind.EXTRA, "Монитор", quantity, amount, price="150")


def rows_of(*lines: PriceLine) -> list[tuple[str, int, str, str]]:
    """Return title, count, quantity and sum of each row."""
    rows = price_rows(lines)
    return [(row.line.title, row.count, str(row.quantity), str(row.amount)) for row in rows]


def test_days_of_a_series_are_one_row_though_their_extras_lie_between() -> None:
    lines = (day(), day(), monitors("2", "300"), day(), day(), monitors("1", "150"))
    assert rows_of(*lines) == [("Опенспейс, День", 4, "1", "4800.00"), ("Монитор", 1, "3", "450.00")]


def test_another_price_length_or_sign_is_another_row() -> None:
    long = line(LineKind.TARIFF, "Опенспейс, День", "2", "2400", unit=Unit.DAY, price="1200")
    back = line(LineKind.CHANGE, "Опенспейс, День", "1", "-1200", unit=Unit.DAY, price="1200")
    more = line(LineKind.CHANGE, "Опенспейс, День", "1", "1200", unit=Unit.DAY, price="1200")
    lines = (day(), day("1400"), long, back, more)
    assert [amount for *_, amount in rows_of(*lines)] == ["1200.00", "1400.00", "2400.00", "-1200.00", "1200.00"]


def test_each_reduction_stays_by_itself() -> None:
    less = line(LineKind.ALLOWANCE, "Шум за стеной", "1", "-100")
    assert [amount for *_, amount in rows_of(day(), less, less)] == ["1200.00", "-100.00", "-100.00"]


def test_nothing_has_no_rows() -> None:
    assert rows_of() == []
