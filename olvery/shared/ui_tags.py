"""Template tags and filters of the design system: icons, badges, money, dates, phones.

Dates and times take the time zone of the location they belong to; there is no default on purpose.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django import template
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber

from olvery.shared import money as roubles
from olvery.shared import phones
from olvery.shared.icons import ICONS, sprite_url
from olvery.shared.periods import DAY, Period
from olvery.shared.search import as_russian_keys, fold

register = template.Library()

# Status → tone, icon, flags. The words come from the status itself.
BADGES: dict[str, dict[str, tuple[str, str, str]]] = {
    "ticket": {
        "held": ("warn", "circle-dashed", ""),
        "active": ("ok", "circle-check", ""),
        "used": ("mute", "check-check", ""),
        "no_show": ("mute", "user-x", ""),
        "cancelled": ("bad", "ban", " data-void"),
    },
    "order": {
        "awaiting_payment": ("warn", "hourglass", ""),
        "confirmed": ("ok", "circle-check", ""),
        "completed": ("mute", "check-check", ""),
        "cancelled": ("bad", "ban", " data-void"),
        "expired": ("mute", "clock", ""),
    },
    "payment": {
        "not_required": ("mute", "minus", ""),
        "unpaid": ("warn", "circle-alert", ""),
        "pending": ("info", "hourglass", ""),
        "partly_paid": ("warn", "circle-dashed", ""),
        "paid": ("ok", "check", ""),
        "partly_refunded": ("mute", "undo-2", ""),
        "refunded": ("mute", "undo-2", ""),
    },
}
EVENTS = {
    "created": ("accent", "plus"),
    "rule_overridden": ("warn", "shield-alert"),
    "discount_given": ("info", "badge-percent"),
    "contact_changed": ("info", "phone"),
    "status_changed": ("ok", "check"),
    "message_sent": ("ok", "send"),
    "payment_started": ("info", "credit-card"),
    "paid": ("ok", "circle-check"),
    "payment_canceled": ("warn", "triangle-alert"),
    "refund_requested": ("info", "undo-2"),
    "refunded": ("ok", "undo-2"),
    "refund_failed": ("bad", "triangle-alert"),
    "corrected": ("warn", "pencil"),
    "invoice_issued": ("info", "file-text"),
    "deadline_moved": ("info", "clock"),
    "tickets_restored": ("accent", "rotate-ccw"),
}
METHOD_ICONS = {"online": "credit-card", "on_site": "store", "invoice": "file-text", "free": "gift"}


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """Render an icon hidden from screen readers: its word is beside it."""
    if name not in ICONS:
        raise template.TemplateSyntaxError(f"The icon {name!r} is not in olvery.shared.icons.ICONS.")
    css = f"icon {classes}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css, sprite_url(), name)


@register.simple_tag
def badge(kind: str, status: Any) -> SafeString:
    """Render a status as shape (whose), icon and word (which). "Payment not required" has no badge."""
    if (kind, str(status)) == ("payment", "not_required"):
        return mark_safe("")
    tone, icon_name, flags = BADGES[kind][str(status)]
    return format_html(
        '<span class="badge" data-kind="{}" data-tone="{}"{}>{}{}</span>',
        kind,
        tone,
        mark_safe(flags),  # noqa: S308 - a constant of this file
        icon(icon_name),
        status.label,
    )


@register.simple_tag
def method(value: Any) -> SafeString:
    """Show a payment method, short enough for a row of a list."""
    return format_html('<span class="meta">{}{}</span>', icon(METHOD_ICONS[str(value)]), method_name(value))


@register.filter
def method_name(value: Any) -> str:
    """Return the short name of a payment method: «ЮKassa», not what the customer chooses in the form."""
    return _("YooKassa") if str(value) == "online" else str(value.label)


@register.filter
def paid_with(title: str) -> str:
    """Translate the provider's name of the customer's card or wallet."""
    for theirs, ours in (("Bank card", _("Card")), ("YooMoney wallet", _("YooMoney wallet"))):
        if title.startswith(theirs):
            return ours + title.removeprefix(theirs)
    return title


@register.filter
def event_tone(kind: str) -> str:
    """Return the tone of an event in the history."""
    return EVENTS[kind][0]


@register.filter
def event_icon(kind: str) -> str:
    """Return the icon name of an event in the history."""
    return EVENTS[kind][1]


@register.filter
def method_icon(value: Any) -> str:
    """Return the icon name of a payment method."""
    return METHOD_ICONS[str(value)]


@register.filter
def money(amount: Decimal) -> str:
    """Write roubles: «1 150 ₽»."""
    return roubles.format_money(amount)


@register.filter
def phone(number: PhoneNumber | None) -> str:
    """Write a stored phone: «+7 916 204-48-21»."""
    return phones.format_phone(number)


@register.filter
def marked(name: str, typed: str) -> SafeString:
    """Mark the beginnings of words by which a person was found."""
    beginnings = {*fold(typed or "").split(), *fold(as_russian_keys(typed or "")).split()}
    return format_html_join(" ", "{}", ((_mark(word, beginnings),) for word in name.split()))


def _mark(word: str, beginnings: set[str]) -> str:
    folded = fold(word)
    found = max((len(start) for start in beginnings if folded.startswith(start)), default=0)
    return format_html("<mark>{}</mark>{}", word[:found], word[found:]) if found else word


@register.filter
def quantity(number: Decimal) -> str:
    """Write a quantity without trailing zeros: «4», «1,5»."""
    number = round(number, 3)
    return formats.number_format(number.normalize() if number != int(number) else int(number))


@register.filter
def period(value: Period, zone: ZoneInfo) -> str:
    """Write a period for lists: «24.11.2026 10:00–14:00», «24.11.2026 – 30.11.2026» or one day."""
    first, last = value.days(zone)
    if value.is_whole_days(zone):
        return f"{first:%d.%m.%Y}" if first == last else f"{first:%d.%m.%Y} – {last:%d.%m.%Y}"
    return f"{first:%d.%m.%Y} {_hours(value, zone)}"


@register.filter
def period_words(value: Period, zone: ZoneInfo) -> str:
    """Write a period for people: «сегодня, 14:00–18:00», «пт, 28 ноября», «1 – 7 декабря»."""
    first, last = value.days(zone)
    if not value.is_whole_days(zone):
        return f"{_day_words(first, zone)}, {_hours(value, zone)}"
    if first == last:
        all_day = _("all day")
        return f"{_day_words(first, zone)}, {all_day}"
    start = formats.date_format(first, "j" if (first.year, first.month) == (last.year, last.month) else "j E")
    return f"{start} – {formats.date_format(last, 'j E')}"


@register.filter
def period_dated(value: Period, zone: ZoneInfo) -> str:
    """Write a period for letters, which are read on another day: «пт, 28 ноября, 14:00–18:00»."""
    first, last = value.days(zone)
    if value.is_whole_days(zone) and first != last:
        return period_words(value, zone)
    hours = _("all day") if value.is_whole_days(zone) else _hours(value, zone)
    return f"{_dated(first, zone)}, {hours}"


@register.filter
def moment_dated(value: datetime, zone: ZoneInfo) -> str:
    """Write a moment for letters: «28 ноября в 16:00»."""
    local = value.astimezone(zone)
    return _("%(day)s at %(time)s") % {"day": _dated(local.date(), zone, weekday=False), "time": f"{local:%H:%M}"}


@register.filter
def moment(value: datetime, zone: ZoneInfo) -> str:
    """Write a moment: «24.11.2026 10:48»."""
    return f"{value.astimezone(zone):%d.%m.%Y %H:%M}"


@register.filter
def moment_words(value: datetime, zone: ZoneInfo) -> str:
    """Write a moment for people: «сегодня в 10:48», «28 ноября в 16:00»."""
    local = value.astimezone(zone)
    return _("%(day)s at %(time)s") % {"day": _day_words(local.date(), zone, weekday=False), "time": f"{local:%H:%M}"}


@register.simple_tag
def countdown(until: datetime) -> SafeString:
    """Show how long is left: «4 ч 20 мин». The script counts down, and reloads the page when the time is over."""
    seconds, units = _seconds_left(until), ",".join([_("d"), _("h"), _("min")])
    text = time_left(until)
    return format_html('<b class="num nowrap" data-left="{}" data-units="{}">{}</b>', seconds, units, text)


@register.filter
def time_left(until: datetime) -> str:
    """Write how long is left in the two largest units, rounding up to a minute."""
    minutes, units = -(-_seconds_left(until) // 60), (_("d"), _("h"), _("min"))
    days, hours = minutes // 1440, minutes // 60 % 24
    parts = [(days, units[0]), (hours, units[1]), (0 if days else minutes % 60, units[2])]
    shown = [f"{number}\u00a0{unit}" for number, unit in parts if number]
    return " ".join(shown) or f"0\u00a0{units[2]}"


def _seconds_left(until: datetime) -> int:
    return max(int((until - timezone.now()).total_seconds()), 0)


@register.filter
def moment_until(value: datetime, zone: ZoneInfo) -> str:
    """Write a deadline after «до»: «11:51», «09:00 завтра», «16:00, 28 ноября»."""
    local = value.astimezone(zone)
    days = (local.date() - timezone.now().astimezone(zone).date()) // DAY
    if days == 0:
        return f"{local:%H:%M}"
    tomorrow = _("tomorrow")
    return f"{local:%H:%M} {tomorrow}" if days == 1 else f"{local:%H:%M}, {_dated(local.date(), zone, weekday=False)}"


def _hours(value: Period, zone: ZoneInfo) -> str:
    return f"{value.start.astimezone(zone):%H:%M}–{value.end.astimezone(zone):%H:%M}"


def _day_words(day: Any, zone: ZoneInfo, *, weekday: bool = True) -> str:
    today = timezone.now().astimezone(zone).date()
    near = {today: _("today"), today + DAY: _("tomorrow"), today - DAY: _("yesterday")}
    return str(near[day]) if day in near else _dated(day, zone, weekday=weekday)


def _dated(day: Any, zone: ZoneInfo, *, weekday: bool = True) -> str:
    today = timezone.now().astimezone(zone).date()
    with_year = "j E" if abs(day - today) < timedelta(days=300) else "j E Y"
    text = formats.date_format(day, with_year)
    return f"{formats.date_format(day, 'D').lower()}, {text}" if weekday else text


@register.simple_tag
def qr(text: str, label: str, size: str = "") -> SafeString:
    """Render a QR code as one path in the current colour."""
    code = segno.make(text, error="m", micro=False)
    rows = list(code.matrix)
    path = "".join(_runs(row, y) for y, row in enumerate(rows))
    return format_html(
        '<svg class="qr"{} viewBox="0 0 {} {}" role="img" aria-label="{}"><path fill="currentColor" d="{}"/></svg>',
        format_html(' data-size="{}"', size) if size else "",
        len(rows),
        len(rows),
        label,
        path,
    )


def _runs(row: Any, y: int) -> str:
    parts, x = [], 0
    cells = list(row)
    while x < len(cells):
        width = 1
        while x + width < len(cells) and cells[x + width] == cells[x]:
            width += 1
        if cells[x]:
            parts.append(f"M{x} {y}h{width}v1h-{width}z")
        x += width
    return "".join(parts)


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """Return the page's query string with some parameters changed or, by an empty value, removed."""
    values = context["request"].GET.copy()
    for name, value in changes.items():
        values.pop(name, None)
        if value not in ("", None):
            values[name] = value
    return f"?{values.urlencode()}"
