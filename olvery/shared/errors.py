"""Error pages."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

NOT_TYPED = {"csrfmiddlewaretoken", "action"}
NEWS_OF_DIALOG = "dialog[open] [data-news],.dialog-page [data-news]"  # a toast would lie behind an open dialog


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Respond to a form with a stale CSRF token, keeping everything that was typed.

    Happens when the person signed in again in another tab: the page offers to continue with a fresh
    token, which shows the form again and saves nothing by itself. A fragment whose session went together
    with the cookie of the token asks to sign in.
    """
    if request.headers.get("HX-Request") and not request.user.is_authenticated:
        return ask_to_sign_in(request)
    return keep_typed(request, status=403)


def keep_typed(request: HttpRequest, *, status: int) -> HttpResponse:
    """Show a page that carries everything typed on to the same form."""
    signed_in = request.user.is_authenticated if hasattr(request, "user") else False
    context = {"typed": typed_in(request), "signed_in": signed_in, "login_url": settings.LOGIN_URL}
    return render(request, "ui/form_expired.html", context, status=status)


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of a form that was sent. Secrets are typed again: they must not appear in a page."""
    names = [name for name in request.POST if name not in NOT_TYPED and "password" not in name]
    return [(name, value) for name in names for value in request.POST.getlist(name)]


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Answer a fragment that nobody is signed in for.

    A page with unsaved values (`X-Unsaved`) stays as it is and says what to do, in the dialog if they are in
    one. Any other goes to sign-in, which returns to the page, not to the fragment's own address.
    """
    unsaved = request.headers.get("X-Unsaved")
    if unsaved:
        toast = render(request, "ui/toast_expired.html", {"login_url": resolve_url(settings.LOGIN_URL)})
        return reswap(retarget(toast, NEWS_OF_DIALOG if unsaved == "dialog" else "#toasts"), "innerHTML")
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:  # no address at all
        page = urlsplit("")
    back = page.path + (f"?{page.query}" if page.query else "")
    answer = HttpResponseClientRedirect(redirect_to_login(back).headers["Location"])
    answer.status_code = 204
    return answer
