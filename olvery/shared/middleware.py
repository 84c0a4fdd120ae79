"""Middleware for every request."""

import re
import uuid
from collections.abc import Callable
from functools import cached_property
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_resolver
from django.utils import translation

from olvery.shared.addresses import fixed_address
from olvery.shared.errors import ask_to_sign_in, back_after_sign_in, is_pressed, keep_typed, keeps_typed, typed_in
from olvery.shared.logs import current_request
from olvery.shared.statements import RequestStatements, Unconfirmed

Handler = Callable[[HttpRequest], HttpResponse]
REQUEST_NUMBER = re.compile(r"[0-9A-Za-z-]{8,64}")


def number_requests(get_response: Handler) -> Handler:
    """Give each request an id, which is logged and returned in `X-Request-ID`.

    One of our proxies may set it.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.headers.get("X-Request-ID", "") if settings.ALLAUTH_TRUSTED_PROXY_COUNT else ""
        request.number = chosen if REQUEST_NUMBER.fullmatch(chosen) else uuid.uuid4().hex  # type: ignore[attr-defined]
        before = current_request.set(request)
        try:
            response = get_response(request)
        finally:
            current_request.reset(before)
        response.headers["X-Request-ID"] = request.number  # type: ignore[attr-defined]
        return response

    return middleware


def refuse_null_bytes(get_response: Handler) -> Handler:
    """Answer 400 to a NUL character in the URL: PostgreSQL cannot store or compare it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            # If raised, it would be logged with a traceback each time.
            answer: Callable[..., HttpResponse] = get_resolver().resolve_error_handler(400)
            return answer(request, exception=BadRequest("a NUL character in the address"))
        return get_response(request)

    return middleware


def asks_nobody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that shows the same to everybody: it is called before the session is read."""
    view.asks_nobody = True  # type: ignore[attr-defined]
    return view


class WrittenPolicy(CSPMiddleware):
    """Send the security policy of the settings, rendered once; nearly every page has it.

    Responses with a policy of their own, or possibly without any, are left to django-csp.
    """

    @cached_property
    def _usual(self) -> str:
        return build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the policy to an answer."""
        has_own = any(name.startswith("_csp") for name in vars(response)) or hasattr(request, "_csp_nonce")
        if has_own or response.status_code in (404, 500):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._usual)
        return response


def spare_the_database(get_response: Handler) -> Handler:
    """Limit each statement of a request to WEB_STATEMENT_SECONDS.

    `olvery.failures` answers if the limit is hit, or the database is away. Views marked with `asks_nobody` work
    whatever the database does.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request.statements = RequestStatements(  # type: ignore[attr-defined]
            seconds=settings.WEB_STATEMENT_SECONDS, address=f"{request.method} {request.path}"
        )
        with connection.execute_wrapper(request.statements):  # type: ignore[attr-defined]
            response = get_response(request)
        if request.statements.is_unconfirmed:  # type: ignore[attr-defined]
            raise Unconfirmed
        return response

    def process_view(request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        # LoginRequiredMiddleware reads the user first, and only then checks whether the view needs one.
        return view(request, *args, **kwargs) if getattr(view, "asks_nobody", False) else None

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware


def activate_language(get_response: Handler) -> Handler:
    """Use the language the person chose, else Russian; ignore the Accept-Language header."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        response.headers["Content-Language"] = language
        return response

    return middleware


def keep_forms_of_expired_sessions(get_response: Handler) -> Handler:
    """Keep what was typed if the session expires while a form is being filled in.

    A submitted form is answered with a page that keeps its values. If nothing was typed, sign-in leads back to the
    page of the pressed button.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 302:
            return response
        if not response.headers["Location"].startswith(f"{fixed_address(settings.LOGIN_URL)}?"):
            return response
        if request.headers.get("HX-Request"):
            return ask_to_sign_in(request)
        if keeps_typed(request) and typed_in(request):
            return keep_typed(request, status=422)
        return back_after_sign_in(request) if is_pressed(request) else response

    return middleware
