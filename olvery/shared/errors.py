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
    token, which shows the form again and saves nothing by itself. A button that sends nothing else leads back to its
    page. A fragment whose session went together with the cookie of the token asks to sign in. What a page of another
    site has filled in is not carried on.
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
    """Mark a view of a customer that shows a form again, and does nothing, when `ui/form_expired.html` sends it."""
    view.carries_on = True  # type: ignore[attr-defined]
    return view


def button(view: View) -> View:
    """Mark a view that is posted to and has no form to look at: sign-in leads back to its page, to be pressed anew.

    What is sent with it stands in hidden fields; nobody typed it. One that is carried on all the same does nothing.
    """
    posted_to = require_POST(view)

    @wraps(view)
    def press(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(settings.LOGIN_REDIRECT_URL) if asks_again(request) else posted_to(request, *args, **kwargs)

    press.is_button = True  # type: ignore[attr-defined]
    return press


def is_carried_on(request: HttpRequest) -> bool:
    """Whether a form comes from `ui/form_expired.html`: it is to be looked at before anything is done."""
    return "action" in request.POST


def asks_again(request: HttpRequest) -> bool:
    """Whether a form was carried on: it is only shown again, and the page says that nothing was done."""
    if is_carried_on(request):
        _say_that_nothing_was_done(request)
    return is_carried_on(request)


def _say_that_nothing_was_done(request: HttpRequest) -> None:
    messages.warning(request, _("Nothing was done yet: check it and press once more."))


def shown_status(request: HttpRequest) -> int:
    """Return the status of a page with a form: 422 where what was sent was refused."""
    return 422 if request.method == "POST" and not is_carried_on(request) else 200


def keeps_typed(request: HttpRequest) -> bool:
    """Whether a form that was sent without a session is carried on; all of managers are."""
    is_marked = request.path.startswith("/manage/") or getattr(_view_of(request), "carries_on", False)
    return request.method == "POST" and is_marked


def is_pressed(request: HttpRequest) -> bool:
    """Whether a button was pressed that somebody has to be signed in for: other views lead to sign-in, too."""
    return request.method == "POST" and getattr(_view_of(request), "login_required", True)


def _view_of(request: HttpRequest) -> View | None:
    return request.resolver_match.func if request.resolver_match else None


def keep_typed(request: HttpRequest, *, status: int) -> HttpResponse:
    """Show a page that carries everything typed on to the same form."""
    signed_in = request.user.is_authenticated if hasattr(request, "user") else False
    context = {"typed": typed_in(request), "signed_in": signed_in, "login_url": settings.LOGIN_URL}
    return render(request, "ui/form_expired.html", context, status=status)


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of a form that was sent. Secrets are typed again: they must not appear in a page."""
    if _is_button(request):
        return []
    names = [name for name in request.POST if name not in NOT_TYPED and "password" not in name]
    return [(name, value) for name in names for value in request.POST.getlist(name)]


def _is_button(request: HttpRequest) -> bool:
    """Whether nothing of what is sent was typed: of customers' views those that are not marked as forms."""
    view = _view_of(request)
    is_unmarked = request.path.startswith("/my/") and not getattr(view, "carries_on", False)
    return is_unmarked or getattr(view, "is_button", False)


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Answer a fragment that nobody is signed in for.

    A page with unsaved values (`X-Unsaved`) stays as it is and says what to do, in the dialog if they are in
    one. Any other goes to sign-in, which returns to the page, not to the fragment's own address.
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
    """Lead from a button that nobody is signed in for to sign-in, and from there to the page it stands on.

    The button's own address may answer to nothing but a POST.
    """
    return redirect_to_login(page_of(request))


def page_of(request: HttpRequest) -> str:
    """Return the page of ours that a button stands on; the beginning where the browser names none."""
    page = _page_at(request.headers.get("Referer", ""))
    is_own = page.netloc == request.get_host() and page.path.startswith("/") and not page.path.startswith("//")
    return _path(page) if is_own else resolve_url(settings.LOGIN_REDIRECT_URL)


def _page_at(address: str) -> SplitResult:
    """Split the address of the page that a browser names; what is no address is empty."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _path(page: SplitResult) -> str:
    return page.path + (f"?{page.query}" if page.query else "")
