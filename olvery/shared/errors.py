"""Error pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.defaults import bad_request
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

View = Callable[..., HttpResponse]

NOT_TYPED = {"csrfmiddlewaretoken", "action"}
NEWS_OF_DIALOG = "dialog[open] [data-news],.dialog-page [data-news]"  # a toast would lie behind an open dialog


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Respond to a form with a stale CSRF token, keeping everything that was typed.

    Happens when the person signed in again in another tab: the page offers to continue with a fresh
    token, which shows the form again without saving anything. A button without other input leads back to its
    page. A fragment whose session expired together with the token's cookie asks to sign in. Values filled in by
    another site are not kept.
    """
    if request.headers.get("HX-Request") and not request.user.is_authenticated:
        return ask_to_sign_in(request)
    origin = request.headers.get("Origin")
    if origin and _page_at(origin).netloc != request.get_host() and origin not in settings.CSRF_TRUSTED_ORIGINS:
        return bad_request(request, SuspiciousOperation("a form of another site"))
    if typed_in(request):
        return keep_typed(request, status=403)
    if request.user.is_authenticated:
        _say_that_nothing_was_done(request)
        return redirect(page_of(request))
    return back_after_sign_in(request) if is_pressed(request) else keep_typed(request, status=403)


def carries_on(view: View) -> View:
    """Mark a customers' view that only shows its form again, doing nothing, when `ui/form_expired.html` sends it."""
    view.carries_on = True  # type: ignore[attr-defined]
    return view


def button(view: View) -> View:
    """Mark a POST view without a visible form: sign-in leads back to its page, where the button is pressed again.

    Its data are hidden fields, which nobody typed. If it is resumed all the same, it does nothing.
    """
    posted_to = require_POST(view)

    @wraps(view)
    def press(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(settings.LOGIN_REDIRECT_URL) if asks_again(request) else posted_to(request, *args, **kwargs)

    press.is_button = True  # type: ignore[attr-defined]
    return press


def is_carried_on(request: HttpRequest) -> bool:
    """Whether a form comes from `ui/form_expired.html`: it has to be shown again before anything is done."""
    return "action" in request.POST


def asks_again(request: HttpRequest) -> bool:
    """Whether a form was resumed: it is only shown again, and the page tells that nothing was done."""
    if is_carried_on(request):
        _say_that_nothing_was_done(request)
    return is_carried_on(request)


def _say_that_nothing_was_done(request: HttpRequest) -> None:
    messages.warning(request, _("Nothing was done yet: check it and press once more."))


def shown_status(request: HttpRequest) -> int:
    """Return the status of a page with a form: 422 if the submitted form was refused."""
    return 422 if request.method == "POST" and not is_carried_on(request) else 200


def keeps_typed(request: HttpRequest) -> bool:
    """Whether the values of a form sent without a session are kept; for managers always."""
    is_marked = request.path.startswith("/manage/") or getattr(_view_of(request), "carries_on", False)
    return request.method == "POST" and is_marked


def is_pressed(request: HttpRequest) -> bool:
    """Whether a button was pressed that requires signing in: other requests are also redirected to sign-in."""
    return request.method == "POST" and getattr(_view_of(request), "login_required", True)


def _view_of(request: HttpRequest) -> View | None:
    return request.resolver_match.func if request.resolver_match else None


def keep_typed(request: HttpRequest, *, status: int) -> HttpResponse:
    """Show a page that keeps everything typed and sends it to the same form."""
    signed_in = request.user.is_authenticated if hasattr(request, "user") else False
    context = {"typed": typed_in(request), "signed_in": signed_in, "login_url": settings.LOGIN_URL}
    return render(request, "ui/form_expired.html", context, status=status)


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of a submitted form. Secrets have to be typed again: they must not appear in a page."""
    if _is_button(request):
        return []
    names = [name for name in request.POST if name not in NOT_TYPED and "password" not in name]
    return [(name, value) for name in names for value in request.POST.getlist(name)]


def _is_button(request: HttpRequest) -> bool:
    """Whether nothing in the request was typed: for customers, all views that are not marked as forms."""
    view = _view_of(request)
    is_unmarked = request.path.startswith("/my/") and not getattr(view, "carries_on", False)
    return is_unmarked or getattr(view, "is_button", False)


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Answer a fragment request without a session.

    A page with unsaved values (`X-Unsaved`) stays as it is and shows what to do, in the dialog if they are in
    one. Any other goes to sign-in, which returns to the page, not to the fragment's own URL.
    """
    unsaved = request.headers.get("X-Unsaved")
    if unsaved:
        toast = render(request, "ui/toast_expired.html", {"login_url": resolve_url(settings.LOGIN_URL)})
        return reswap(retarget(toast, NEWS_OF_DIALOG if unsaved == "dialog" else "#toasts"), "innerHTML")
    back = _path(_page_at(request.headers.get("HX-Current-URL", "")))
    return whole_page(redirect_to_login(back).headers["Location"])


def whole_page(address: str) -> HttpResponse:
    """Lead the page that a fragment belongs to elsewhere; in its place nothing is shown."""
    answer = HttpResponseClientRedirect(address)
    answer.status_code = 204
    return answer


def back_after_sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect a button pressed without a session to sign-in, and from there to the page of the button.

    The button's own URL may only accept POST.
    """
    return redirect_to_login(page_of(request))


def page_of(request: HttpRequest) -> str:
    """Return the page on this site that has the button; the home page if the browser sends none."""
    page = _page_at(request.headers.get("Referer", ""))
    is_own = page.netloc == request.get_host() and page.path.startswith("/") and not page.path.startswith("//")
    return _path(page) if is_own else resolve_url(settings.LOGIN_REDIRECT_URL)


def _page_at(address: str) -> SplitResult:
    """Split the URL of the page that the browser sent; empty if it is not a URL."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _path(page: SplitResult) -> str:
    return page.path + (f"?{page.query}" if page.query else "")
