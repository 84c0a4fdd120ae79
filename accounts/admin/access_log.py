"""The access log in Django admin, for support."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.rights import FindByPerson
from accounts.models import AccessEvent
from olvery.shared.admin import ReadOnly, in_utc


@admin.register(AccessEvent)
class AccessEventAdmin(ReadOnly, FindByPerson):
    """Who saw whose contacts."""

    people = ("person", "by")
    list_display = ("when", "by", "person", "screen", "number", "location")
    list_filter = ("screen", "location")
    list_select_related = ("by", "person", "location")
    fields = list_display
    when = in_utc("at", _("when"))
