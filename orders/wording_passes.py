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
    """Say how many hours or days: «3 часа», «5 дней»."""
    if unit == Unit.HOUR:
        return ngettext("%(count)s hour", "%(count)s hours", count) % {"count": count}
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


def terms_text(terms: PassTerms, unit: str) -> str:
    """Say what a pass is sold as: «10 часов на 30 дней, 4 500 ₽»."""
    facts = {
        "units": units_text(terms.units, unit),
        "days": units_text(terms.days, Unit.DAY),
        "price": format_money(terms.price),
    }
    return _("%(units)s for %(days)s, %(price)s") % facts


def pass_on_sale_text(tariff: Tariff) -> str:
    """Say what the tariff of a pass sells."""
    return terms_text(PassTerms.of(tariff), tariff.unit)


def given_back_text(back: GivenBack | PassChange, unit: str) -> str:
    """Say what comes back: «3 часа вернутся в абонемент, 1 час останется списанным»."""
    parts = []
    if back.returned:
        returned = ngettext("%(units)s goes back to the pass", "%(units)s go back to the pass", back.returned)
        parts.append(returned % {"units": units_text(back.returned, unit)})
    if back.kept:
        kept = ngettext("%(units)s stays used", "%(units)s stay used", back.kept)
        parts.append(kept % {"units": units_text(back.kept, unit)})
    return ", ".join(parts)


def used_more_text(units: int, unit: str) -> str:
    """Say what a change uses more: «Ещё с абонемента: 2 часа»."""
    return _("More from the pass: %(units)s") % {"units": units_text(units, unit)}


def pass_texts(told: Mapping[str, Any] | None) -> list[str]:
    """Say what a change has used of a pass and given back to it, as the history stores that; nothing of one without."""
    if not told:
        return []
    more, back = told["used_more"], GivenBack(told["returned"], told["kept"])
    texts = (used_more_text(more, told["unit"]) if more else "", given_back_text(back, told["unit"]))
    return [text for text in texts if text]


def left_text(own: Pass) -> str:
    return units_text(own.left, own.unit)


def until_text(own: Pass, zone: ZoneInfo) -> str:
    """Say until which day a pass is good."""
    return f"{own.period.days(zone)[1]:%d.%m.%Y}"


def pass_text(own: Pass, zone: ZoneInfo) -> str:
    """Name a pass where one is chosen: «10 часов, № 10123: осталось 7 часов, по 24.12.2026»."""
    facts = {"name": own.name, "number": own.number, "left": left_text(own), "day": until_text(own, zone)}
    return _("%(name)s, No. %(number)s: %(left)s left, until %(day)s") % facts


def signed_text(units: int) -> str:
    """Write what comes to a pass or goes from it: «+10», «−2»."""
    return f"{units:+}".replace("-", "−") if units else "0"
