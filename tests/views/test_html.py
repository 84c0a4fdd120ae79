"""Every page and fragment is HTML that browsers parse as intended."""

import pytest
from django.contrib import admin
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from orders.domain.online.links import ensure_link
from orders.models import Order
from tests.factories import make_order, make_user
from tests.views.pages import make_world
from tests.views.test_access import ADMIN, TABLE, address, client_of
from tests.views.validity import faults, is_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def order() -> Order:
    world = make_world()
    return make_order(tariff=world.tariff, customer=make_user(), by=world.manager)


def test_control_what_is_wrong_is_found_out() -> None:
    page = '<!doctype html><title>1</title><p id="a"><label for="c">2</label></b><p id="a">'
    unexpected, *others = faults(HttpResponse(page))
    assert unexpected.startswith("unexpected-end-tag")
    assert others == ["id a 2 times", "for=c leads nowhere"]


def test_every_fragment_and_refusal_is_valid(order: Order) -> None:
    token = ensure_link(order, at=order.created_at).token
    people = [Client(), client_of(order.customer), client_of(order.created_by)]
    wrong, seen, known = {}, 0, set()
    for route, methods in TABLE.items():
        number = order.lines.get().ticket_id if "ticket" in route or "booking" in route else order.number
        for at, person in enumerate(people):
            expected = methods.get("GET", ())[at : at + 1]
            # `test_access.py` checks the pages. Refusals look the same at every URL: one is enough.
            is_page = expected == (200,)
            if not is_page and (at, expected) in known:
                continue
            known.add((at, expected))
            # Fragments are the manager's.
            for headers in ({}, {"HX-Request": "true"})[is_page : 1 + (person is people[-1])]:
                path = address(route, number=number or 0, token=token)
                answer = person.get(path, headers=headers)
                if is_html(answer):
                    seen += 1
                    wrong[path, bool(headers)] = faults(answer)
    assert {path: found for path, found in wrong.items() if found} == {}
    assert seen > 40


def test_every_page_for_support_is_valid(order: Order) -> None:
    """`tests/admin/test_pages.py` checks lists and the forms of a row, which it opens."""
    support = client_of(User.objects.create_superuser("support@example.com", last_name="Ким", first_name="Ольга"))
    elsewhere = {
        f"admin/{model._meta.app_label}/{model._meta.model_name}/{page}"
        for model in admin.site._registry
        for page in ("", "add/", "<path:object_id>/change/")
    }
    assert elsewhere <= set(ADMIN)
    answers = {route: support.get(address(route, number=order.number)) for route in set(ADMIN) - elsewhere}
    pages = {route: answer for route, answer in answers.items() if answer.status_code == 200 and is_html(answer)}
    assert {"admin/", "admin/orders/order/<path:object_id>/history/", "admin/self-check/"} <= pages.keys()
    assert {route: found for route, page in pages.items() if (found := faults(page))} == {}
