"""Who saw whose contacts: logged when choosing, opening and exporting, read by the location administrator."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessEvent, Role, User
from orders.domain.queries.access_log import MANY
from orders.models import Order
from tests.factories import make_location, make_manager, make_member, make_order, make_user
from tests.html import text_of
from tests.moments import NOW
from tests.views.pages import World, read
from tests.views.test_access import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

LOG, FORM = "/manage/access-log/", "/manage/orders/new/"
HTMX = {"HX-Request": "true"}
Seen = list[tuple[User, User, str, int | None]]


@pytest.fixture
def order(world: World) -> Order:
    return make_order(tariff=world.tariff, customer=world.customer, by=world.manager, visitor_ids=(world.visitor.pk,))


@pytest.fixture
def administrator(world: World) -> Client:
    client = Client()
    client.force_login(make_member(location=world.location, role=Role.LOCATION_ADMINISTRATOR))
    return client


def written(since: int = 0) -> Seen:
    """Return who saw whom, on which screen and at which number, skipping a number of older rows."""
    events = AccessEvent.objects.order_by("pk")[since:]
    return [(event.by, event.person, str(event.screen), event.number) for event in events]


def choose(client: Client, world: World, person: User, field: str = "customer") -> Any:
    return client.post(f"{FORM}pick/", world.filled(action=f"pick:{field}:{world.key(person)}"), headers=HTMX)


def test_choosing_opening_and_exporting_say_who_saw_whom(client: Client, world: World, order: Order) -> None:
    me, customer, visitor = world.manager, world.customer, world.visitor
    ticket = order.lines.get().ticket_id

    def told_by(answer: Any) -> Seen:
        nonlocal known
        assert answer.status_code == 200
        told = written(known)
        known += len(told)
        return told

    known = 0
    suggestions = {"for": "customer", "customer_q": "петр"}
    # Lists and suggestions show too little, and would be slowed down.
    assert told_by(client.get("/manage/orders/")) == told_by(client.get("/manage/coworking/tickets/")) == []
    assert told_by(client.post(f"{FORM}people/", suggestions, headers=HTMX)) == []

    assert told_by(choose(client, world, customer)) == [(me, customer, "order_form", None)]
    plain = client.post(FORM, world.filled(action=f"pick:visitor-0:{world.key(visitor)}"))
    assert told_by(plain) == [(me, visitor, "order_form", None)]
    assert told_by(client.get(f"/manage/orders/{order.number}/")) == [
        (me, customer, "order", order.number),
        (me, visitor, "order", order.number),
    ]
    assert told_by(client.get(f"/manage/coworking/tickets/{ticket}/", headers=HTMX)) == [
        (me, customer, "ticket", ticket),
        (me, visitor, "ticket", ticket),
    ]
    assert told_by(client.get("/manage/orders/export/")) == [(me, customer, "orders_export", None)]
    assert told_by(client.get("/manage/coworking/tickets/export/")) == [(me, visitor, "tickets_export", None)]


def test_an_export_writes_its_people_by_one_statement(client: Client, world: World, order: Order) -> None:
    def inserts() -> int:
        with CaptureQueriesContext(connection) as sent:
            client.get("/manage/orders/export/")
        return sum("accounts_accessevent" in query["sql"] for query in sent)

    assert inserts() == 1
    for person in (make_user(), make_user(), world.customer):
        make_order(tariff=world.tariff, customer=person, by=world.manager)
    assert inserts() == 1
    assert AccessEvent.objects.count() == 4  # one, then three: each person once a file


def test_the_administrator_reads_the_own_location_by_person_and_day_page_by_page(
    client: Client, world: World, order: Order, administrator: Client
) -> None:
    access: Any = {"by": world.manager, "location": world.location}
    AccessEvent.objects.create(person=world.visitor, screen="order_form", at=NOW - timedelta(days=1), **access)
    client.get(f"/manage/orders/{order.number}/")
    stranger = Client()
    elsewhere = make_order()
    stranger.force_login(make_manager(location=elsewhere.location))
    stranger.get(f"/manage/orders/{elsewhere.number}/")

    def rows(**asked: str) -> list[tuple[str, str]]:
        page = administrator.get(LOG, asked).context["page"]
        return [(look.person.last_name, str(look.screen)) for look in page.rows]

    today = [("Орлова", "order"), ("Петров", "order")]
    assert rows() == [*today, ("Орлова", "order_form")]
    assert rows(on="2026-11-24") == today
    assert rows(on="2026-11-23") == [("Орлова", "order_form")]
    assert rows(q="петр") == [("Петров", "order")]
    assert rows(q=world.manager.last_name) == rows()
    assert rows(q="петр", on="2026-11-23") == rows(q="никто") == []
    text = administrator.get(LOG).content.decode()
    assert "Заказ: открыт" in text
    assert str(world.customer.phone)[-7:] not in text
    assert "Журнал доступа" in read(administrator.get("/manage/orders/")).html

    AccessEvent.objects.bulk_create(
        AccessEvent(person=world.customer, screen="ticket", number=n, at=NOW, **access) for n in range(40)
    )
    first = administrator.get(LOG).context["page"]
    second = administrator.get(LOG, {"after": first.older}).context["page"]
    assert (len(first.rows), len(second.rows), second.older) == (30, 13, "")
    with CaptureQueriesContext(connection) as sent:
        administrator.get(LOG)
    assert len(sent) <= 8


def test_people_who_choose_many_without_an_order_are_shown(client: Client, world: World, administrator: Client) -> None:
    people = [make_user(last_name="Посетитель") for _ in range(MANY + 1)]
    for person in people:
        choose(client, world, person)
    make_order(tariff=world.tariff, customer=people[0], by=world.manager)
    assert [person.chosen_count for person in administrator.get(LOG).context["idle"]] == [MANY]
    assert f"заказ не оформлен, выбрано человек: {MANY}" in administrator.get(LOG).content.decode()
    assert administrator.get(LOG, {"on": "2026-11-23"}).context["idle"] == []
    make_order(tariff=world.tariff, customer=world.customer, visitor_ids=(people[1].pk,), by=world.manager)
    assert administrator.get(LOG).context["idle"] == []


def test_the_database_keeps_the_log(client: Client, world: World) -> None:
    choose(client, world, world.customer)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for sql in ("UPDATE accounts_accessevent SET at = now()", "DELETE FROM accounts_accessevent"):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                cursor.execute(sql)
    assert AccessEvent.objects.get().person == world.customer


def test_the_log_of_a_person_counts_each_viewer(
    client: Client, world: World, order: Order, administrator: Client
) -> None:
    other = Client()
    other.force_login(make_manager(location=world.location, last_name="Ким", first_name="Олег"))
    for viewer in (client, client, other):
        viewer.get(f"/manage/orders/{order.number}/")
    elsewhere = make_member(location=make_location(), role=Role.LOCATION_ADMINISTRATOR)

    page = administrator.get(f"{LOG}?whom={world.customer.pk}")
    text = " ".join(text_of(page.content.decode()).split())
    assert f"Кто смотрел: {world.customer.full_name}" in text
    assert "Соколова Анна 2 раза, 24.11.2026 09:00" in text
    assert "Ким Олег 1 раз, 24.11.2026 09:00" in text
    assert world.visitor.full_name not in text
    assert f"?whom={world.customer.pk}" in read(administrator.get(LOG)).links()
    stranger = client_of(elsewhere).get(f"{LOG}?whom={world.customer.pk}").content.decode()
    assert world.customer.last_name not in stranger
    assert administrator.get(f"{LOG}?whom=x").status_code == 200


def test_the_statement_of_the_manual_names_whom_an_account_has_seen(client: Client, world: World, order: Order) -> None:
    client.get(f"/manage/orders/{order.number}/")
    stranger = make_manager(location=world.location)
    client_of(stranger).get(f"/manage/orders/{make_order(tariff=world.tariff, by=stranger).number}/")
    manual = (Path(settings.BASE_DIR) / "docs" / "operations.md").read_text(encoding="utf-8")
    [statement] = re.findall(r"<<'SQL'\n(SELECT DISTINCT person_id.*?)\nSQL\n", manual, re.DOTALL)
    with connection.cursor() as cursor:
        cursor.execute(statement.replace(":by", "%s").replace(":'since'", "%s"), [world.manager.pk, NOW.date()])
        named = {row[0] for row in cursor.fetchall()}
    assert named == {person.pk for by, person, _screen, _number in written() if by == world.manager} != set()
