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
    """Give each request a number that the log names, and the answer in `X-Request-ID`.

    A proxy of ours may choose it.
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
    """Answer 400 to a NUL character in the address: PostgreSQL cannot store or compare one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            # Raised, it would be logged with a traceback each time.
            answer: Callable[..., HttpResponse] = get_resolver().resolve_error_handler(400)
            return answer(request, exception=BadRequest("a NUL character in the address"))
        return get_response(request)

    return middleware


def asks_nobody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that shows the same to everybody: it is called before anybody looks whose session it is."""
    view.asks_nobody = True  # type: ignore[attr-defined]
    return view


class WrittenPolicy(CSPMiddleware):
    """Send the security policy of the settings as it was written once; nearly every page has it.

    An answer of its own policy, and one that django-csp might leave without any, is left to django-csp.
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
    """Let the database work on each statement of a request for WEB_STATEMENT_SECONDS at most.

    What comes of it, or of a database that is away, is answered by `olvery.failures`. Views marked by `asks_nobody`
    are answered whatever the database does.
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
        # LoginRequiredMiddleware asks for the user first, and only then whether the view wants one.
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
    """Keep what was typed when the session expires in the middle of a form.

    A form that was sent comes back with a page that carries its values on. Where nothing was typed, sign-in leads
    back to the page of the button that was pressed.
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
