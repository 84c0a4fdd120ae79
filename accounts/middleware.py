"""Middleware for signed-in people: the length of their session, and caching of their pages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone

from accounts import factors
from accounts.factors import has_rights
from accounts.models import User
from olvery.shared.errors import whole_page

Handler = Callable[[HttpRequest], HttpResponse]

CONFIRMATIONS = ("/accounts/reauthenticate/", "/accounts/factors/")

RENEWED_AT = "renewed_at"
RENEW_SECONDS = 5 * 60  # the row is written this often, not for each fragment of a page


def end_idle_sessions(get_response: Handler) -> Handler:
    """End the session of a person with a role, or of support, STAFF_IDLE_SECONDS after its last request.

    Automatic requests of a page (`X-Unattended`) do not count. Checked after the response, because signing in sets
    an expiry of its own.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.session.accessed or "X-Unattended" in request.headers:
            return response
        if isinstance(request.user, User) and has_rights(request.user):
            _renew(request.session, at=timezone.now())
        else:
            request.session.pop(factors.SESSION_KEY, None)  # without rights the last factor may be removed
        return response

    return middleware


def keep_no_copies(get_response: Handler) -> Handler:
    """Forbid browsers and proxies to store pages and files shown to a signed-in person.

    A response marked public, such as that of the icons, is the same for everybody.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_public = "public" in response.headers.get("Cache-Control", "")
        if request.session.accessed and request.user.is_authenticated and not is_public:
            response.headers["Cache-Control"] = "private, no-store"
        return response

    return middleware


def require_second_factor(get_response: Handler) -> Handler:
    """Redirect people who need a second factor and have none to the page that sets it up.

    A fragment that needs a fresh confirmation redirects the whole page.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.headers.get("HX-Request") and response.headers.get("Location", "").startswith(CONFIRMATIONS):
            return whole_page(response.headers["Location"])
        return response

    def process_view(request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        is_open = not getattr(view, "login_required", True) or request.path.startswith("/accounts/")
        if is_open or not factors.is_missing(request):
            return None
        page = resolve_url("mfa_index")
        return whole_page(page) if request.headers.get("HX-Request") else redirect(page)

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware


def _renew(session: SessionBase, *, at: datetime) -> None:
    limit = settings.STAFF_IDLE_SECONDS
    is_fresh = at.timestamp() - session.get(RENEWED_AT, 0) < RENEW_SECONDS
    if is_fresh and session.get("_session_expiry") == limit:
        return
    session[RENEWED_AT] = at.timestamp()
    session.set_expiry(limit)
