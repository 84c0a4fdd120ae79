"""Sums, quantities, periods and moments in words.

Dates and times need the time zone of their location; there is deliberately no default.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from olvery.shared.clocks import END_OF_DAY, clock_text, end_text
from olvery.shared.money import NBSP, to_kopecks
from olvery.shared.periods import DAY, Period, local_days

DAY_AND_MONTH = f"j{NBSP}E"  # for `date_format`: «28 ноября», on one line
# Characters.
LONGEST_NAME_IN_A_COLUMN = 16


def format_money(amount: Decimal, currency: str = "") -> str:
    """Write a sum the Russian way: «1 150 ₽», with kopecks only if there are any; or «6 USD»."""
    amount = to_kopecks(amount)
    places = 0 if amount == amount.to_integral_value() else 2
    digits = f"{abs(amount):,.{places}f}".replace(",", NBSP).replace(".", ",")
    return f"{'−' if amount < 0 else ''}{digits}{NBSP}{currency or '₽'}"


def initials_name(name: str) -> str:
    """Write a full name as «Петров И. А.»."""
    family, *given = name.split() or [""]
    return " ".join([family, *(f"{word[0]}." for word in given)])


def name_to_fit(name: str) -> str:
    """Write a full name for a narrow column: a long one with initials, so that nothing is cut off."""
    return name if len(name) <= LONGEST_NAME_IN_A_COLUMN else initials_name(name)


def quantity(number: Decimal) -> str:
    """Write a quantity without trailing zeros: «4», «1,5»."""
    number = round(number, 3)
    return number_format(number.normalize() if number != int(number) else int(number))


def paid_with(title: str) -> str:
    """Translate the provider's name for the customer's card or wallet."""
    for theirs, ours in (("Bank card", _("Card")), ("YooMoney wallet", _("YooMoney wallet"))):
        if title.startswith(theirs):
            return ours + title.removeprefix(theirs)
    return title


def period(value: Period, zone: ZoneInfo) -> str:
    """Write a period for lists: «24.11.2026 10:00–14:00», «24.11.2026 – 30.11.2026» or one day.

    Blocks made by support, and days followed by a buffer, may begin or end within a day: then both are written.
    """
    first, last = value.days(zone)
    if value == local_days(first, last, zone):
        return f"{first:%d.%m.%Y}" if first == last else f"{first:%d.%m.%Y} – {last:%d.%m.%Y}"
    if first == last:
        return f"{first:%d.%m.%Y} {hours(value, zone)}"
    return f"{first:%d.%m.%Y} {clock(value.start, zone)} – {last:%d.%m.%Y} {clock_of_end(value, zone)}"


def period_words(value: Period, zone: ZoneInfo) -> str:
    """Write a period for people: «сегодня, 14:00–18:00», «пт, 28 ноября», «1 – 7 декабря»."""
    first, last = value.days(zone)
    if not value.is_whole_days(zone):
        return f"{day_words(first, zone)}, {hours(value, zone)}"
    if first == last:
        all_day = _("all day")
        return f"{day_words(first, zone)}, {all_day}"
    return _range(first, last, "E", zone)


def period_dated(value: Period, zone: ZoneInfo) -> str:
    """Write a period for letters, which are read on another day: «пт, 28 ноября, 14:00–18:00»."""
    first, last = value.days(zone)
    if value.is_whole_days(zone) and first != last:
        return period_words(value, zone)
    when = _("all day") if value.is_whole_days(zone) else hours(value, zone)
    return f"{_dated(first, zone)}, {when}"


def days_short(first: date, last: date, zone: ZoneInfo) -> str:
    """Write a range of days for a narrow column: «8 дек – 23 фев»."""
    return _range(first, last, "b" if get_language() == "ru" else "M", zone)


def weekdays_short(days: Iterable[int]) -> str:
    """Write weekdays, 0 is Monday: «пн–пт», «сб, вс»."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(_run(run) for run in runs)


def end_dated(value: datetime, zone: ZoneInfo) -> str:
    """Write a moment at which something ends, a deadline too: «28 ноября в 24:00»."""
    day, end = _ending(value, zone)
    return _("%(day)s at %(time)s") % {"day": _dated(day, zone, weekday=False), "time": end}


def moment(value: datetime, zone: ZoneInfo) -> str:
    """Write a moment: «24.11.2026 10:48»."""
    return f"{value.astimezone(zone):%d.%m.%Y %H:%M}"


def moment_of_end(value: datetime, zone: ZoneInfo) -> str:
    """Write a moment at which something ends: «24.11.2026 24:00»."""
    day, end = _ending(value, zone)
    return f"{day:%d.%m.%Y} {end}"


def clock(value: datetime, zone: ZoneInfo) -> str:
    """Write a time of day: «10:48»."""
    return f"{value.astimezone(zone):%H:%M}"


def moment_words(value: datetime, zone: ZoneInfo) -> str:
    """Write a moment for people: «сегодня в 10:48», «28 ноября в 16:00»."""
    local = value.astimezone(zone)
    return _("%(day)s at %(time)s") % {"day": day_words(local.date(), zone, weekday=False), "time": f"{local:%H:%M}"}


def end_words(value: datetime, zone: ZoneInfo) -> str:
    """Write a moment at which something ends, a deadline too: «вчера в 24:00»."""
    day, end = _ending(value, zone)
    return _("%(day)s at %(time)s") % {"day": day_words(day, zone, weekday=False), "time": end}


def time_since(moment: datetime, now: datetime) -> str:
    """Write how long ago a moment was, in full minutes: «1 ч 5 мин»."""
    return time_for(now - moment)


def time_for(length: timedelta) -> str:
    """Write a length in full minutes: «1 ч 5 мин»."""
    minutes = max(int(length.total_seconds()) // 60, 0)
    parts = [(minutes // 60, _("h")), (minutes % 60, _("min"))]
    return " ".join(f"{number}{NBSP}{unit}" for number, unit in parts if number) or f"0{NBSP}{_('min')}"


def time_left(until: datetime) -> str:
    """Write the time left in the two largest units, rounded up to a minute."""
    minutes, units = -(-seconds_left(until) // 60), (_("d"), _("h"), _("min"))
    days, hours_left = minutes // 1440, minutes // 60 % 24
    parts = [(days, units[0]), (hours_left, units[1]), (0 if days else minutes % 60, units[2])]
    shown = [f"{number}\u00a0{unit}" for number, unit in parts if number]
    return " ".join(shown) or f"0\u00a0{units[2]}"


def seconds_left(until: datetime) -> int:
    """Return the whole seconds left, 0 when it is over."""
    return max(int((until - timezone.now()).total_seconds()), 0)


def moment_until(value: datetime, zone: ZoneInfo) -> str:
    """Write a deadline after «до»: «11:51», at midnight «24:00», «09:00 завтра», «16:00, 28 ноября»."""
    day, end = _ending(value, zone)
    days = (day - timezone.now().astimezone(zone).date()) // DAY
    if days == 0:
        return end
    tomorrow = _("tomorrow")
    return f"{end} {tomorrow}" if days == 1 else f"{end}, {_dated(day, zone, weekday=False)}"


def clock_of_end(value: Period, zone: ZoneInfo) -> str:
    """Write the time of day at which a period ends: «18:00», at midnight «24:00», since it is the end of its day."""
    end = clock(value.end, zone)  # converting to a time would take two more calls, and lists have hundreds
    return "24:00" if end == "00:00" else end


def hours(value: Period, zone: ZoneInfo) -> str:
    """Write the hours of a period: «14:00–18:00»."""
    return f"{clock(value.start, zone)}–{clock_of_end(value, zone)}"


def opening_words(hours: tuple[time, time]) -> str:
    """Write the opening hours of a day: «08:00–21:00», «10:00–24:00», «круглосуточно»."""
    opens, closes = hours
    if opens == closes == END_OF_DAY:
        return _("round the clock")
    return f"{clock_text(opens)}–{end_text(closes)}"


def day_words(day: date, zone: ZoneInfo, *, weekday: bool = True) -> str:
    """Write a day for people: «завтра», «пт, 28 ноября»."""
    today = timezone.now().astimezone(zone).date()
    near = {today: _("today"), today + DAY: _("tomorrow"), today - DAY: _("yesterday")}
    return str(near[day]) if day in near else _dated(day, zone, weekday=weekday)


def day_and_month(day: date) -> str:
    """Write a day without its year, on one line: «28 ноября»."""
    return date_format(day, DAY_AND_MONTH)


def day_month_year(day: date) -> str:
    """Write a day with its year, keeping day and month on one line: «28 ноября 2026»."""
    return date_format(day, f"{DAY_AND_MONTH} Y")


def _ending(value: datetime, zone: ZoneInfo) -> tuple[date, str]:
    """Return the day and the time of an end: midnight is the end of the day before it."""
    local = value.astimezone(zone)
    clock = local.time()
    return local.date() - DAY if clock == END_OF_DAY else local.date(), end_text(clock)


def _range(first: date, last: date, month: str, zone: ZoneInfo) -> str:
    end = f"j{NBSP}{month}{_year(last, zone)}"
    start = "j" if (first.year, first.month) == (last.year, last.month) else f"j{NBSP}{month}{_year(first, zone)}"
    return f"{date_format(first, start)} – {date_format(last, end)}"


def _year(day: date, zone: ZoneInfo) -> str:
    """Return the format of the year for a day 300 or more days away, else an empty string."""
    today = timezone.now().astimezone(zone).date()
    return "" if abs(day - today) < timedelta(days=300) else " Y"


def _run(days: list[int]) -> str:
    names = [_weekday(day) for day in days]
    return ", ".join(names) if len(names) < 3 else f"{names[0]}–{names[-1]}"


def _weekday(day: int) -> str:
    name = str(WEEKDAYS_ABBR[day])
    return name.lower() if get_language() == "ru" else name  # English writes weekdays with a capital


def _dated(day: date, zone: ZoneInfo, *, weekday: bool = True) -> str:
    text = date_format(day, f"{DAY_AND_MONTH}{_year(day, zone)}")
    if not weekday:
        return text
    return f"{_weekday(day.weekday())}, {text}"
