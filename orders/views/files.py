"""Answering with a file."""

from django.http import HttpResponse

CALENDAR, CSV = "text/calendar; charset=utf-8", "text/csv; charset=utf-8"


def pdf(content: bytes, *, name: str) -> HttpResponse:
    """Return a PDF that the browser displays."""
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response._csp_exempt = True  # type: ignore[attr-defined]  # the policy would only stop the browser's own viewer
    return response


def attachment(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Return a file that the browser saves."""
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
