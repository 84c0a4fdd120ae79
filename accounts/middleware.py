"""Middleware for whoever is signed in: how long they stay so, and what is kept of their pages."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import Membership, User

Handler = Callable[[HttpRequest], HttpResponse]

RENEWED_AT = "renewed_at"
RENEW_SECONDS = 5 * 60  # a row is written that often, not for each fragment of a page


def end_idle_sessions(get_response: Handler) -> Handler:
    """Let the session of a person with a role or of support end STAFF_IDLE_SECONDS after its last request.

    Looked at after the answer: signing in sets an expiry of its own.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.session.accessed and isinstance(request.user, User) and _has_rights(request.user):
            _renew(request.session, at=timezone.now())
        return response

    return middleware


def keep_no_copies(get_response: Handler) -> Handler:
    """Forbid browsers and proxies to store what a signed-in person was shown, pages and files alike.

    A view that calls its answer public, as that of the icons, shows the same to everybody.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_public = "public" in response.headers.get("Cache-Control", "")
        if request.session.accessed and request.user.is_authenticated and not is_public:
            response.headers["Cache-Control"] = "private, no-store"
        return response

    return middleware


def _has_rights(user: User) -> bool:
    if user.roles_held is None:  # signed in within this very request
        return user.is_staff or Membership.objects.at_work(user.pk).exists()
    return user.is_staff or bool(user.roles_held)


def _renew(session: SessionBase, *, at: datetime) -> None:
    limit = settings.STAFF_IDLE_SECONDS
    is_fresh = at.timestamp() - session.get(RENEWED_AT, 0) < RENEW_SECONDS
    if is_fresh and session.get("_session_expiry") == limit:
        return
    session[RENEWED_AT] = at.timestamp()
    session.set_expiry(limit)
