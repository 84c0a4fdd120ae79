"""Changes of settings in words."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import DocumentKind
from coworking.domain.seat_plan import ON_THE_PLAN
from coworking.domain.setup import ROWS
from coworking.extra_icons import icon_choices
from coworking.models import Location, PaymentMethod, Photo, Rule, Section, Seller, SellerTax, Service, SettingsEvent
from olvery.shared.clocks import clock_text, end_text

LISTS: dict[str, Any] = {"payment_methods": PaymentMethod, "overridable_rules": Rule}
YES_NO = {"True": gettext_lazy("yes"), "False": gettext_lazy("no")}
NOTHING = "—"
MODELS: dict[Section, Any] = {
    **ROWS,
    Section.CONTACTS: Location,
    Section.SELLER: Seller,
    Section.TAXES: SellerTax,
    Section.PHOTOS: Photo,
    **dict.fromkeys((Section.REMINDERS, Section.DOOR, Section.LIMITS, Section.PANEL), Location),
}


def event_text(event: SettingsEvent, services: Mapping[str, str] | None = None) -> str:
    """Return a change in words: «Час · цена единицы, ₽: 250 → 280». `services` are names by their keys."""
    if event.section == Section.DOCUMENTS:
        document = {"kind": DocumentKind(event.subject).label, "edition": event.new}
        return _("published: %(kind)s, edition %(edition)s") % document
    if not event.field:
        return _("added: %(name)s") % {"name": event.new} if event.new else _("removed: %(name)s") % {"name": event.old}
    if event.field == ON_THE_PLAN:
        return _("changed on the plan: %(names)s") % {"names": event.subject}
    try:
        field = MODELS.get(event.section, Service)._meta.get_field(event.field)
    except FieldDoesNotExist:  # a setting that the models no longer have
        return f"{event.field}: {event.old} → {event.new}"
    name = " · ".join(filter(None, (event.subject, str(getattr(field, "verbose_name", event.field)))))
    if event.field == "also_services":
        old, new = (_names(keys, services or {}) for keys in (event.old, event.new))
        return f"{name}: {old} → {new}"
    return f"{name}: {_value(field, event.old)} → {_value(field, event.new)}"


def _names(keys: str, services: Mapping[str, str]) -> str:
    return ", ".join(services.get(key, key) for key in keys.split(",") if key) or NOTHING


def _value(field: Any, text: str) -> str:
    if field.name in LISTS:
        return ", ".join(str(LISTS[field.name](one).label) for one in text.split(",") if one) or NOTHING
    if field.name == "icon":
        return str(dict(icon_choices(text)).get(text, text))
    if isinstance(field, models.BooleanField):
        return str(YES_NO.get(text, text))
    if isinstance(field, models.DateField) and text:
        return date_format(date.fromisoformat(text), "d.m.Y")
    if isinstance(field, models.TimeField) and text:
        clock = time.fromisoformat(text)
        return end_text(clock) if field.name == "quiet_until" else clock_text(clock)
    if isinstance(field, models.DecimalField):
        return text.removesuffix(".00").replace(".", ",") or NOTHING
    return str(dict(field.flatchoices).get(text, text)) or NOTHING
