"""The door without network: what a device may cache, and what it sends later."""

import uuid
from base64 import b64decode
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.domain import door_list, ticket_codes
from coworking.domain.visits import EntryRefused, NotInside, PlaceReleased
from coworking.models import Ticket, Visit, VisitSource
from olvery.shared.periods import Period
from orders.domain.desk import door as entrance
from orders.models import OfflineScan, Order
from orders.views.door.scan_words import ADVICE, WORDS
from tests.factories import make_location, make_manager, make_order, make_pool, make_ticket
from tests.moments import hours, moment
from tests.views.pages import World, make_world, read

pytestmark = pytest.mark.django_db

LIST, SCANS = "/manage/check-in/list/", "/manage/check-in/scans/"
TEN = moment("2026-11-25 10:00")
TOMORROW = Period(moment("2026-11-26 10:00"), moment("2026-11-26 12:00"))


@pytest.fixture
def door(client: Client) -> Any:
    """A manager at the door on Wednesday at ten."""
    with time_machine.travel(TEN, tick=False):
        yield make_world(client=client)


@pytest.fixture
def order(door: World) -> Order:
    """600 ₽ by invoice for Мария Орлова, on A1 from 10 to 12."""
    return make_order(tariff=door.tariff, customer=door.visitor, by=door.manager, payment_method="invoice")


def ticket_of(order: Order) -> Ticket:
    return Ticket.objects.select_related("service__location").get(lines__order=order, lines__kind="tariff")


def send(client: Client, door: World, **changes: Any) -> Any:
    values = {"location": door.location.pk, "token": uuid.uuid4(), "do": "in", "seconds_ago": 600}
    return client.post(SCANS, {**values, **changes})


def test_the_list_says_of_a_ticket_what_the_door_needs_and_names_nobody(
    client: Client, door: World, order: Order
) -> None:
    ticket = ticket_of(order)
    answer = client.get(LIST)
    given = answer.json()
    (row,) = given.pop("tickets")
    assert row == {
        "number": ticket.pk,
        "seat": "A1",
        "service": door.service.name,
        "time": "сегодня, 10:00–12:00",
        "opens": int(moment("2026-11-25 09:45").timestamp() * 1000),
        "starts": int(ticket.period.start.timestamp() * 1000),
        "ends": int(ticket.period.end.timestamp() * 1000),
        "status": "active",
        "version": 0,
        "code": door_list.digest_of(ticket.code),
        "name": door_list.digest_of(given["salt"] + "орлова"),
        "inside": False,
    }
    assert (given["user"], given["location"], given["made"]) == (door.manager.pk, door.location.pk, "10:00")
    assert given["until"] == int(moment("2026-11-26 00:00").timestamp() * 1000)
    assert b64decode(given["key"]) == ticket_codes.public_key_of(door.location)
    html = answer.content.decode()
    assert "Орлова" not in html
    assert ticket.code not in html
    assert str(door.location.door_secret) not in html
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_list_knows_who_is_inside_and_what_was_cancelled(client: Client, door: World, order: Order) -> None:
    entrance.let_in(ticket_of(order).pk, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=door.manager, at=TEN)
    other = make_order(tariff=door.tariff, customer=door.customer, by=door.manager, payment_method="invoice")
    Ticket.objects.filter(pk=ticket_of(other).pk).update(status="cancelled")
    rows = {row["number"]: (row["status"], row["inside"]) for row in client.get(LIST).json()["tickets"]}
    assert rows == {ticket_of(order).pk: ("active", True), ticket_of(other).pk: ("cancelled", False)}


def test_the_list_is_of_today_and_of_this_location(client: Client, door: World) -> None:
    make_ticket(service=make_pool(), period=hours("10", "12"))
    make_ticket(service=make_pool(location=door.location), period=TOMORROW)
    assert client.get(LIST).json()["tickets"] == []


def test_the_list_takes_as_many_queries_for_three_tickets_as_for_one(client: Client, door: World, order: Order) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(LIST)
        return len(seen)

    queries()  # the session is renewed
    one = queries()
    for _n in range(2):
        make_order(tariff=door.tariff, customer=door.customer, by=door.manager, payment_method="invoice")
    assert queries() == one
    assert one <= 7


def test_a_scan_is_a_visit_at_the_moment_it_was_made(client: Client, door: World, order: Order) -> None:
    token = uuid.uuid4()
    answers = [send(client, door, q=ticket_codes.code_of(ticket_of(order)), token=token) for _ in range(2)]
    visit = Visit.objects.get()
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"reason": "", "visit": visit.pk})] * 2
    assert visit.arrived_at == moment("2026-11-25 09:50")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"seconds_ago": -1}, "Скан не может быть из будущего."),
        ({"seconds_ago": 48 * 3600 + 1}, "Скан старше двух суток: отметьте посещение вручную."),
        ({"token": "broken"}, "UUID"),
        ({"q": " "}, "Обязательное поле."),
        ({"q": "9" * 201}, "200"),
        ({"do": "undo"}, "undo"),
        ({"location": "x"}, "целое число"),
        ({"seconds_ago": "9" * 30}, "двух суток"),
    ],
)
def test_what_no_device_sends_is_refused(
    client: Client, door: World, order: Order, changes: dict[str, Any], error: str
) -> None:
    answer = send(client, door, **{"q": ticket_of(order).pk, **changes})
    assert answer.status_code == 422
    assert error in answer.json()["error"]
    assert (OfflineScan.objects.count(), Visit.objects.count()) == (0, 0)


def test_a_scan_of_a_location_of_others_is_not_found(client: Client, door: World, order: Order) -> None:
    for location in (make_location().pk, 0):
        assert send(client, door, q=ticket_of(order).pk, location=location).status_code == 404
    assert OfflineScan.objects.count() == 0


def test_the_page_lists_what_did_not_fit_and_what_to_do(client: Client, door: World, order: Order) -> None:
    Ticket.objects.update(status="cancelled")
    assert send(client, door, q=ticket_of(order).pk).json() == {"reason": "entry_cancelled", "visit": None}
    assert send(client, door, q="nobody-1234").json() == {"reason": "ticket_unknown", "visit": None}
    page = client.get("/manage/check-in/")
    html = page.content.decode()
    assert "Билет отменили: найдите человека, оформите новый заказ." in html
    assert "nobody-1234" in html
    assert "Орлова" not in html
    assert f"/manage/check-in/?q={ticket_of(order).pk}" in read(page).links()

    first, second = OfflineScan.objects.order_by("pk")
    settle = f"/manage/check-in/scans/{first.pk}/settle/"
    left = client.post(settle, headers={"HX-Request": "true"}).content.decode()
    assert "nobody-1234" in left
    assert "отменили" not in left
    assert client.post(f"/manage/check-in/scans/{second.pk}/settle/").headers["Location"] == "/manage/check-in/"
    assert "<section" not in client.get("/manage/check-in/scans/open/").content.decode()
    assert set(OfflineScan.objects.values_list("settled_by", flat=True)) == {door.manager.pk}


def test_every_refusal_of_the_door_has_its_word_and_its_advice() -> None:
    reasons = {kind.reason for kind in (*EntryRefused.__subclasses__(), PlaceReleased)}
    assert reasons - set(WORDS) == set()
    assert (reasons | {NotInside.reason}) - set(ADVICE) == set()


def test_a_manager_of_another_location_settles_nothing(client: Client, door: World, order: Order) -> None:
    send(client, door, q="nobody-1234")
    client.force_login(make_manager(location=make_location()))
    scan = OfflineScan.objects.get()
    client.post(f"/manage/check-in/scans/{scan.pk}/settle/")
    scan.refresh_from_db()
    assert scan.settled_at is None
    assert "nobody-1234" not in client.get("/manage/check-in/scans/open/").content.decode()


def test_the_page_takes_as_many_queries_for_three_scans_as_for_one(client: Client, door: World, order: Order) -> None:
    Ticket.objects.update(status="cancelled")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get("/manage/check-in/")
        return len(seen)

    send(client, door, q=ticket_of(order).pk)
    queries()  # the session is renewed
    one = queries()
    for _n in range(2):
        send(client, door, q=ticket_of(order).pk)
    assert queries() == one


def test_the_worker_keeps_the_files_of_the_page_and_asks_nobody(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/manage/check-in/worker.js")
    script = answer.content.decode()
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "no-cache" in answer.headers["Cache-Control"]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    for name in ("css/app", "js/app", "js/check-in", "js/dom", "js/door-offline", "js/csrf", "js/theme", "htmx-2.min"):
        assert f"/static/{name}" in script or f"/static/django_htmx/{name}" in script
    assert "/icons." in script
