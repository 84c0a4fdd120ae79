"""Answers for htmx."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to a page after a change: a redirect, or its htmx equal."""
    return HttpResponseClientRedirect(url) if request.headers.get("HX-Request") else redirect(url)


def with_event(response: HttpResponse, name: str, **detail: object) -> HttpResponse:
    """Announce news to the page: htmx fires the event once the answer has settled."""
    response.headers["HX-Trigger-After-Settle"] = json.dumps({name: detail})
    return response
