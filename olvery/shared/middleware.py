"""Middleware for every request."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import translation
from django_htmx.http import HttpResponseClientRedirect

Handler = Callable[[HttpRequest], HttpResponse]


def refuse_null_bytes(get_response: Handler) -> Handler:
    """Answer 400 to a NUL character in the address: PostgreSQL cannot store or compare one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest()
        return get_response(request)

    return middleware


def activate_language(get_response: Handler) -> Handler:
    """Use the language the person switched to, else Russian, whatever the browser asks for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        response.headers["Content-Language"] = language
        return response

    return middleware


def send_htmx_to_sign_in(get_response: Handler) -> Handler:
    """Turn the redirect of an expired sign-in into one of the whole page.

    htmx would follow a 302 and put the sign-in page into the fragment; it must come back to the page
    that asked, not to the fragment's own address.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        location = response.headers.get("Location", "")
        sign_in = redirect_to_login("").headers["Location"].split("?")[0]
        if response.status_code == 302 and request.headers.get("HX-Request") and location.startswith(sign_in):
            page = urlsplit(request.headers.get("HX-Current-URL", ""))
            answer = HttpResponseClientRedirect(
                redirect_to_login(page.path + (f"?{page.query}" if page.query else "")).headers["Location"]
            )
            answer.status_code = 204
            return answer
        return response

    return middleware
