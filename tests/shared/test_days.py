from datetime import date

import pytest

from olvery.shared.days import read_day, split_hours

SATURDAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("сегодня", date(2026, 11, 28)),
        (" Завтра ", date(2026, 11, 29)),
        ("послезавтра", date(2026, 11, 30)),
        ("вчера", date(2026, 11, 27)),
        ("сб", date(2026, 11, 28)),
        ("пт", date(2026, 12, 4)),
        ("в среду", date(2026, 12, 2)),
        ("во вторник", date(2026, 12, 1)),
        ("28", date(2026, 11, 28)),
        ("27", date(2026, 12, 27)),
        ("31", date(2026, 12, 31)),
        ("28.11", date(2026, 11, 28)),
        ("28.11.", date(2026, 11, 28)),
        ("1.12", date(2026, 12, 1)),
        ("27.11", date(2027, 11, 27)),
        ("29.02", date(2028, 2, 29)),
        ("28.11.26", date(2026, 11, 28)),
        ("27.11.2026", date(2026, 11, 27)),
        ("5 12", date(2026, 12, 5)),
        ("5 декабря", date(2026, 12, 5)),
        ("3 мая", date(2027, 5, 3)),
        ("3 марта 2028", date(2028, 3, 3)),
        ("2026-12-01", date(2026, 12, 1)),
    ],
)
def test_a_day_is_read_the_way_people_type_it(text: str, day: date) -> None:
    assert read_day(text, today=SATURDAY) == day


@pytest.mark.parametrize(
    "text",
    ["", " ", "когда-нибудь", "0", "32", "31.02", "13.13", "28.11.12026", "12026-11-28", "2026-13-01",
     "٢٨", "1e2", "-1", "5 брюмера", "28.11.0000", "28.11.2037", "28.11.2015", "x" * 10_000],
)  # fmt: skip
def test_a_text_that_is_not_a_day_gives_none(text: str) -> None:
    assert read_day(text, today=SATURDAY) is None


def test_the_last_day_of_a_month_is_looked_for_in_longer_months_too() -> None:
    assert read_day("31", today=date(2026, 4, 1)) == date(2026, 5, 31)
    assert read_day("30", today=date(2027, 1, 31)) == date(2027, 3, 30)
    assert read_day("29.02", today=date(2028, 1, 10)) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("сб", date(2026, 11, 28)),
        ("вс", date(2026, 11, 22)),
        ("28", date(2026, 11, 28)),
        ("29", date(2026, 10, 29)),
        ("31", date(2026, 10, 31)),
        ("1.12", date(2025, 12, 1)),
        ("29.02", date(2024, 2, 29)),
        ("5 декабря", date(2025, 12, 5)),
        ("1.12.2026", date(2026, 12, 1)),
        ("завтра", date(2026, 11, 29)),
    ],
)
def test_a_day_in_the_past_is_the_last_that_fits(text: str, day: date) -> None:
    assert read_day(text, today=SATURDAY, is_past=True) == day


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("завтра 10-14", ("завтра", "10", "14")),
        (" Завтра  с 10 до 14 ", ("завтра", "10", "14")),
        ("в пт, 9:30 – 11.15", ("в пт", "9:30", "11.15")),
        ("28.11 10—14", ("28.11", "10", "14")),
        ("5 декабря в 10 до 12", ("5 декабря", "10", "12")),
        ("28 10-14", ("28", "10", "14")),
        ("завтра", None),
        ("завтра в 10", None),
        ("10-14", None),
        ("28.11.2026", None),
        ("28 11-2026", None),
        ("1 12 2026", None),
    ],
)
def test_hours_may_be_typed_after_the_day(text: str, parts: tuple[str, str, str] | None) -> None:
    assert split_hours(text) == parts
