"""The addresses of the site, and a dialog of changing a ticket that repeats what it was asked."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html

from olvery import urls

handler400, handler500 = urls.handler400, urls.handler500


def change(request: HttpRequest, number: int, ticket: int) -> HttpResponse:
    """Answer a dialog with the query it was asked with."""
    asked = {name: value for name, value in request.GET.items() if name != "next"}
    return HttpResponse(
        format_html('<h1 id="dialog-title">{}</h1><button data-close autofocus>x</button>', sorted(asked.items()))
    )


urlpatterns = [
    *urls.urlpatterns,
    path("manage/orders/<int:number>/tickets/<int:ticket>/change/", change, name="change"),
]
