"""Pages that read from the replica, but always show what the person has saved."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import Error
from django.http import HttpRequest, HttpResponse

from olvery.shared import replica
from olvery.shared.middleware import Handler

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)

COOKIE = "replica_after"
SALT = "olvery.shared.replica_pages"
SLACK_SECONDS = 60  # how much the clocks of two web servers may differ


def reads_replica(view: Callable[Concatenate[R, P], HttpResponse]) -> Callable[Concatenate[R, P], HttpResponse]:
    """Let a view read from the replica when requested by GET. Must be the innermost decorator.

    Session and permissions were read from the primary before. Such a view may be called twice, and writes
    only within `replica.on_primary`.
    """

    @wraps(view)
    def wrapper(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        answer = partial(view, request, *args, **kwargs)
        if request.method not in ("GET", "HEAD") or not replica.is_configured():
            return answer()
        _ = request.user.is_authenticated  # read before: session and person come from the primary
        return replica.read(answer, after=_seen_by(request))

    wrapper.reads_replica = True  # type: ignore[attr-defined]
    return wrapper


def remember_commits(get_response: Handler) -> Handler:
    """Store the primary's position in a cookie after a request that has saved something.

    The cookie lives a little longer than a replica may be late: later no replica that is behind is read anyway.
    """
    if not replica.is_configured():
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.statements.has_written:  # type: ignore[attr-defined]
            response.set_signed_cookie(
                COOKIE,
                str(_position()),
                salt=SALT,
                max_age=_seconds(),
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response

    return middleware


def _position() -> int:
    """Return the position of the primary; without an answer, nobody knows what was committed."""
    try:
        return replica.position_of_primary()
    except Error:
        return replica.UNKNOWN


def _seen_by(request: HttpRequest) -> int:
    return int(request.get_signed_cookie(COOKIE, default="0", salt=SALT, max_age=_seconds()) or 0)


def _seconds() -> int:
    return round(settings.REPLICA_MAX_LAG_SECONDS) + SLACK_SECONDS
