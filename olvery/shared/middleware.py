"""Middleware for every request."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils import translation
from django.views.defaults import bad_request
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from olvery.shared.errors import keep_typed

Handler = Callable[[HttpRequest], HttpResponse]


def refuse_null_bytes(get_response: Handler) -> Handler:
    """Answer 400 to a NUL character in the address: PostgreSQL cannot store or compare one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return bad_request(request, ValueError("a NUL character in the address"))
        return get_response(request)

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

    A form that was sent comes back with a page that carries its values on. A fragment for a page with
    unsaved values (`X-Unsaved`) leaves the page as it is and says what to do. Any other fragment sends
    the whole page to sign-in, which returns to the page, not to the fragment's own address.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 302 or not response.headers["Location"].startswith(_sign_in_path()):
            return response
        if request.headers.get("HX-Request"):
            return _tell_htmx(request)
        if request.method == "POST" and request.path.startswith("/manage/"):
            return keep_typed(request, status=422)
        return response

    return middleware


def _sign_in_path() -> str:
    return resolve_url(settings.LOGIN_URL)


def _tell_htmx(request: HttpRequest) -> HttpResponse:
    if request.headers.get("X-Unsaved"):
        toast = render(request, "ui/toast_expired.html", {"login_url": _sign_in_path()})
        # A toast would be behind an open dialog.
        in_dialog = request.headers.get("HX-Target") in ("dialog", "person-known") and request.method == "POST"
        return reswap(retarget(toast, "#person-known" if in_dialog else "#toasts"), "innerHTML")
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:  # no address at all
        page = urlsplit("")
    back = page.path + (f"?{page.query}" if page.query else "")
    answer = HttpResponseClientRedirect(redirect_to_login(back).headers["Location"])
    answer.status_code = 204
    return answer
