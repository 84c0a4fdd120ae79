"""Which server a page reads from. A second connection to the test database replaces the replica."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import AccessEvent, User
from olvery.checks import replica_is_another_server
from olvery.shared import replica
from olvery.shared.replica import ALIAS, READS, UNKNOWN, Circuit, Positions
from olvery.shared.replica_pages import COOKIE, reads_replica
from tests.factories import make_order, make_pool, make_tariff
from tests.views.pages import make_world

LIST = "/manage/orders/"
CONFLICT = "DO $$ BEGIN RAISE EXCEPTION 'conflict with recovery' USING ERRCODE = '40001'; END $$"
PAGES = {
    "orders:list",
    "orders:export",
    "orders:tickets",
    "orders:tickets-export",
    "orders:calendar",
    "orders:calendar-changes",
    "orders:reports",
    "orders:report-export",
    "orders:access-log",
    "orders:money-day",
    "orders:money-export",
    "orders:manage",
    "orders:day-sheet",
    "orders:services",
    "orders:panel",
}


class Clock:
    """The seconds of this process."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("olvery.shared.replica.time.monotonic", clock)
    return clock


class Primary:
    """The position of the primary; others also write to the test server."""

    position = 1000

    def __call__(self) -> int:
        return self.position


@pytest.fixture
def primary(monkeypatch: pytest.MonkeyPatch) -> Primary:
    primary = Primary()
    monkeypatch.setattr(replica, "position_of_primary", primary)
    return primary


@pytest.fixture
def standby(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Provide a replica that is up to date."""
    monkeypatch.setattr(replica, "circuit", Circuit())
    monkeypatch.setattr(replica, "positions", Positions())
    stand_at(monkeypatch, UNKNOWN)
    settings.DATABASE_REPLICA_URL = "postgresql:///stands-in"
    connections[ALIAS] = connections[DEFAULT_DB_ALIAS].copy(alias=ALIAS)
    yield
    connections[ALIAS].close()
    del connections[ALIAS]


def stand_at(monkeypatch: pytest.MonkeyPatch, position: int) -> None:
    """Set the position of the replica, which the test database does not have."""
    monkeypatch.setattr(replica, "REPLAYED", f"SELECT {position}, 0")


def reads() -> dict[str, float]:
    """Return how often each server was read; for the primary, by reason."""
    samples = [sample for metric in READS.collect() for sample in metric.samples if sample.name.endswith("_total")]
    return {sample.labels["why"] or "replica": sample.value for sample in samples}


def read_since(before: dict[str, float]) -> dict[str, float]:
    return {name: value - before.get(name, 0) for name, value in reads().items() if value != before.get(name, 0)}


def which() -> str:
    """Return whether this is read over the replica's connection."""
    return "replica" if connections[DEFAULT_DB_ALIAS] is connections[ALIAS] else "primary"


# Pages


def names_of(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", pattern.callback
        else:
            yield from names_of(pattern, f"{pattern.namespace}:" if pattern.namespace else space)


def test_these_pages_read_from_the_replica_and_no_others() -> None:
    assert {name for name, view in names_of(get_resolver()) if getattr(view, "reads_replica", False)} == PAGES


@pytest.mark.usefixtures("standby", "now")
def test_a_page_reads_from_the_replica_and_notes_on_the_primary_whose_contacts_it_shows(client: Client) -> None:
    world = make_world(client=client)
    order = make_order(tariff=make_tariff(service=make_pool(location=world.location)), by=world.manager)
    before = reads()
    [ticket] = {line.ticket for line in order.lines.all() if line.ticket}
    with CaptureQueriesContext(connections[DEFAULT_DB_ALIAS]) as on_primary:
        page = client.get("/manage/coworking/tickets/", {"ticket": ticket.pk})
    assert (page.status_code, page.context["ticket"]) == (200, ticket)
    assert read_since(before) == {"replica": 1}
    assert set(AccessEvent.objects.values_list("person", flat=True)) == {ticket.visitor_id, order.customer_id}
    asked = {name for query in on_primary for name in re.findall(r'(?:FROM|INTO|UPDATE) "(\w+)"', query["sql"])}
    assert asked == {"django_session", "accounts_membership", "accounts_accessevent"}


@pytest.mark.usefixtures("standby", "now")
def test_who_has_saved_something_reads_the_primary_until_the_replica_has_it(
    client: Client, primary: Primary, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(client=client)
    client.get(LIST)
    stand_at(monkeypatch, primary.position)
    before = reads()
    primary.position += 1
    assert client.post("/switch/location/", {"location": world.location.pk}).status_code == 302
    for _ in range(2):
        assert client.get(LIST).status_code == 200
    assert read_since(before) == {"own": 2}

    others = Client()
    others.force_login(world.manager)
    others.get(LIST)
    assert read_since(before) == {"own": 2, "replica": 1}

    client.cookies[COOKIE] = "1:forged"
    client.get(LIST)
    stand_at(monkeypatch, UNKNOWN)
    client.get(LIST)
    assert read_since(before) == {"own": 2, "replica": 3}


@pytest.mark.usefixtures("standby", "now")
def test_a_commit_that_nobody_knows_of_is_looked_for_on_the_primary(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks() -> int:
        raise Error

    world = make_world(client=client)
    monkeypatch.setattr(replica, "position_of_primary", breaks)
    answer = client.post("/switch/location/", {"location": world.location.pk})
    assert answer.cookies[COOKIE].value.startswith(f"{UNKNOWN}:")
    assert answer.cookies[COOKIE]["httponly"]


@pytest.mark.usefixtures("standby")
def test_posts_are_answered_by_the_primary(rf: RequestFactory) -> None:
    view = reads_replica(lambda request: HttpResponse(which()))
    asked, sent = rf.get("/"), rf.post("/")
    asked.user = sent.user = AnonymousUser()
    assert (view(asked).content, view(sent).content) == (b"replica", b"primary")


def test_without_a_replica_nothing_is_asked_and_no_cookie_is_set(client: Client, db: None) -> None:
    make_world(client=client)
    before = reads()
    assert COOKIE not in client.get(LIST).cookies
    assert read_since(before) == {}


# Watching


@pytest.mark.usefixtures("standby")
def test_support_and_prometheus_are_told_how_the_replica_stands(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.METRICS_TOKEN, settings.BACKUP_DIR = "t" * 24, tmp_path
    support = Client()
    support.force_login(User.objects.create_superuser(email="support@example.com", password=None))

    def told() -> tuple[str, str, set[str]]:
        [line] = [line for line in support.get("/admin/self-check/").context["lines"] if line.title == "Реплика"]
        figures = support.get("/metrics", headers={"Authorization": f"Bearer {'t' * 24}"}).content.decode()
        return line.state, line.text, set(re.findall(r"^olvery_replica_\w+ .*", figures, re.MULTILINE))

    up = {"olvery_replica_up 1.0", "olvery_replica_behind_bytes 0.0", "olvery_replica_behind_seconds 0.0"}
    assert told() == ("good", "все изменения на месте", up)
    monkeypatch.setattr(replica, "MOMENT_SECONDS", 0)
    monkeypatch.setattr(replica, "REPLAYED", "SELECT 0, 59.5")
    state, text, figures = told()
    assert state == "bad"
    assert re.fullmatch(r"Не хватает байт: \d+, последнее изменение было 60 с назад", text)
    assert {"olvery_replica_up 1.0", "olvery_replica_behind_seconds 59.5"} < figures
    monkeypatch.setattr(replica, "REPLAYED", "SELECT 1 WHERE false")
    assert told() == ("bad", "не отвечает: все страницы читают основной сервер", {"olvery_replica_up 0.0"})


@pytest.mark.usefixtures("standby")
def test_a_process_says_what_it_knows_of_the_replica_without_asking(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/healthz").content == b"ok"
    monkeypatch.setattr(replica, "REPLAYED", "SELECT 1 WHERE false")
    client.get("/services/")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok, without the replica")


def test_settings_of_a_replica_that_nobody_would_read_are_refused(settings: Any) -> None:
    settings.DATABASE_REPLICA_URL, settings.REPLICA_MAX_LAG_SECONDS = "postgresql://replica/olvery", 5
    assert replica_is_another_server() == []
    settings.DATABASE_REPLICA_URL, settings.REPLICA_MAX_LAG_SECONDS = settings.DATABASE_URL, 0
    assert [error.id for error in replica_is_another_server()] == ["olvery.E024", "olvery.E025"]
    settings.DATABASE_REPLICA_URL = ""
    assert replica_is_another_server() == []
