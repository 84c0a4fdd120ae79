"""Promo codes in words."""

from collections.abc import Mapping
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coworking.models import SettingsEvent
from olvery.shared.formats import DAY_AND_MONTH, format_money, weekdays_short
from orders.domain.booking.pricing import Discount
from orders.models import PromoCode

NOTHING = "—"
DAYS, COUNTS = ("starts_on", "ends_on"), ("most_uses", "most_uses_each")


def value_text(code: PromoCode) -> str:
    """Return the discount of a code: «10 %» or «500 ₽»."""
    return Discount(code.value, code.is_percent).text or format_money(code.value)


def days_text(code: PromoCode) -> str:
    """Return when a code can be used: «с 1 декабря», «1 декабря – 7 января»; empty for always."""
    first, last = code.starts_on, code.ends_on
    if first and last:
        return f"{_day(first)} – {_day(last)}"
    if first:
        return _("from %(day)s on") % {"day": _day(first)}
    return _("until %(day)s") % {"day": _day(last)} if last else ""


def change_text(event: SettingsEvent, services: Mapping[int, str]) -> str:
    """Return a change of a code in words: «Последний день: — → 31.12.2026»; `services` are names by their keys."""
    if not event.field:
        return _("added: %(name)s") % {"name": event.new}
    if event.field == "is_active":
        return _("given again") if event.new == "True" else _("archived")
    name = str(getattr(PromoCode._meta.get_field(event.field), "verbose_name", event.field)).capitalize()
    return f"{name}: {_value(event.field, event.old, services)} → {_value(event.field, event.new, services)}"


def _value(field: str, text: str, services: Mapping[int, str]) -> str:
    if field == "value" and text:
        return text.removesuffix(".00").replace(".", ",")
    if field == "weekdays":
        return weekdays_short(int(day) for day in text.split(",") if day) or _("any")
    if field == "service_ids":
        return ", ".join(services.get(int(key), key) for key in text.split(",") if key) or _("any")
    if field in DAYS and text:
        return f"{date.fromisoformat(text):%d.%m.%Y}"
    if field in COUNTS and not text:
        return _("any number")
    return text or NOTHING


def _day(day: date) -> str:
    return date_format(day, f"{DAY_AND_MONTH} Y")
