"""Passes in words."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coworking.models import Tariff, Unit
from olvery.shared.formats import format_money
from orders.domain.booking.pass_changes import PassChange
from orders.domain.booking.pass_selling import PassTerms
from orders.domain.booking.passes import GivenBack
from orders.models import Pass


def units_text(count: int, unit: str) -> str:
    """Return a number of hours or days: «3 часа», «5 дней»."""
    if unit == Unit.HOUR:
        return ngettext("%(count)s hour", "%(count)s hours", count) % {"count": count}
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


def terms_text(terms: PassTerms, unit: str) -> str:
    """Return the terms of a pass on sale: «10 часов на 30 дней, 4 500 ₽»."""
    facts = {
        "units": units_text(terms.units, unit),
        "days": units_text(terms.days, Unit.DAY),
        "price": format_money(terms.price),
    }
    return _("%(units)s for %(days)s, %(price)s") % facts


def pass_on_sale_text(tariff: Tariff) -> str:
    """Return what the tariff of a pass sells."""
    return terms_text(PassTerms.of(tariff), tariff.unit)


def given_back_text(back: GivenBack | PassChange, unit: str) -> str:
    """Return what comes back: «3 часа вернутся в абонемент, 1 час останется списанным»."""
    parts = []
    if back.returned:
        returned = ngettext("%(units)s goes back to the pass", "%(units)s go back to the pass", back.returned)
        parts.append(returned % {"units": units_text(back.returned, unit)})
    if back.kept:
        kept = ngettext("%(units)s stays used", "%(units)s stay used", back.kept)
        parts.append(kept % {"units": units_text(back.kept, unit)})
    return ", ".join(parts)


def used_more_text(units: int, unit: str) -> str:
    """Return the additional units that a change uses: «Ещё с абонемента: 2 часа»."""
    return _("More from the pass: %(units)s") % {"units": units_text(units, unit)}


def pass_texts(told: Mapping[str, Any] | None) -> list[str]:
    """Return what a change has taken from a pass and given back, as the history stores it; empty without a pass."""
    if not told:
        return []
    more, back = told["used_more"], GivenBack(told["returned"], told["kept"])
    texts = (used_more_text(more, told["unit"]) if more else "", given_back_text(back, told["unit"]))
    return [text for text in texts if text]


def left_text(own: Pass) -> str:
    return units_text(own.left, own.unit)


def until_text(own: Pass, zone: ZoneInfo) -> str:
    """Return the last day of a pass."""
    return f"{own.period.days(zone)[1]:%d.%m.%Y}"


def pass_text(own: Pass, zone: ZoneInfo) -> str:
    """Return a pass as a choice: «10 часов, № 10123: осталось 7 часов, по 24.12.2026»."""
    facts = {"name": own.name, "number": own.number, "left": left_text(own), "day": until_text(own, zone)}
    return _("%(name)s, No. %(number)s: %(left)s left, until %(day)s") % facts


def signed_text(units: int) -> str:
    """Return units that come to a pass or go from it, with a sign: «+10», «−2»."""
    return f"{units:+}".replace("-", "−") if units else "0"
