"""Answering with a document."""

from django.http import HttpResponse


def pdf(content: bytes, *, name: str) -> HttpResponse:
    """Return a PDF that the browser shows itself."""
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
