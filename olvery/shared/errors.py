"""Error pages."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

NOT_TYPED = {"csrfmiddlewaretoken", "action"}


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Respond to a form with a stale CSRF token, keeping everything that was typed.

    Happens when the person signed in again in another tab: the page offers to continue with a fresh
    token, which shows the form again and saves nothing by itself.
    """
    return keep_typed(request, status=403)


def keep_typed(request: HttpRequest, *, status: int) -> HttpResponse:
    """Show a page that carries everything typed on to the same form."""
    # Secrets are typed again: they must not appear in a page.
    names = [name for name in request.POST if name not in NOT_TYPED and "password" not in name]
    typed = [(name, value) for name in names for value in request.POST.getlist(name)]
    signed_in = request.user.is_authenticated if hasattr(request, "user") else False
    context = {"typed": typed, "signed_in": signed_in, "login_url": settings.LOGIN_URL}
    return render(request, "ui/form_expired.html", context, status=status)
