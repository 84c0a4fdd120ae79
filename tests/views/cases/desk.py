"""The money desk: its URLs, and the texts of its lines."""

import uuid
from datetime import timedelta
from typing import Any

from django.test import Client

from orders.domain.money.cases import open_case
from orders.models import CaseKind, MoneyCase, Order
from tests.moments import NOW
from tests.views.pages import Page

DESK, DAY, EXPORT = "/manage/money/", "/manage/money/day/", "/manage/money/export/"
HTMX = {"HX-Request": "true"}
MINUTE = timedelta(minutes=1)


def add_case(kind: str, order: Order | None = None, *, minutes_ago: int = 0, **fields: Any) -> MoneyCase:
    """Open a case; its provider id allows several of a kind for an order."""
    about = str(uuid.uuid4())
    open_case(CaseKind(kind), at=NOW - minutes_ago * MINUTE, order=order, provider_id=about, **fields)
    return MoneyCase.objects.get(provider_id=about)


def headings(client: Client, query: str = "") -> list[str]:
    """Return the bold texts of the lines, in order."""
    lines = client.get(f"{DESK}{query}").context["rows"]
    return [str(line.case.kind.label) for line in lines]


def notices(client: Client, address: str) -> list[str]:
    """Press a button and return the notices of the page that follows."""
    answer = client.post(address, follow=True)
    assert answer.redirect_chain == [(DESK, 302)]
    return [str(message) for message in answer.context["messages"]]


def actions(page: Page) -> set[str]:
    """Return the URLs of the lines' buttons and dialogs, except «Разобрано…»."""
    posts = {form.attrs["action"] for form in page.forms if "/money/" in form.attrs.get("action", "")}
    links = {link for link in page.links() if link.endswith(("/refund/", "/payments/new/", "/approve/"))}
    return posts | links
