"""Every page and fragment is HTML that a browser reads as it was meant."""

from collections import Counter
from typing import Any

import pytest
from django.test import Client
from tinyhtml5.parser import HTMLParser

from accounts.models import User
from orders.domain.online.links import ensure_link
from orders.models import Order
from tests.factories import make_order, make_user
from tests.views.pages import make_world, read
from tests.views.test_access import ADMIN, TABLE, address, client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

REFERENCES = ("for", "popovertarget", "list", "form")


@pytest.fixture
def order() -> Order:
    world = make_world()
    return make_order(tariff=world.tariff, customer=make_user(), by=world.manager)


def faults(answer: Any) -> list[str]:
    """Return what a strict parser finds, and ids that are there twice or not at all."""
    parser, page = HTMLParser(), read(answer)
    if page.html.lstrip().lower().startswith("<!doctype"):
        parser.parse(page.html)
    else:
        parser.parse_fragment(page.html)
    found = [f"{name} at {place}: {facts}" for place, name, facts in parser.errors]
    ids = Counter(attrs["id"] for _tag, attrs in page.tags if "id" in attrs)
    found += [f"id {name} {count} times" for name, count in ids.items() if count > 1]
    if page.html.lstrip().lower().startswith("<!doctype"):
        wanted = {
            (name, one) for _tag, attrs in page.tags for name in REFERENCES for one in attrs.get(name, "").split()
        }
        found += [f"{name}={one} leads nowhere" for name, one in sorted(wanted) if one not in ids]
    return found


def test_every_page_is_valid(order: Order) -> None:
    token = ensure_link(order, at=order.created_at).token
    people = [Client(), client_of(order.customer), client_of(order.created_by)]
    wrong, seen, known = {}, 0, set()
    for route, methods in TABLE.items():
        number = order.lines.get().ticket_id if "ticket" in route or "booking" in route else order.number
        for at, person in enumerate(people):
            # Refusals look the same at every address, so the first of a kind stands for all.
            expected = methods.get("GET", ())[at : at + 1]
            if expected != (200,) and (at, expected) in known:
                continue
            known.add((at, expected))
            # Fragments are the manager's.
            for headers in ({}, {"HX-Request": "true"})[: 1 + (person is people[-1])]:
                path = address(route, number=number or 0, token=token)
                answer = person.get(path, headers=headers)
                if answer.headers.get("Content-Type", "").startswith("text/html") and answer.content:
                    seen += 1
                    wrong[path, bool(headers)] = faults(answer)
    assert {path: found for path, found in wrong.items() if found} == {}
    assert seen > 40


def test_every_page_for_support_is_valid(order: Order) -> None:
    support = client_of(User.objects.create_superuser("support@example.com", last_name="Ким", first_name="Ольга"))
    wrong = {}
    for route in ADMIN:
        answer = support.get(address(route, number=order.number))
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            wrong[route] = [fault for fault in faults(answer) if "not there" not in fault]
    assert {route: found for route, found in wrong.items() if found} == {}
