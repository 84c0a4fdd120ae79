"""Responses for htmx."""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from olvery.shared.errors import is_carried_on, shown_status

View = Callable[..., HttpResponse]


def dialog(view: View) -> View:
    """Mark a view of a dialog, which answers htmx differently from a page request, and takes its form."""
    return require_http_methods(["GET", "POST"])(vary_on_headers("HX-Request")(view))


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Redirect after a change, using `HX-Redirect` for htmx."""
    return HttpResponseClientRedirect(url) if request.headers.get("HX-Request") else redirect(url)


def render_dialog(
    request: HttpRequest, template: str, context: dict[str, Any], *, back: str, status: int | None = None
) -> HttpResponse:
    """Render a dialog over the page for htmx, or as a page of its own that leads back to the URL `back`.

    A submitted form that is shown again was refused, see `shown_status`, unless `status` is given; one that was resumed
    after a new sign-in or a failure tells that nothing was done yet.
    """
    is_over = bool(request.headers.get("HX-Request"))
    shown = {
        "base": "ui/dialog_over.html" if is_over else "ui/dialog_page.html",
        "is_over": is_over,
        "back_url": back,
        "form_url": request.get_full_path(),
        "carried_on": is_carried_on(request),
    }
    return render(request, template, {**shown, **context}, status=status or shown_status(request))


def with_event(response: HttpResponse, name: str, **detail: object) -> HttpResponse:
    """Add an event to the response; htmx fires it after the new content has settled."""
    response.headers["HX-Trigger-After-Settle"] = json.dumps({name: detail})
    return response
