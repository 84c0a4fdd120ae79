"""Headings of Django admin: its own put names in the nominative after a verb, «Изменить услуга»."""

from typing import Any

from django import template
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

register = template.Library()

# What is added or changed, after the verb. The others are only looked at.
OBJECTS = {
    "coworking.location": pgettext_lazy("to change", "location"),
    "coworking.service": pgettext_lazy("to change", "service"),
    "coworking.block": pgettext_lazy("to change", "block"),
    "accounts.user": pgettext_lazy("to change", "person"),
    "accounts.membership": pgettext_lazy("to change", "role"),
    "auth.group": pgettext_lazy("to change", "group"),
}
# Names of a package, which has English ones only: one and many.
NAMES = {"procrastinate.procrastinatejob": (gettext_lazy("job"), gettext_lazy("jobs"))}


@register.simple_tag(takes_context=True)
def admin_heading(context: dict[str, Any]) -> str:
    """Return the heading of a page of admin: of a list its name, of a form what it does to what."""
    options = context.get("opts")
    if options is None:
        return str(context.get("title") or "")
    one, many = NAMES.get(options.label_lower, (options.verbose_name, options.verbose_name_plural))
    if "cl" in context:
        return capfirst(str(many))
    what = OBJECTS.get(options.label_lower)
    if what and context.get("add"):
        return _("Add %(what)s") % {"what": what}
    if what and context.get("change") and context.get("has_change_permission"):
        return _("Change %(what)s") % {"what": what}
    if context.get("change"):
        return capfirst(str(one))
    return str(context.get("title") or "")
