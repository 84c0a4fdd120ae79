"""Companies in words."""

from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import Company, CompanyAction, CompanyEvent
from olvery.shared.formats import format_money

NOTHING = "—"


def change_text(event: CompanyEvent) -> str:
    """Return a change of a company in words: «КПП: 526001001 → 526101001», «добавлен человек: Петров Иван»."""
    if event.action == CompanyAction.ADDED:
        return _("company added")
    if event.action == CompanyAction.MERGED:
        return f"{event.get_action_display()}: {event.old} → {event.new}"
    if event.person:
        return f"{event.get_action_display()}: {event.person.short_name}"
    name = str(getattr(Company._meta.get_field(event.field), "verbose_name", event.field))
    old, new = (_value_text(event.field, value) for value in (event.old, event.new))
    return f"{name[:1].upper()}{name[1:]}: {old} → {new}"


def _value_text(field: str, value: str) -> str:
    return format_money(Decimal(value)) if field == "credit_limit" and value else value or NOTHING
