"""The home page, and switching the location or the language."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.access import SESSION_KEY, access_of
from olvery.shared.forms import as_id

YEAR = 365 * 24 * 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Open the interface the person works in."""
    return redirect("orders:list" if access_of(request).is_staff else "orders:my-orders")


@require_POST
def switch_location(request: HttpRequest) -> HttpResponse:
    """Switch to another location of the person; a foreign one changes nothing."""
    chosen = as_id(request.POST.get("location"))
    if chosen in {location.pk for location in access_of(request).locations}:
        request.session[SESSION_KEY] = chosen
    return redirect("home")


@login_not_required
@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """Switch the language on this device and return to the page."""
    response = redirect(_page_before(request))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax", secure=settings.HTTPS
        )
    return response


def _page_before(request: HttpRequest) -> str:
    page = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(page, allowed_hosts=None) and page.startswith("/")
    return page if safe else "home"
