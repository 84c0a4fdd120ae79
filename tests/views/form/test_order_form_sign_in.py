"""The order form after the session or the CSRF token has expired: nothing typed is lost."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from orders.models import Order
from tests.snapshots import saved_rows
from tests.views.pages import World, lost, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FORM = "/manage/orders/new/"
LIVE = [f"{FORM}{part}/" for part in ("people", "pick", "details", "availability", "quote", "person", "person/known")]
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/manage/orders/new/?back=/manage/&day=2026-11-25"}


def carried(response: Any) -> dict[str, list[str]]:
    """Return the hidden values of the page that keeps a form's values."""
    form = next(form for form in read(response).forms if "action" in form.values)
    assert form.attrs.get("action", "") == ""
    return form.values


def test_a_form_sent_after_the_sign_in_expired_comes_back_and_goes_on(client: Client, world: World) -> None:
    typed = world.filled(seats=[str(world.seat("A1").pk), str(world.seat("A2").pk)], places="2")
    client.logout()
    before = saved_rows()

    response = client.post(FORM, typed)
    assert response.status_code == 422
    assert saved_rows() == before
    values = carried(response)
    assert not lost(values, typed)
    assert values["action"] == ["refresh"]
    assert "/accounts/login/" in read(response).links()

    client.force_login(world.manager)
    again = client.post(FORM, values)
    assert again.status_code == 200
    assert not lost(read(again).values, typed)
    assert not Order.objects.exists()

    assert client.post(FORM, read(again).values).status_code == 302
    assert Order.objects.get().ticket_count == 2


@pytest.mark.parametrize("url", LIVE)
def test_a_live_part_of_an_unsaved_form_says_in_place_that_the_sign_in_expired(
    client: Client, world: World, url: str
) -> None:
    client.logout()
    response = client.post(url, world.filled(), headers={**HTMX, "X-Unsaved": "1"})
    assert response.status_code == 200
    assert response.headers["HX-Retarget"] == "#toasts"
    assert response.headers["HX-Reswap"] == "innerHTML"
    page = read(response)
    assert page.attrs_of("a", target="_blank")[0]["href"] == "/accounts/login/"
    assert page.attrs_of("div", role="alert")
    assert not page.attrs_of("html")


@pytest.mark.parametrize("url", LIVE)
def test_a_live_part_says_so_too_when_the_token_went_with_the_session(world: World, url: str) -> None:
    nobody = Client(enforce_csrf_checks=True)
    response = nobody.post(url, world.filled(), headers={**HTMX, "X-Unsaved": "1"})
    assert (response.status_code, response.headers["HX-Retarget"]) == (200, "#toasts")
    assert read(response).attrs_of("a", target="_blank")[0]["href"] == "/accounts/login/"


@pytest.mark.parametrize("url", [*LIVE, "/manage/orders/", "/manage/coworking/tickets/"])
def test_any_other_live_part_sends_the_page_to_sign_in_and_back(client: Client, url: str) -> None:
    response = client.get(url, headers=HTMX)
    assert response.status_code == 204
    target = urlsplit(response.headers["HX-Redirect"])
    assert target.path == "/accounts/login/"
    assert parse_qs(target.query) == {"next": ["/manage/orders/new/?back=/manage/&day=2026-11-25"]}


@pytest.mark.parametrize(
    "current", ["", "http://[", "http://evil.example//evil.example/", "//evil.example", "\x7f", "не адрес"]
)
def test_sign_in_from_a_live_part_never_leads_to_another_site(client: Client, world: World, current: str) -> None:
    client.logout()
    response = client.get("/manage/orders/", headers={**HTMX, "HX-Current-URL": current})
    assert response.status_code == 204
    world.manager.set_password("olvery-demo")
    world.manager.save()
    signed_in = client.post(response.headers["HX-Redirect"], {"login": world.manager.email, "password": "olvery-demo"})
    assert signed_in.status_code == 302
    assert urlsplit(signed_in.headers["Location"]).netloc == ""


def test_a_page_opened_without_sign_in_comes_back_after_it(client: Client) -> None:
    response = client.get(f"{FORM}?back=/manage/orders/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/accounts/login/?next=/manage/orders/new/%3Fback%3D/manage/orders/"


def test_a_form_with_a_stale_token_comes_back_and_goes_on(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.manager)
    client.get(FORM)
    typed = world.filled()
    before = saved_rows()

    response = client.post(FORM, {**typed, "csrfmiddlewaretoken": "x" * 64})
    assert response.status_code == 403
    assert saved_rows() == before
    values = carried(response)
    assert not lost(values, typed)
    assert values["csrfmiddlewaretoken"] != ["x" * 64]

    again = client.post(FORM, values)
    assert again.status_code == 200
    assert not lost(read(again).values, typed)
    assert client.post(FORM, read(again).values).status_code == 302


def test_a_stale_token_at_sign_in_never_puts_the_password_into_the_page(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/accounts/login/", {"login": world.manager.email, "password": "olvery-demo"})
    assert response.status_code == 403
    assert "olvery-demo" not in response.content.decode()


def test_going_on_after_a_stale_token_cancels_no_order_by_itself(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.manager)
    plain = Client()
    plain.force_login(world.manager)
    plain.post(FORM, world.filled())
    order = Order.objects.get()

    response = client.post(f"/manage/orders/{order.number}/cancel/", {"reason": "Передумал"})
    assert response.status_code == 403
    client.post(f"/manage/orders/{order.number}/cancel/", carried(response))
    order.refresh_from_db()
    assert order.status == "confirmed"
