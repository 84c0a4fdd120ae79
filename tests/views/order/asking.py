"""Using the dialogs about an order's money the way a browser does."""

from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils.translation import gettext, override

from orders.models import Order, OrderEvent
from orders.wording import event_text
from tests.snapshots import saved_rows
from tests.views.pages import read


def page_of(order: Order) -> str:
    """Return the URL of an order's page."""
    return f"/manage/orders/{order.pk}/"


def opened(client: Client, order: Order, part: str) -> dict[str, str]:
    """Open a dialog and return what a browser would send from it unchanged."""
    response = client.get(page_of(order) + part, headers={"HX-Request": "true"})
    assert response.status_code == 200
    page = read(response)
    assert not page.attrs_of("html")
    form = next(form for form in page.forms if form.attrs.get("method") == "post")
    assert form.attrs["action"] == form.attrs["hx-post"] == page_of(order) + part
    return {name: values[-1] for name, values in form.values.items() if name != "csrfmiddlewaretoken"}


def token() -> str:
    """Return the token of a form that was just opened."""
    return str(uuid4())


def assert_done(client: Client, order: Order, part: str, typed: dict[str, Any]) -> None:
    """Send a form and come back to the order's page."""
    response = client.post(page_of(order) + part, typed)
    assert (response.status_code, response.headers.get("Location")) == (302, page_of(order))


def assert_refused(client: Client, order: Order, part: str, typed: dict[str, Any], message: str) -> None:
    """Send a form that is refused with a message: nothing is saved, everything typed stays."""
    before = saved_rows()
    response = client.post(page_of(order) + part, typed, headers={"HX-Request": "true"})
    assert response.status_code == 422
    page = read(response)
    assert not page.attrs_of("html")
    assert in_russian(message) in plain(page.html)
    form = next(form for form in page.forms if form.attrs.get("method") == "post")
    shown = {name: form.values.get(name, [""])[-1] for name, value in typed.items() if value}
    assert shown == {name: value for name, value in typed.items() if value} | kept_choices(shown)
    assert saved_rows() == before


def kept_choices(shown: dict[str, str]) -> dict[str, str]:
    """Return the radios whose junk value no browser can send, so that none is chosen."""
    return {name: "" for name in ("method",) if shown.get(name) == ""}


def in_russian(text: str) -> str:
    """Translate a text of the interface."""
    with override("ru"):
        return plain(gettext(text))


def said(event: OrderEvent) -> str:
    """Return the history's text about an event."""
    return plain(event_text(event, event.order.location.zone))


def plain(text: str) -> str:
    """Return a text with ordinary spaces and quotes."""
    return text.replace("\u00a0", " ").replace("&#x27;", "'").replace("&quot;", '"')
