"""Settings submitted after the session expired: they are shown again before anything is saved."""

import inspect
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from coworking.models import DocumentDraft
from tests.factories import make_seller
from tests.views.pages import Form, World, lost, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

SETTINGS = "/manage/coworking/"
CHANGES = ("INSERT", "UPDATE", "DELETE")
SAID = "Пока ничего не сделано: проверьте и нажмите ещё раз."
LOOKS = {"is_sent", "asks_again", "is_carried_on"}
# They read `action` themselves, save nothing, or take what no page can keep: a file, a scan of a device.
HARMLESS = [
    "add-tickets-plan",
    "cancel-letter",
    "change-ticket-plan",
    "company-import",
    "create",
    "create-availability",
    "create-bookings",
    "create-details",
    "create-month",
    "create-people",
    "create-person",
    "create-person-known",
    "create-pick",
    "create-quote",
    "door-scans",
    "invoice-letter",
    "payment-letter",
    "people-import",
    "refund-letter",
    "sell-pass",
]


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


def views_below(path: str, resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Return the name and the view of each URL with this prefix."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views_below(path, pattern, route)
        elif isinstance(pattern, URLPattern) and route.startswith(path):
            yield str(pattern.name), pattern.callback


def words_of(code: CodeType) -> set[str]:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return set(code.co_names).union(*map(words_of, inner))


def reached(view: Callable[..., Any], known: set[Any]) -> set[str]:
    """Return the names that a view uses, including those in view functions that it calls."""
    if view in known:
        return set()
    known.add(view)
    found = words_of(view.__code__)
    called = [view.__globals__.get(name) for name in found]
    ours = [one for one in called if isinstance(one, FunctionType) and ".views." in one.__module__]
    return found.union(*(reached(inspect.unwrap(one), known) for one in ours))


def test_whatever_managers_send_is_a_button_or_looks_whether_it_was_carried_on() -> None:
    acts = []
    for name, view in views_below("manage/"):
        bare = inspect.unwrap(view)
        is_read = "@require_safe" in inspect.getsource(bare)
        if not is_read and not getattr(view, "is_button", False) and not reached(bare, set()) & LOOKS:
            acts.append(name)
    assert sorted(acts) == HARMLESS


def test_a_button_with_a_hidden_field_is_not_pressed_by_going_on(client: Client, world: World) -> None:
    service = f"{SETTINGS}services/{world.service.pk}/"
    archive, sent = f"{service}sale/", {"is_active": "no"}
    press: dict[str, Any] = {"headers": {"Referer": f"http://testserver{service}"}}
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.manager)
    stale = strict.post(archive, {**sent, "csrfmiddlewaretoken": "x" * 64}, **press)
    assert (stale.status_code, stale.headers["Location"]) == (302, service)
    assert SAID in strict.get(service).content.decode()
    carried = client.post(archive, {**sent, "action": "refresh"})
    assert (carried.status_code, carried.headers["Location"]) == (302, "/")
    client.logout()
    strict.logout()
    for answer in (client.post(archive, sent, **press), strict.post(archive, sent, **press)):
        assert (answer.status_code, parse_qs(urlsplit(answer.headers["Location"]).query)) == (302, {"next": [service]})
    world.service.refresh_from_db()
    assert world.service.is_active
