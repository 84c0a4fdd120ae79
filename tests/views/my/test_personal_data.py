"""A person gets everything stored about them, and nothing about anybody else."""

import io
import json
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain import access_log
from accounts.domain.contacts import change_email
from accounts.domain.documents import consent, publish
from accounts.domain.security import Origin
from accounts.models import DocumentKind, Screen, User
from coworking.models import Ticket
from orders.domain.desk.handing_over import Recipient, hand_over, state_of, take_back
from orders.domain.desk.ticket_letters import send_again
from orders.models import Message, Order, WaitingLetter
from tests.factories import make_order, make_pass, make_pool, make_user, make_waiting
from tests.moments import NOW
from tests.orders.steps import take
from tests.views.pages import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

EXPORT = "/my/profile/export/"


@pytest.fixture
def world(client: Client) -> World:
    cache.clear()
    world = make_world()
    client.force_login(world.customer)
    return world


def exported(client: Client) -> tuple[dict[str, Any], str]:
    answer = client.post(EXPORT)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data-2026-11-24.zip"'
    with ZipFile(io.BytesIO(answer.content)) as archive:
        return json.loads(archive.read("data.json")), archive.read("data.html").decode()


def one_order(world: World, person: User, comment: str) -> Order:
    return make_order(tariff=world.tariff, customer=person, by=world.manager, comment=comment, internal_note="Тайна")


def test_the_archive_holds_everything_of_the_person_alone(client: Client, world: World) -> None:
    person, stranger = world.customer, make_user(last_name="Чужой", email="stranger@example.com")
    order, other = one_order(world, person, "Свой <b>"), one_order(world, stranger, "Чужой заказ")
    take(order, "600", by=world.manager)
    for somebody in (person, stranger):
        make_waiting(tariff=world.tariff, customer=somebody, places=world.service.seats.count(), comment="Жду")
    publish(kind=DocumentKind.ADVERTISING, text="…", changes="", by=None, at=NOW)
    consent(person, purpose=DocumentKind.ADVERTISING, edition=1, origin=Origin("192.0.2.7", ""), at=NOW)
    where: dict[str, Any] = {"by": world.manager, "location_id": order.location_id, "screen": Screen.ORDER, "at": NOW}
    access_log.record([person.pk], number=order.pk, **where)
    access_log.record([stranger.pk], number=other.pk, **where)

    data, page = exported(client)

    assert data["person"][0]["email"] == "petrov@example.com"
    assert data["person"][0]["phone"] == str(person.phone)
    [own] = data["orders"]
    assert (own["number"], own["total"], own["comment"]) == (order.pk, "600.00", "Свой <b>")
    assert own["period"] == ["2026-11-25T07:00:00Z", "2026-11-25T09:00:00Z"]
    assert [(row["order"], row["amount"]) for row in data["payments"]] == [(order.pk, "600.00")]
    assert [row["name"] for row in data["tickets"]] == [person.full_name]
    assert [(row["places"], row["status"], row["order"], row["comment"]) for row in data["waiting"]] == [
        (world.service.seats.count(), "waiting", None, "Жду")
    ]
    assert [(row["document"], row["action"], row["address"]) for row in data["consents"]] == [
        ("advertising", "given", "192.0.2.7")
    ]
    assert data["looks"] == [
        {"at": "2026-11-24T06:00:00Z", "location": order.location.name, "screen": "order", "number": order.pk}
    ]
    for text in (json.dumps(data, ensure_ascii=False), page):
        assert not [word for word in ("Чужой", "stranger@", "Тайна", world.manager.last_name) if word in text]
    assert "25.11.2026 10:00 – 25.11.2026 12:00" in page
    assert "Свой &lt;b&gt;" in page
    assert "Письма о скидках и событиях" in page


def test_passes_come_with_what_became_of_them(client: Client, world: World) -> None:
    person, manager = world.customer, world.manager
    studio = make_pool(location=world.location, name="Студия")
    own = make_pass(service=world.service, customer=person, by=manager, also_services=[studio.pk])
    make_pass(service=world.service, by=manager)
    order = make_order(tariff=world.tariff, customer=person, by=manager, pass_id=own.pk)

    data, page = exported(client)

    good = ["2026-11-24T06:00:00Z", "2026-12-23T21:00:00Z"]
    fields = {"service": world.service.name, "also_services": ["Студия"], "name": own.name, "period": good}
    assert data["passes"] == [{"number": own.pk, **fields, "unit": "hour", "units": 10, "left": 8}]
    at = "2026-11-24T06:00:00Z"
    assert data["pass_entries"] == [
        {"pass": own.pk, "at": at, "kind": "granted", "units": 10, "order": None},
        {"pass": own.pk, "at": at, "kind": "used", "units": -2, "order": order.pk},
    ]
    assert {tuple(row) for row in data["orders"]} == {tuple(data["orders"][0])}
    assert "Что стало с абонементами" in page


def test_letters_to_every_former_e_mail_of_the_person_are_in_the_archive(client: Client, world: World) -> None:
    order = make_order(tariff=world.tariff, by=world.manager, visitor_ids=(world.manager.pk,), payment_method="invoice")
    [ticket], recipient = Ticket.objects.all(), Recipient(last_name="Ким", first_name="Ольга", email="one@example.com")
    passed = hand_over(order.pk, ticket.pk, recipient, shown=state_of(ticket), by=order.customer, at=NOW)
    person = User.objects.get(pk=passed.to_id)
    for number, email in enumerate(("two@example.com", "three@example.com"), start=1):
        change_email(person, email=email, origin=Origin(None, ""), at=NOW)
        send_again(order.pk, [ticket.pk], at=NOW + timedelta(hours=number))
    ticket.refresh_from_db()
    take_back(order.pk, ticket.pk, shown=state_of(ticket), by=order.customer, at=NOW + timedelta(hours=3))
    change_email(person, email="now@example.com", origin=Origin(None, ""), at=NOW)

    client.force_login(person)
    data, _page = exported(client)

    assert [(row["kind"], row["to"]) for row in data["letters"]] == [
        ("handed", "one@example.com"),
        ("handed", "two@example.com"),
        ("handed", "three@example.com"),
        ("gone", "three@example.com"),
    ]
    assert Message.objects.filter(kind="handed", to=world.manager.email).exists()  # it is theirs again


def test_letters_about_the_waiting_list_are_in_the_archive(client: Client, world: World) -> None:
    stranger, everywhere = make_user(last_name="Чужой", email="stranger@example.com"), world.service.seats.count()
    one_order(world, stranger, "")
    for somebody in (world.customer, stranger):
        make_waiting(tariff=world.tariff, customer=somebody, places=everywhere)
    WaitingLetter.objects.filter(to="petrov@example.com").update(sent_at=NOW)

    data, page = exported(client)

    period = ["2026-11-25T07:00:00Z", "2026-11-25T09:00:00Z"]
    about = {"service": world.service.name, "period": period}
    assert data["waiting_letters"] == [
        {**about, "kind": "joined", "to": "petrov@example.com", "sent_at": "2026-11-24T06:00:00Z"}
    ]
    assert "Письма о листе ожидания" in page
    assert "В листе ожидания" in page
    assert "stranger@" not in page


def test_somebody_new_gets_an_archive_too(client: Client) -> None:
    cache.clear()
    client.force_login(make_user())
    data, page = exported(client)
    assert [section for section, rows in data.items() if rows] == ["person"]
    assert "Ничего." in page


def test_it_takes_as_many_queries_for_three_orders_as_for_one(client: Client, world: World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as sent:
            exported(client)
        return len([query for query in sent if "cache" not in query["sql"] and "SAVEPOINT" not in query["sql"]])

    one_order(world, world.customer, "")
    one = queries()
    for _ in range(2):
        one_order(world, world.customer, "")
    assert queries() == one <= 14


def test_it_is_asked_for_ten_times_an_hour_at_most(client: Client, world: World) -> None:
    assert [client.post(EXPORT).status_code for _ in range(11)] == [200] * 10 + [429]
