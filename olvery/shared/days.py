"""Days as people type them: «завтра», «пт», «28.11», «28», also with hours: «завтра с 10 до 14»."""

import re
from datetime import date, timedelta

NEAR = {"сегодня": 0, "завтра": 1, "послезавтра": 2, "вчера": -1}
WEEKDAYS = (
    ("пн", "понедельник"), ("вт", "вторник"), ("ср", "среда", "среду"), ("чт", "четверг"),
    ("пт", "пятница", "пятницу"), ("сб", "суббота", "субботу"), ("вс", "воскресенье"),
)  # fmt: skip
MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
NUMBERS = re.compile(r"(\d{1,2})(?:[.,/ -](\d{1,2}))?(?:[.,/ -](\d{2}|\d{4}))?\.?", re.ASCII)
NAMED = re.compile(r"(\d{1,2}) ([а-я]{3,8})(?: (\d{4}))?")
ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
# With a separator before the minutes: «28 11-2026» is a day.
CLOCK = r"(\d{1,2}(?:[:.]\d\d)?)"
WITH_HOURS = re.compile(rf"(.+?),? (?:с |в )?{CLOCK} ?(?:[-–—]|до) ?{CLOCK}", re.ASCII)
# In years. Beyond that a digit is wrong.
FARTHEST = 10


def read_day(text: str, *, today: date, is_past: bool = False) -> date | None:
    """Parse a day; None if the text is not a day, or one more than ten years away.

    Missing parts are taken from the next day that fits, including today: «28» on 29 November is 28 December,
    «пт» on a Friday is that day. With `is_past` it is the last day that fits, including today.
    """
    words = " ".join(text.lower().split()).removeprefix("в ").removeprefix("во ")
    day = _meant(words, today, -1 if is_past else 1)
    return day if day and abs(day.year - today.year) <= FARTHEST else None


def split_hours(text: str) -> tuple[str, str, str] | None:
    """Return a day and the two times typed after it; None if there are none."""
    found = WITH_HOURS.fullmatch(" ".join(text.lower().split()))
    return (found[1], found[2], found[3]) if found else None


def _meant(words: str, today: date, direction: int) -> date | None:
    if words in NEAR:
        return today + timedelta(days=NEAR[words])
    for weekday, names in enumerate(WEEKDAYS):
        if words in names:
            return today + timedelta(days=direction * (direction * (weekday - today.weekday()) % 7))
    if found := ISO.fullmatch(words):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if (found := NAMED.fullmatch(words)) and (month := _month(found[2])):
        return _nearest(int(found[1]), month, found[3], today, direction)
    if found := NUMBERS.fullmatch(words):
        return _nearest(int(found[1]), int(found[2]) if found[2] else None, found[3], today, direction)
    return None


def _month(name: str) -> int | None:
    return next((number for number, start in enumerate(MONTHS, start=1) if name.startswith(start)), None)


def _nearest(day: int, month: int | None, year: str | None, today: date, direction: int) -> date | None:
    if year:
        return _day(int(year) + (2000 if len(year) == 2 else 0), month or 0, day)
    if month:
        # A leap day comes within eight years.
        candidates = [_day(today.year + direction * away, month, day) for away in range(9)]
    else:
        months = [today.month - 1 + direction * away for away in range(3)]
        candidates = [_day(today.year + number // 12, number % 12 + 1, day) for number in months]
    return next((one for one in candidates if one and (one - today).days * direction >= 0), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
