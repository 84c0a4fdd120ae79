"""The access log in Django admin, for support."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.rights import FindByPerson
from accounts.models import AccessEvent, User
from accounts.people_query import meant_by
from olvery.shared.admin import ReadOnly


@admin.register(AccessEvent)
class AccessEventAdmin(ReadOnly, FindByPerson):
    """Who saw whose contacts."""

    list_display = ("when", "by", "person", "screen", "number", "location")
    list_filter = ("screen", "location")
    list_select_related = ("by", "person", "location")
    fields = list_display
    readonly_fields = ("when",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AccessEvent], search_term: str
    ) -> tuple[QuerySet[AccessEvent], bool]:
        """Search by who saw and by who was seen."""
        if search_term.strip():
            people = User.objects.filter(meant_by(search_term))
            queryset = queryset.filter(Q(person__in=people) | Q(by__in=people))
        return queryset, False

    @admin.display(description=_("when"))
    def when(self, event: AccessEvent) -> str:
        """Show the moment by one clock for all locations."""
        return f"{event.at:%d.%m.%Y %H:%M} UTC"
