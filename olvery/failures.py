"""What people see when the database takes too long or is away: 503 and a page that needs no database.

Programs get problem details, also when their requests fail or cannot be parsed.

As error handlers, these also cover middleware. Django logs the error once.
"""

import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import psycopg
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults
from django_htmx.http import reswap, retarget

from olvery.shared.errors import ask_to_sign_in, page_of, typed_in
from olvery.shared.problems import is_by_program, problem

RETRY_SECONDS = 10
ENDED_BY_THE_SERVER = ("57P01", "57P02", "57P03")  # it is shutting down, has crashed, or is starting
TOO_MANY_CONNECTIONS = "53300"
# Lists with filters, by URL name.
LISTS = ("orders:list", "orders:tickets", "orders:access-log", "orders:money-day")


class Trouble(StrEnum):
    """Why the database did not answer."""

    SLOW = "slow"  # it cancelled a statement
    AWAY = "away"


class UnreadSession(SessionBase):
    """Replaces a session that cannot be read: empty, never saved, and the cookie stays."""

    def load(self) -> dict[str, Any]:
        """Return an empty session."""
        return {}

    def is_empty(self) -> bool:
        """Return False: the middleware would delete the cookie of an empty session."""
        return False


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 if the database was too slow or away, 500 for everything else."""
    trouble = trouble_of(sys.exc_info()[1])
    if trouble:
        return _unavailable(request, trouble)
    if is_by_program(request):
        return problem(500, "failed", _("Something failed here. It was written down; ask us."))
    return defaults.server_error(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 503 where the session could not be saved, which Django calls a bad request, 400 for everything else.

    A session that has ended meanwhile, as by a second press on «Войти», leads back to the page, or to sign-in.
    """
    trouble = trouble_of(exception)
    if trouble:
        return _unavailable(request, trouble)
    if isinstance(exception, SessionInterrupted):
        return ask_to_sign_in(request) if request.headers.get("HX-Request") else redirect(page_of(request))
    if is_by_program(request):
        return problem(400, "unreadable", _("The request cannot be read."))
    return defaults.bad_request(request, exception)


def _unavailable(request: HttpRequest, trouble: Trouble) -> HttpResponse:
    request.session, request.user = UnreadSession(), AnonymousUser()  # for the middleware on the way out
    response = _told(request, trouble)
    response.status_code = 503
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _told(request: HttpRequest, trouble: Trouble) -> HttpResponse:
    if is_by_program(request):
        return problem(503, "unavailable", _("The database does not answer right now. Ask again later."))
    return _fragment(request, trouble) if request.headers.get("HX-Request") else _page(request, trouble)


def trouble_of(error: BaseException | None) -> Trouble | None:
    """Return why the database did not answer, from the driver's error behind an exception."""
    for behind in _chain(error):
        if isinstance(behind, psycopg.errors.QueryCanceled):
            return Trouble.SLOW
        if isinstance(behind, psycopg.errors.ReadOnlySqlTransaction):
            return Trouble.AWAY  # a former primary, or not yet one
        if isinstance(behind, psycopg.OperationalError | psycopg.InterfaceError) and _is_away(behind.sqlstate):
            return Trouble.AWAY
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or error.__context__


def _is_away(sqlstate: str | None) -> bool:
    """Whether an error code means that there is no connection. Refused and broken connections have no code at all."""
    if sqlstate is None:
        return True
    return sqlstate.startswith("08") or sqlstate in (*ENDED_BY_THE_SERVER, TOO_MANY_CONNECTIONS)


def _context(request: HttpRequest, trouble: Trouble) -> dict[str, Any]:
    statements = request.statements  # type: ignore[attr-defined]
    match = request.resolver_match
    # Of htmx's posts, only the forms of dialogs save anything.
    is_sent = request.method == "POST" and request.headers.get("HX-Target", "dialog") == "dialog"
    return {
        "trouble": trouble.value,
        "is_sent": is_sent,
        # If the connection breaks during a COMMIT, its outcome is unknown.
        "may_be_saved": is_sent and (statements.has_committed or (trouble is Trouble.AWAY and statements.has_written)),
        "is_list": match is not None and (match.view_name in LISTS or match.view_name.endswith("_changelist")),
        "filters": request.GET.urlencode(),
        "heading": "h2" if request.headers.get("HX-Request") else "h1",
        "path": request.path,
        "address": request.get_full_path(),
    }


def _page(request: HttpRequest, trouble: Trouble) -> HttpResponse:
    """Return a whole page; for a form, it keeps everything typed and resubmits it to the same form."""
    context = _context(request, trouble)
    if context["is_sent"]:
        context |= {"typed": typed_in(request), "page": page_of(request), "csrf_token": get_token(request)}
    # Without the request, because context processors read the session.
    return HttpResponse(render_to_string("ui/unavailable.html", context))


def _fragment(request: HttpRequest, trouble: Trouble) -> HttpResponse:
    """Return what htmx shows: in place of the rows of a list, or as a toast next to what stays on the page.

    `HX-Reswap` marks the answer as the site's own, see failed-requests.js; a proxy's is not shown.
    """
    context = _context(request, trouble)
    if trouble is Trouble.SLOW and context["is_list"] and not context["is_sent"]:
        return reswap(HttpResponse(render_to_string("ui/unavailable.html#told", context)), "innerHTML")
    toast = HttpResponse(render_to_string("ui/toast_unavailable.html", context))
    return reswap(retarget(toast, "#toasts"), "innerHTML")
