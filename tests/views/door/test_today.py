"""«Сегодня»: what each role sees of the day, and what can be done there."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from coworking.domain.rules import When
from coworking.models import PaymentMethod, Ticket, Visit
from orders.domain.desk import cash
from orders.domain.queries import today as queries
from orders.domain.queries.day import day_report
from orders.models import MoneyCase, Order
from tests.factories import make_location, make_member, make_order, make_tariff, make_waiting
from tests.html import text_of
from tests.moments import THURSDAY, WEDNESDAY, hours, moment
from tests.orders.steps import give_back, take
from tests.views.pages import World, make_world

pytestmark = pytest.mark.django_db

URL = "/manage/"
LATE = moment("2026-11-25 10:20")


@pytest.fixture
def world(client: Client) -> Any:
    with time_machine.travel(LATE, tick=False):
        yield make_world(client=client)


def order_for(world: World, method: str = "on_site") -> Order:
    return make_order(tariff=world.tariff, customer=world.visitor, by=world.manager, payment_method=method)


def html_of(answer: Any) -> str:
    return answer.content.decode().replace("\u00a0", " ")


def test_an_empty_day_says_so(client: Client, world: World) -> None:
    page = html_of(client.get(URL))
    assert "Среда, 25 ноября" in page
    assert "Открыто до 21:00" in page
    for words in ("Сегодня больше никого не ждём.", "Никого нет.", "из 4 мест"):
        assert words in page


def test_late_arrivals_owe_and_come(client: Client, world: World) -> None:
    order = order_for(world)
    ticket = Ticket.objects.get()
    page = html_of(client.get(URL))
    assert "опаздывает на 20 мин" in page
    assert "опаздывают: 1" in page
    assert f"/manage/orders/{order.pk}/payments/new/?back=/manage/" in page
    assert "600 ₽" in page

    sent = {"do": "in", "token": str(uuid.uuid4()), "back": URL}
    url, htmx = f"/manage/coworking/tickets/{ticket.pk}/visit/", {"HX-Request": "true", "HX-Target": "today"}
    refused = client.post(url, sent, headers=htmx)
    assert "Билет не оплачен." in html_of(refused)
    assert Visit.objects.count() == 0

    take(order, "600", by=world.manager)
    done = client.post(url, sent, headers=htmx)
    assert done.content.decode().count('id="today"') == 1
    assert "Орлова Мария: Проходите" in html_of(done)
    visit = Visit.objects.get()
    here = [(one.ticket.pk, one.arrived_at) for one in done.context["people"].here]
    assert here == [(visit.ticket_id, visit.arrived_at)]
    assert [row.ticket for row in done.context["people"].hourly] == []
    assert f'id="out-{ticket.pk}"' in html_of(done)


def test_the_money_of_the_day_and_what_does_not_add_up(client: Client, world: World, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    order = order_for(world)
    entry = take(order, "600", by=world.manager)
    words = {"reason": "Опечатка", "token": uuid.uuid4()}
    cash.correct_entry(entry.pk, Decimal("550.50"), **words, by=world.manager, at=timezone.now())
    give_back(order, "100", by=world.manager)
    MoneyCase.objects.create(kind="debt", order=order, amount=250)
    make_waiting(tariff=world.tariff, places=4)
    taken = [
        queries.Taken(PaymentMethod.ONLINE, Decimal(0), 0),
        queries.Taken(PaymentMethod.ON_SITE, Decimal(600), 1),
        queries.Taken(PaymentMethod.INVOICE, Decimal(0), 0),
    ]
    page = client.get(URL)
    assert page.context["figures"] == queries.Figures(
        taken,
        returned=Decimal(-100),
        refunds=1,
        corrected=Decimal("-49.50"),
        awaited=Decimal(0),
        awaited_orders=0,
        waiting=1,
    )
    about = f"Заказ {order.pk}, {order.customer_name}: аренда закончилась"
    assert about in " ".join(text_of(html_of(page)).split())
    for shown in ("250 ₽", "1 возврат", "−100 ₽", "−49,50 ₽", "450,50 ₽", "В листе ожидания"):
        assert shown in html_of(page)
    # The money desk says the same about the day.
    assert page.context["figures"].total == day_report(world.location, LATE.date()).total.net
    waiting = order_for(world, "online")
    figures = queries.figures_of(world.location, at=waiting.created_at)
    assert (figures.total, figures.awaited, figures.awaited_orders, figures.waiting) == (0, 600, 1, 1)
    elsewhere = queries.figures_of(make_location(), at=LATE)
    assert (elsewhere.total, elsewhere.awaited, elsewhere.awaited_orders, elsewhere.waiting) == (0, 0, 0, 0)


def test_a_location_administrator_sees_numbers_and_no_names(client: Client, world: World) -> None:
    take(order_for(world), "600", by=world.manager)
    client.force_login(make_member(location=world.location, role=Role.LOCATION_ADMINISTRATOR))
    page = html_of(client.get(URL))
    assert "Опаздывают" in page
    for hidden in ("Орлова", "600 ₽", "/check-in/", "Пришёл", "/coworking/tickets/"):
        assert hidden not in page


def test_the_fragment_is_what_changes_alone(client: Client, world: World) -> None:
    answer = client.get(URL, headers={"HX-Request": "true", "HX-Target": "today"})
    assert answer.content.decode().lstrip().startswith('<div class="dash"')


def test_the_page_takes_as_many_queries_for_three_orders_as_for_one(client: Client, world: World) -> None:
    sent: list[list[str]] = []
    for more in (1, 2):
        for _n in range(more):
            MoneyCase.objects.create(kind="debt", order=order_for(world, "invoice"), amount=600)
        client.get(URL)
        with CaptureQueriesContext(connection) as queries_of_page:
            assert client.get(URL).status_code == 200
        sent.append([query["sql"] for query in queries_of_page if "SAVEPOINT" not in query["sql"]])
    assert len(sent[0]) == len(sent[1]) <= 12, "\n".join(sent[1])


def test_a_closed_day_expects_nobody_who_has_booked_days(client: Client, world: World) -> None:
    week = make_tariff(service=world.service, unit="week")
    make_order(
        tariff=week, when=When(day=WEDNESDAY), customer=world.visitor, by=world.manager, payment_method="on_site"
    )
    for at, rows in ((LATE, 1), (moment("2026-11-29 10:00"), 0)):
        with time_machine.travel(at, tick=False):
            client.force_login(world.manager)
            page = client.get(URL)
            assert (len(page.context["people"].all_day), page.context["places"].expected) == (rows, rows)


def test_the_awaited_sum_is_due_on_the_page_and_on_paper(client: Client, world: World, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    order_for(world, "online")
    arrivals = client.get(URL).context["people"]
    lines = client.get("/manage/day-sheet/").context["lines"]
    assert [row.owed for row in arrivals.hourly] == [line.owed for line in lines] == [600]


def test_the_day_sheet_lists_everybody_of_today_for_paper(client: Client, world: World) -> None:
    order = order_for(world)
    tomorrow = order_for(world, "invoice")
    Ticket.objects.filter(lines__order=tomorrow).update(
        period=hours("10", "12", THURSDAY), occupied=hours("10", "12", THURSDAY)
    )
    answer = client.get("/manage/day-sheet/")
    assert [(line.ticket.order_number, line.owed) for line in answer.context["lines"]] == [(order.pk, 600)]
    page = html_of(answer)
    for words in ("10:00–12:00", "Орлова Мария", "600 ₽", "A1"):
        assert words in page


def test_a_long_day_sheet_is_cut_and_says_so(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "LINES", 1)
    for _n in range(2):
        order_for(world)
    answer = client.get("/manage/day-sheet/")
    assert (len(answer.context["lines"]), answer.context["is_cut"]) == (1, True)
    assert "/manage/coworking/tickets/export/" in html_of(answer)
