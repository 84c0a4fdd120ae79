"""Settings that were sent when the sign-in expired: they are looked at before anything is saved."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.models import DocumentDraft
from tests.factories import make_seller
from tests.views.pages import Form, World, lost, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

SETTINGS = "/manage/coworking/"
CHANGES = ("INSERT", "UPDATE", "DELETE")
SAID = "Пока ничего не сделано: проверьте и нажмите ещё раз."


def forms(world: World) -> list[tuple[str, dict[str, str]]]:
    """Return pages, each with what is typed into one of its forms."""
    service = f"{SETTINGS}services/{world.service.pk}/"
    make_seller(location=world.location)
    return [
        (service, {"name": "Тихая зона"}),
        (service, {"tariffs-0-price": "777"}),
        (
            service,
            {"prices-0-starts_on": "2026-12-01", "prices-0-price": "500", "prices-0-tariff": str(world.tariff.pk)},
        ),
        (f"{SETTINGS}services/new/", {"name": "Новая услуга", "kind": "pool", "capacity": "4"}),
        (f"{SETTINGS}location/", {"reminder_hours": "48"}),
        (f"{SETTINGS}contacts/", {"address": "Новая улица, 1"}),
        (f"{SETTINGS}hours/", {"opens_0": "7:00"}),
        (f"{SETTINGS}seller/", {"director": "Ким О. П."}),
        (f"{SETTINGS}documents/offer/", {"text": "Наша оферта."}),
        (f"{SETTINGS}promo-codes/new/", {"code": "ЛЕТО", "discount": "500"}),
        ("/manage/programs/tokens/new/", {"name": "Бухгалтерия", "scopes": "orders:read"}),
        (
            "/manage/companies/new/",
            {"inn": "7707083893", "name": "ПАО «Сбербанк»", "kpp": "773601001", "address": "Москва"},
        ),
    ]


def form_with(name: str, answer: Any) -> Form:
    return next(form for form in read(answer).forms if name in form.values)


def test_settings_are_shown_again_before_anything_is_saved(client: Client, world: World) -> None:
    for url, changes in forms(world):
        form = form_with(next(iter(changes)), client.get(url))
        target, typed = form.attrs.get("action") or url, {**form.values, **changes}
        with CaptureQueriesContext(connection) as queries:
            again = client.post(target, {**typed, "action": "refresh"})
        written = [
            one["sql"] for one in queries if one["sql"].startswith(CHANGES) and "django_session" not in one["sql"]
        ]
        assert (again.status_code, written) == (200, []), url
        assert SAID in again.content.decode(), url
        shown = form_with(next(iter(changes)), again)
        assert not lost(shown.values, changes), url
        with transaction.atomic():
            assert client.post(target, shown.values).status_code in {200, 302}, url
            transaction.set_rollback(True)


def test_a_button_of_managers_is_not_pressed_by_going_on(client: Client, world: World) -> None:
    page = f"{SETTINGS}services/{world.service.pk}/"
    press: dict[str, Any] = {"headers": {"Referer": f"http://testserver{page}"}}
    discard = f"{SETTINGS}documents/offer/discard/"
    client.post(f"{SETTINGS}documents/offer/", {"text": "Наша оферта.", "changes": "", "seen": "0"})
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.manager)
    stale = strict.post(discard, {"csrfmiddlewaretoken": "x" * 64}, **press)
    assert (stale.status_code, stale.headers["Location"]) == (302, page)
    assert SAID in strict.get(page).content.decode()
    for foreign in ("http://testserver//evil.example/", "http://evil.example/manage/", ""):
        away = strict.post(discard, {"csrfmiddlewaretoken": "x" * 64}, headers={"Referer": foreign})
        assert (away.status_code, away.headers["Location"]) == (302, "/")
    client.logout()
    answer = client.post(discard, **press)
    assert (answer.status_code, parse_qs(urlsplit(answer.headers["Location"]).query)) == (302, {"next": [page]})
    assert DocumentDraft.objects.exists()
