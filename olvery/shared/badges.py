"""The look of statuses and payment methods."""

from functools import cache
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

# Status → tone, icon. The text comes from the status itself.
BADGES: dict[str, dict[str, tuple[str, str]]] = {
    "ticket": {
        "held": ("warn", "circle-dashed"),
        "active": ("ok", "circle-check"),
        "used": ("mute", "check-check"),
        "no_show": ("mute", "user-x"),
        "cancelled": ("bad", "ban"),
    },
    "order": {
        "awaiting_payment": ("warn", "hourglass"),
        "confirmed": ("ok", "circle-check"),
        "completed": ("mute", "check-check"),
        "cancelled": ("bad", "ban"),
        "expired": ("mute", "clock"),
    },
    "waiting": {
        "waiting": ("warn", "hourglass"),
        "offered": ("ok", "circle-check"),
        "withdrawn": ("mute", "ban"),
        "ended": ("mute", "clock"),
    },
    "payment": {
        "not_required": ("mute", "minus"),
        "unpaid": ("warn", "circle-alert"),
        "pending": ("info", "hourglass"),
        "partly_paid": ("warn", "circle-dashed"),
        "paid": ("ok", "check"),
        "partly_refunded": ("mute", "undo-2"),
        "refunded": ("mute", "undo-2"),
    },
}

METHOD_ICONS = {"online": "credit-card", "on_site": "store", "invoice": "file-text", "free": "gift"}

# Icons of tickets and blocks in the calendar; `here` is a ticket whose visitor is on site.
BAR_ICONS = {
    "held": "hourglass",
    "active": "circle-check",
    "here": "user-check",
    "used": "check-check",
    "no_show": "user-x",
    "blocked": "lock",
}


def badge(kind: str, status: Any) -> SafeString:
    """Render a status: the shape shows whose it is, icon and text which one. "Payment not required" has no badge."""
    value = str(status)
    return mark_safe("") if (kind, value) == ("payment", "not_required") else _badge(kind, value, str(status.label))


@cache
def _badge(kind: str, status: str, label: str) -> SafeString:
    return format_html("<b data-badge={}-{}>{}</b>", kind, status, label)


def method(value: Any, name: str = "") -> SafeString:
    """Render a payment method, short enough for a row of a list; `name` replaces its usual one."""
    return _method(str(value), name or method_name(value))


@cache
def _method(value: str, name: str) -> SafeString:
    return format_html("<i data-method={}>{}</i>", value, name)


def method_name(value: Any) -> str:
    """Return the short name of a payment method: «ЮKassa», not the label that the customer chooses in the form."""
    return _("YooKassa") if str(value) == "online" else str(value.label)
