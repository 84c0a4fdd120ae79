"""Statuses and payment methods as a few bytes of HTML, for templates and for rows that Python draws."""

from functools import cache
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _


def badge(kind: str, status: Any) -> SafeString:
    """Render a status as shape (whose), icon and word (which). "Payment not required" has no badge."""
    value = str(status)
    return mark_safe("") if (kind, value) == ("payment", "not_required") else _badge(kind, value, str(status.label))


@cache
def _badge(kind: str, status: str, label: str) -> SafeString:
    return format_html("<b data-badge={}-{}>{}</b>", kind, status, label)


def method(value: Any) -> SafeString:
    """Show a payment method, short enough for a row of a list."""
    return _method(str(value), method_name(value))


@cache
def _method(value: str, name: str) -> SafeString:
    return format_html("<i data-method={}>{}</i>", value, name)


def method_name(value: Any) -> str:
    """Return the short name of a payment method: «ЮKassa», not what the customer chooses in the form."""
    return _("YooKassa") if str(value) == "online" else str(value.label)
