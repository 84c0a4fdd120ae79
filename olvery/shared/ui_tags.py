"""Template tags and filters of the design system: icons, badges; `formats` and phones for templates."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

import segno
from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from olvery.shared import clocks, formats, phones
from olvery.shared.badges import BADGES, METHOD_ICONS, badge, method, method_name
from olvery.shared.icons import ICONS, icon_html
from olvery.shared.page_parts import address as parts_address
from olvery.shared.search import as_russian_keys, fold

WORDS_SHOWN = 2  # of what is chosen in a filter

register = template.Library()
register.simple_tag(badge)
register.simple_tag(method)
register.filter(method_name)
register.filter("money", formats.format_money)
register.filter("phone", phones.format_phone)
register.filter("stored_phone", phones.format_stored_phone)
register.filter("last_digits", phones.last_digits)
register.filter("clock_of_start", lambda value, zone: formats.clock(value.start, zone))
for write in (
    clocks.end_text,
    formats.clock,
    formats.clock_of_end,
    formats.day_and_month,
    formats.day_month_year,
    formats.day_words,
    formats.end_dated,
    formats.end_words,
    formats.hours,
    formats.moment,
    formats.moment_until,
    formats.moment_words,
    formats.name_to_fit,
    formats.opening_words,
    formats.paid_with,
    formats.period,
    formats.period_dated,
    formats.period_words,
    formats.quantity,
    formats.time_for,
    formats.time_left,
    formats.time_since,
):
    register.filter(write)


EVENTS = {
    "created": ("accent", "plus"),
    "rule_overridden": ("warn", "shield-alert"),
    "block_overridden": ("warn", "lock"),
    "discount_given": ("info", "badge-percent"),
    "contact_changed": ("info", "phone"),
    "message_sent": ("ok", "send"),
    "payment_started": ("info", "credit-card"),
    "paid": ("ok", "circle-check"),
    "payment_canceled": ("warn", "triangle-alert"),
    "refund_requested": ("info", "undo-2"),
    "refunded": ("ok", "undo-2"),
    "refund_failed": ("bad", "triangle-alert"),
    "corrected": ("warn", "pencil"),
    "invoice_issued": ("info", "file-text"),
    "act_issued": ("info", "file-text"),
    "approval_asked": ("warn", "user-check"),
    "approved": ("ok", "user-check"),
    "declined": ("mute", "user-x"),
    "deadline_moved": ("info", "clock"),
    "changed": ("info", "pencil"),
    "change_undone": ("mute", "undo-2"),
    "tickets_restored": ("accent", "rotate-ccw"),
    "place_released": ("warn", "user-x"),
    "from_waiting": ("accent", "hourglass"),
    "place_kept": ("info", "lock"),
    "handed_over": ("info", "send"),
    "taken_back": ("info", "undo-2"),
    "shared": ("info", "share-2"),
    "unshared": ("info", "ban"),
    "merged": ("info", "users"),
}


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """Render an icon, hidden from screen readers because its label is next to it."""
    if name not in ICONS and name != "logo":
        raise template.TemplateSyntaxError(f"The icon {name!r} is not in olvery.shared.icons.ICONS.")
    return icon_html(name, classes)


@register.simple_tag
def page_parts(manage: Any) -> str:
    """Return the URL of the page parts for scripts, for managers or for everybody else."""
    return parts_address("manage" if manage else "own", get_language())


@register.filter
def event_tone(event: Any) -> str:
    """Return the tone of an event in the history."""
    return _sign_of(event)[0]


@register.filter
def event_icon(event: Any) -> str:
    """Return the icon name of an event in the history."""
    return _sign_of(event)[1]


def _sign_of(event: Any) -> tuple[str, str]:
    """Return tone and icon: those of the new status if it has changed, else those of the kind."""
    if event.kind == "status_changed":
        return BADGES["order"][event.data["to"]]
    return EVENTS[event.kind]


@register.filter
def method_icon(value: Any) -> str:
    """Return the icon name of a payment method."""
    return METHOD_ICONS[str(value)]


@register.filter
def marked(name: str, typed: str) -> SafeString:
    """Highlight the beginnings of words by which a person was found."""
    beginnings = {*fold(typed or "").split(), *fold(as_russian_keys(typed or "")).split()}
    return format_html_join(" ", "{}", ((_mark(word, beginnings),) for word in name.split()))


def _mark(word: str, beginnings: set[str]) -> str:
    folded = fold(word)
    found = max((len(start) for start in beginnings if folded.startswith(start)), default=0)
    return format_html("<mark>{}</mark>{}", word[:found], word[found:]) if found else word


@register.simple_tag
def countdown(until: datetime) -> SafeString:
    """Show the time left: «4 ч 20 мин». The script counts down, and reloads the page when the time is over."""
    seconds, units = formats.seconds_left(until), ",".join([_("d"), _("h"), _("min")])
    text = formats.time_left(until)
    return format_html('<b class="num nowrap" data-left="{}" data-units="{}">{}</b>', seconds, units, text)


@register.simple_tag
def meter(taken: int, capacity: int, held: int = 0) -> SafeString:
    """Draw how much of a capacity is taken, with held places lighter; the numbers are next to it."""
    whole = capacity or 1
    firm, all_taken = (f"{min(100, 100 * part / whole):.1f}%" for part in (taken - held, taken))
    return format_html(
        '<svg class="meter" aria-hidden="true">'
        '<rect width="100%"/><rect class="held" width="{}"/><rect width="{}"/></svg>',
        all_taken,
        firm,
    )


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
    for is_dark, cells in groupby(row):
        width = len(list(cells))
        if is_dark:
            parts.append(f"M{x} {y}h{width}v1h-{width}z")
        x += width
    return "".join(parts)


@register.filter
def chosen_words(choices: Iterable[tuple[Any, Any]], chosen: Collection[Any]) -> str:
    """Return the chosen values of a filter in words: at most two, then the number of others."""
    words = [str(label) for value, label in choices if value in chosen]
    more = f" +{len(words) - WORDS_SHOWN}" if len(words) > WORDS_SHOWN else ""
    return ", ".join(words[:WORDS_SHOWN]) + more


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """Return the page's query string with some parameters changed or, by an empty value, removed."""
    kept = {name: values for name, values in context["request"].GET.lists() if name not in changes}
    changed = {name: value for name, value in changes.items() if value not in ("", None)}
    return f"?{urlencode({**kept, **changed}, doseq=True)}"
