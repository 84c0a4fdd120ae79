"""Names and days in words, and our own translations of Django's messages."""

import gettext
import re
from datetime import date, time
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.utils.translation import gettext as translate
from django.utils.translation import override

from olvery.shared.formats import (
    clock_of_end,
    day_and_month,
    day_month_year,
    days_short,
    end_dated,
    end_words,
    initials_name,
    moment_until,
    name_to_fit,
    opening_words,
    period,
    period_dated,
    period_words,
    weekdays_short,
)
from olvery.shared.periods import Period, local_days
from tests.moments import MOSCOW, THURSDAY, hours, moment

STOCK = "Убедитесь, что"


def test_weekdays_are_small_in_russian_and_capital_in_english(now: object) -> None:
    period = hours("10", "12")
    with override("ru"):
        assert period_dated(period, MOSCOW) == "ср, 25\u00a0ноября, 10:00–12:00"
    with override("en"):
        assert period_dated(period, MOSCOW).startswith("Wed, ")


@pytest.mark.parametrize(
    ("days", "text"),
    [([], ""), ([4, 0, 1, 2, 3], "пн–пт"), ([5, 6], "сб, вс"), ([0, 1, 2, 4, 6], "пн–ср, пт, вс"), ([2], "ср")],
)
def test_weekdays_are_short_and_runs_of_three_are_ranges(days: list[int], text: str) -> None:
    assert weekdays_short(days) == text


def test_a_day_stays_on_one_line_with_its_month() -> None:
    with override("ru"):
        assert (day_and_month(THURSDAY), day_month_year(THURSDAY)) == ("26\u00a0ноября", "26\u00a0ноября 2026")
    templates = sorted((settings.BASE_DIR / "templates").rglob("*.*"))
    assert len(templates) > 100
    assert [path.name for path in templates if re.search(r'\|date:"[^"]*j[^"]*E', path.read_text())] == []


def test_a_period_that_ends_at_midnight_ends_with_its_day() -> None:
    evening = Period(moment("2026-11-25 20:00"), moment("2026-11-26 00:00"))
    assert period(evening, MOSCOW) == "25.11.2026 20:00–24:00"
    assert (clock_of_end(evening, MOSCOW), clock_of_end(hours("0", "1", THURSDAY), MOSCOW)) == ("24:00", "01:00")


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-11-25 10:00", "2026-11-27 12:00", "25.11.2026 10:00 – 27.11.2026 12:00"),
        ("2026-11-25 00:00", "2026-11-26 00:30", "25.11.2026 00:00 – 26.11.2026 00:30"),
        ("2026-12-31 20:00", "2027-01-02 00:00", "31.12.2026 20:00 – 01.01.2027 24:00"),
    ],
)
def test_hours_of_several_days_are_written_with_both_days(start: str, end: str, text: str) -> None:
    assert period(Period(moment(start), moment(end)), MOSCOW) == text


def test_an_end_at_midnight_belongs_to_its_day(now: object) -> None:
    ends = [moment(f"2026-11-{day} {clock}") for day, clock in ((25, "00:00"), (26, "00:00"), (27, "00:00"))]
    with override("ru"):
        assert [moment_until(end, MOSCOW) for end in ends] == ["24:00", "24:00 завтра", "24:00, 26\u00a0ноября"]
        assert [end_words(end, MOSCOW) for end in ends[:2]] == ["сегодня\u00a0в\u00a024:00", "завтра\u00a0в\u00a024:00"]
        assert (end_dated(ends[0], MOSCOW), end_dated(moment("2026-11-24 18:00"), MOSCOW)) == (
            "24\u00a0ноября\u00a0в\u00a024:00",
            "24\u00a0ноября\u00a0в\u00a018:00",
        )


def test_opening_hours_are_written_from_when_until_when_or_round_the_clock() -> None:
    with override("ru"):
        found = [opening_words(hours) for hours in ((time(8), time(21)), (time(10), time(0)), (time(0), time(0)))]
    assert found == ["08:00–21:00", "10:00–24:00", "круглосуточно"]


def test_a_range_of_days_is_short_and_has_its_year_where_it_is_far(now: object) -> None:
    day = date(2026, 12, 8)
    with override("ru"):
        assert days_short(day, date(2027, 2, 23), MOSCOW) == "8\u00a0дек – 23\u00a0фев"
        assert days_short(day, date(2026, 12, 22), MOSCOW) == "8 – 22\u00a0дек"
        assert days_short(date(2024, 12, 8), date(2025, 2, 23), MOSCOW) == "8\u00a0дек 2024 – 23\u00a0фев 2025"
        week = local_days(date(2027, 12, 6), date(2027, 12, 12), MOSCOW)
        assert period_words(week, MOSCOW) == "6 – 12\u00a0декабря 2027"
    with override("en"):
        assert days_short(day, date(2027, 2, 23), MOSCOW) == "8\u00a0Dec – 23\u00a0Feb"


def test_long_names_are_written_with_initials() -> None:
    assert initials_name("Петров Иван Андреевич") == "Петров И. А."
    assert initials_name("") == ""
    assert [name_to_fit(name) for name in ("Ким Анна", "Смирнова Ольга Вячеславовна")] == ["Ким Анна", "Смирнова О. В."]


def test_no_form_shows_the_stock_sentences_of_django() -> None:
    root = Path(django.__file__).parent
    found = {}
    with override("ru"):
        for part in ("conf", "contrib/postgres"):
            with (root / part / "locale/ru/LC_MESSAGES/django.mo").open("rb") as file:
                stock = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
            ids = {key if isinstance(key, str) else key[0] for key, text in stock.items() if STOCK in text}
            assert ids
            found.update({key: translate(key) for key in ids})
    assert {key: text for key, text in found.items() if STOCK in text} == {}
