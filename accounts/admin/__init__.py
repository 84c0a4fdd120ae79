"""People, roles and rights in Django admin, for support."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.admin import documents, people, rights

__all__ = ["documents", "people", "rights"]

admin.site.site_title = _("Olvery support")
admin.site.site_header = _("Olvery support")
admin.site.index_title = _("Locations, people, orders")
admin.site.empty_value_display = "—"
# Support signs in on the same page as everybody, with the same rate limits; others get 403.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def _change_own_password(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """Redirect to the ordinary page: it counts attempts and records the change of password."""
    return redirect("account_change_password")


admin.site.password_change = _change_own_password  # type: ignore[assignment]
