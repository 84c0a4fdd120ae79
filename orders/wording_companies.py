"""Companies in words."""

from django.utils.translation import gettext as _

from accounts.models import Company, CompanyAction, CompanyEvent

NOTHING = "–"


def change_text(event: CompanyEvent) -> str:
    """Write a change of a company: «КПП: 526001001 → 526101001», «добавлен человек: Петров Иван»."""
    if event.action == CompanyAction.ADDED:
        return _("company added")
    if event.action == CompanyAction.MERGED:
        return f"{event.get_action_display()}: {event.old} → {event.new}"
    if event.person:
        return f"{event.get_action_display()}: {event.person.short_name}"
    name = str(getattr(Company._meta.get_field(event.field), "verbose_name", event.field))
    return f"{name[:1].upper()}{name[1:]}: {event.old or NOTHING} → {event.new or NOTHING}"
