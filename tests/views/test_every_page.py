"""What every page has: its language, its policy; and the health checks."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import make_order
from tests.views.pages import read, shortened
from tests.views.test_sign_in import SIGN_IN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_language_is_switched_on_this_device_and_the_page_stays(client: Client, language: str) -> None:
    response = client.post("/switch/language/", {"language": language, "next": "/accounts/login/?next=/my/"})
    assert response.headers["Location"] == "/accounts/login/?next=/my/"
    assert response.cookies["django_language"].value == language
    page = client.get(SIGN_IN, headers={"Accept-Language": "de,en;q=0.5"})
    assert page.headers["Content-Language"] == language
    assert read(page).attrs_of("html")[0]["lang"] == language


def test_the_interface_is_russian_whatever_the_browser_asks_for(client: Client) -> None:
    page = client.get(SIGN_IN, headers={"Accept-Language": "en"})
    assert read(page).attrs_of("html")[0]["lang"] == "ru"
    client.cookies["django_language"] = "junk"
    assert read(client.get(SIGN_IN)).attrs_of("html")[0]["lang"] == "ru"


@pytest.mark.parametrize("language", ["", "de", "ru; Path=/", "\0", "x" * 5000], ids=shortened)
def test_a_language_nobody_offers_sets_nothing(client: Client, language: str) -> None:
    response = client.post("/switch/language/", {"language": language})
    assert response.status_code == 302
    assert "django_language" not in response.cookies


@pytest.mark.parametrize(
    "page",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "///evil.example", "home", "", "\0", "/\r\nX: 1"],
)
def test_switching_the_language_leads_to_no_other_site(client: Client, page: str) -> None:
    response = client.post("/switch/language/", {"language": "en", "next": page})
    assert response.status_code == 302
    target = response.headers["Location"]
    assert target.startswith("/")
    assert "evil" not in target
    assert "\n" not in target


@pytest.mark.parametrize("url", ["/healthz", "/readyz"])
def test_the_load_balancer_is_answered(client: Client, url: str) -> None:
    response = client.get(url)
    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response.headers["Cache-Control"]


def test_being_alive_asks_no_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        client.get("/healthz")


def policy_of(response: Any) -> dict[str, list[str]]:
    """Return the content security policy of an answer."""
    parts = response.headers["Content-Security-Policy"].split(";")
    return {name: values for name, *values in (part.split() for part in parts)}


def test_every_page_allows_only_what_the_site_itself_serves(client: Client) -> None:
    order = make_order()
    ticket = order.lines.get().ticket_id
    staff = ["/manage/orders/", f"/manage/orders/{order.number}/", f"/manage/orders/{order.number}/cancel/"]
    staff += ["/manage/orders/new/", "/manage/coworking/tickets/", f"/manage/coworking/tickets/{ticket}/", "/no-such/"]
    own = ["/my/orders/", f"/my/orders/{order.number}/", "/my/bookings/", f"/my/bookings/{ticket}/", "/manage/"]
    support = User.objects.create_superuser("support@example.com", last_name="Ким", first_name="Ольга")
    doors = [SIGN_IN, f"{SIGN_IN}code/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/inactive/"]
    for person, urls in ((None, doors), (order.created_by, staff), (order.customer, own), (support, ["/admin/"])):
        if person:
            client.force_login(person)
        for url in urls:
            response = client.get(url)
            assert response.headers["Content-Type"].startswith("text/html")
            policy = policy_of(response)
            assert policy["default-src"] == ["'none'"], url
            assert policy["script-src"] == policy["style-src"] == ["'self'"], url
            assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"], url
            assert "unsafe" not in response.headers["Content-Security-Policy"], url
            page = read(response)
            if url != "/admin/":
                inline = [attrs for attrs in page.attrs_of("script") if "src" not in attrs]
                assert not [attrs for attrs in inline if attrs.get("type") != "application/json"], url
                assert not [1 for _tag, attrs in page.tags if "style" in attrs or "onclick" in attrs], url
                assert not page.attrs_of("style"), url
            assert response.headers["X-Frame-Options"] == "DENY"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
