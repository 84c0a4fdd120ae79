"""Bulk actions on orders: a preview of each, then each is done separately, once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coworking.models import CancellationStep, Location, Tariff
from orders.domain.desk import bulk, cash
from orders.domain.queries import narrowing
from orders.models import BulkAction, BulkItem, BulkKind, BulkState, LedgerEntry, Message, Order, OrderStatus, Pass
from orders.tasks import carry_out_bulk
from orders.views.lists.bulk import HANDFUL
from tests.factories import make_order, make_pass, make_pool, make_tariff, make_user
from tests.gateways.fake import FakeGateway
from tests.html import text_of
from tests.orders.steps import cancel, take
from tests.snapshots import jobs, saved_rows
from tests.views.lists.test_lists import found
from tests.views.pages import Page, read

pytestmark = pytest.mark.django_db

LIST, BULK = "/manage/orders/", "/manage/orders/bulk/"


@pytest.fixture
def wide(location: Location) -> Tariff:
    """A tariff of a service with many places; a cancellation within a day of the start returns half."""
    service = make_pool(location=location, capacity=200)
    CancellationStep.objects.create(service=service, hours_before=24, percent=50)
    return make_tariff(service=service, price="300")


@pytest.fixture
def three(wide: Tariff, manager: User, at_desk: Client) -> list[Order]:
    """Orders of 600 ₽ for Wednesday, to be paid on site."""
    return [make_order(tariff=wide, by=manager, email=f"n{n}@example.com") for n in range(3)]


def asked(kind: str, orders: list[Order], **more: Any) -> str:
    """Return the URL of the preview of an action."""
    ticked = "".join(f"&pk={order.pk}" for order in orders)
    return f"{BULK}?do={kind}{ticked}&of={more.pop('of', '')}"


def prepared(client: Client, address: str) -> dict[str, Any]:
    """Return what a browser would send from that page unchanged."""
    response = client.get(address)
    assert response.status_code == 200
    values = form_of(read(response))
    return {name: value if name == "shown" else value[-1] for name, value in values.items()}


def form_of(page: Page) -> dict[str, list[str]]:
    """Return the values of the form of an action."""
    form = next(form for form in page.forms if form.attrs.get("action", "").startswith(BULK))
    return {name: value for name, value in form.values.items() if name != "csrfmiddlewaretoken"}


def said(client: Client) -> list[str]:
    """Return the rows of the page with the results of an action."""
    response = client.get(f"{BULK}{BulkAction.objects.latest('pk').pk}/")
    cells = [" ".join(cell.split()) for cell in read(response).text["td"]]
    return [
        f"{cells[n]}: {cells[n + 2]} {cells[n + 3]}".replace("\u00a0", " ").strip() for n in range(0, len(cells), 4)
    ]


def test_ticked_orders_are_cancelled_by_the_policy_and_others_say_why_not(
    at_desk: Client, three: list[Order], manager: User
) -> None:
    paid, gone, free = three
    take(paid, "600", by=manager)
    cancel(gone, None, by=manager)
    address = asked("cancel", three)
    before = saved_rows()
    page = at_desk.get(address)
    assert saved_rows() == before
    text = page.content.decode().replace("\u00a0", " ")
    assert "Отменить 2 заказа?" in text
    assert "Статус заказа «Отменён»" in text
    values = prepared(at_desk, address)
    assert values["shown"] == [f"{paid.pk}:300.00", f"{free.pk}:0.00"]
    answer = at_desk.post(address, {**values, "reason": "Ремонт"})
    assert answer.status_code == 302
    assert [Order.objects.get(pk=order.pk).status for order in three] == [OrderStatus.CANCELLED] * 3
    assert Order.objects.get(pk=paid.pk).kept == Decimal(300)
    assert said(at_desk) == [f"{free.pk}: Отменён 0 ₽", f"{paid.pk}: Отменён 300 ₽"]
    assert Message.objects.filter(order__in=[paid, free], kind="cancelled").count() == 2


def test_what_comes_back_to_a_pass_is_shown_and_held_to(
    at_desk: Client, wide: Tariff, manager: User, clock: time_machine.Coordinates
) -> None:
    customer = make_user()
    bought = make_pass(service=wide.service, customer=customer, by=manager)
    order = make_order(tariff=wide, customer=customer, pass_id=bought.pk)
    address = asked("cancel", [order])
    assert "1 час вернётся в абонемент, 1 час останется списанным" in at_desk.get(address).content.decode()
    values = prepared(at_desk, address)
    assert values["shown"] == [f"{order.pk}:0.00+1-1"]
    clock.shift(timedelta(hours=2))  # less than a day is left
    at_desk.post(address, {**values, "reason": "Ремонт"})
    assert "2 часа останутся списанными" in said(at_desk)[0]
    assert (Order.objects.get(pk=order.pk).status, Pass.objects.get().left) == (OrderStatus.CONFIRMED, 8)
    at_desk.post(address, {**prepared(at_desk, address), "reason": "Ремонт"})
    assert (Order.objects.get(pk=order.pk).status, Pass.objects.get().left) == (OrderStatus.CANCELLED, 8)


def test_a_second_press_does_nothing_twice_and_the_queued_job_finds_nothing_left(
    at_desk: Client, three: list[Order]
) -> None:
    address = asked("payment", three)
    values = prepared(at_desk, address)
    first = at_desk.post(address, values)
    before = saved_rows()
    second = at_desk.post(address, values)
    assert second.headers["Location"] == first.headers["Location"]
    carry_out_bulk(BulkAction.objects.get().pk)
    assert saved_rows() == before
    assert LedgerEntry.objects.count() == 3
    assert sum(entry.amount for entry in LedgerEntry.objects.all()) == Decimal(1800)


def test_links_go_to_those_that_can_be_paid_and_no_second_time_within_a_minute(
    at_desk: Client, three: list[Order], wide: Tariff, manager: User
) -> None:
    silent = make_order(tariff=wide, by=manager, email="")
    take(three[0], "600", by=manager)
    orders = [*three, silent]
    values = prepared(at_desk, asked("link", orders))
    assert [row.split(":")[0] for row in values["shown"]] == [str(order.pk) for order in three[1:]]
    at_desk.post(asked("link", orders), values)
    assert Message.objects.filter(kind="link").count() == 2
    refused = at_desk.get(asked("link", orders)).content.decode()
    assert refused.count("Ссылку отправили меньше минуты назад") == 2
    assert '<button class="btn" data-variant="primary"' not in refused


def test_one_that_breaks_or_has_changed_meanwhile_does_not_stop_the_rest(
    at_desk: Client,
    three: list[Order],
    manager: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    changed, broken, fine = three
    address = asked("payment", three)
    values = prepared(at_desk, address)
    take(changed, "600", by=manager)
    whole = cash.take_payment

    def break_one(number: int, *args: Any, **facts: Any) -> LedgerEntry:
        entry = whole(number, *args, **facts)
        if number == broken.pk:
            raise RuntimeError("a bug")
        return entry

    monkeypatch.setattr(cash, "take_payment", break_one)
    at_desk.post(address, values)
    states = dict(BulkItem.objects.values_list("order", "state"))
    assert states == {changed.pk: BulkState.REFUSED, broken.pk: BulkState.FAILED, fine.pk: BulkState.DONE}
    assert Order.objects.get(pk=broken.pk).paid == 0
    assert [entry.order_id for entry in LedgerEntry.objects.order_by("pk")] == [changed.pk, fine.pk]
    assert "bulk action is broken" in caplog.text
    assert [row.split(":")[0] for row in said(at_desk)] == [str(fine.pk), str(broken.pk), str(changed.pk)]
    retry = [
        link for link in read(at_desk.get(f"{BULK}{BulkAction.objects.get().pk}/")).links() if "do=payment" in link
    ]
    assert retry == [f"{BULK}?do=payment&pk={broken.pk}&pk={changed.pk}&of="]


def test_terms_that_changed_since_the_page_was_shown_cancel_nothing(
    at_desk: Client, three: list[Order], manager: User, clock: time_machine.Coordinates
) -> None:
    take(three[0], "600", by=manager)
    address = asked("cancel", three[:1])
    values = prepared(at_desk, address)
    clock.shift(2 * 60 * 60)  # less than a day before the start nothing goes back
    at_desk.post(address, {**values, "reason": "Ремонт"})
    assert Order.objects.get(pk=three[0].pk).status == OrderStatus.CONFIRMED
    assert "Условия отмены тем временем изменились" in said(at_desk)[0]


def test_more_than_a_handful_is_done_by_the_job_and_the_page_asks_until_it_is(
    at_desk: Client, wide: Tariff, manager: User
) -> None:
    orders = [make_order(tariff=wide, by=manager) for _ in range(HANDFUL + 1)]
    values = prepared(at_desk, asked("cancel", orders))
    answer = at_desk.post(asked("cancel", orders), {**values, "reason": "Ремонт"})
    address, action = answer.headers["Location"], BulkAction.objects.get()
    assert not Order.objects.filter(status=OrderStatus.CANCELLED).exists()
    assert [job for job in jobs() if job[0] == bulk.CARRY_OUT]
    assert 'hx-trigger="every 2s"' in at_desk.get(address).content.decode()
    carry_out_bulk(action.pk)
    part = at_desk.get(address, headers={"HX-Request": "true", "HX-Target": "result"}).content.decode()
    assert "hx-trigger" not in part
    assert f"Сделано: {len(orders)} из {len(orders)}" in part
    assert Order.objects.filter(status=OrderStatus.CANCELLED).count() == len(orders)


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("cancel", {"reason": " "}, "Укажите причину отмены."),
        ("payment", {"moved_on": "никогда"}, "Напишите день: "),
        ("payment", {"method": "gold"}, ""),
        ("payment", {"shown": ["10:1"]}, "Форма устарела"),
        ("link", {"shown": []}, "Отметьте хотя бы одну строку."),
        ("link", {"token": "no"}, "Форма устарела"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(
    at_desk: Client, three: list[Order], kind: str, changes: dict[str, Any], message: str
) -> None:
    address = asked(kind, three)
    values = {**prepared(at_desk, address), **changes}
    before = saved_rows()
    response = at_desk.post(address, values)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert saved_rows() == before


def test_the_choice_of_all_names_no_number_that_ends_the_count(
    at_desk: Client, three: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"{LIST}?q={three[0].customer.last_name}&after={three[2].pk}~"
    said = [" ".join(text_of(at_desk.get(address).content.decode()).split())]
    monkeypatch.setattr(narrowing, "FOUND", 2)
    said.append(" ".join(text_of(at_desk.get(address).content.decode()).split()))
    assert ["все 3 найденных" in said[0], "все найденные" in said[1], "2 строки +" in said[1]] == [True, True, True]


def test_all_that_the_list_has_found_are_meant_up_to_a_hundred(
    at_desk: Client, wide: Tariff, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.views.lists.bulk.MOST", 2)
    orders = [make_order(tariff=wide, by=manager) for _ in range(3)]
    cancel(orders[2], None, by=manager)
    of = "status%3Dconfirmed%26sort%3D-number"
    address = f"{BULK}?do=cancel&found=1&pk={orders[2].pk}&of={of}"
    assert [row.split(":")[0] for row in prepared(at_desk, address)["shown"]] == [str(one.pk) for one in orders[:2]]
    make_order(tariff=wide, by=manager)
    assert "Это первые 2 заказа списка" in at_desk.get(address).content.decode()
    rows = b"".join(at_desk.get(f"{LIST}export/?format=csv&found=1&of={of}&pk={orders[2].pk}")).decode("utf-8-sig")
    assert rows.count("\n") == 1 + 3


def test_ticked_orders_are_exported_alone(at_desk: Client, three: list[Order]) -> None:
    rows = b"".join(at_desk.get(f"{LIST}export/?format=csv&pk={three[0].pk}&pk={three[2].pk}&of=")).decode("utf-8-sig")
    assert [line.split(";")[0].strip('"') for line in rows.splitlines()[1:]] == [str(three[2].pk), str(three[0].pk)]
    assert found(at_desk, pk=[three[1].pk]) == [three[1].pk]


def test_orders_of_another_location_are_nobody_s(at_desk: Client, three: list[Order], gateway: FakeGateway) -> None:
    stranger = make_order()
    assert at_desk.get(asked("cancel", [stranger])).status_code == 302
    values = prepared(at_desk, asked("payment", three[:1]))
    values["shown"] = [f"{stranger.pk}:600.00", *values["shown"]]
    at_desk.post(asked("payment", three[:1]), values)
    assert [entry.order_id for entry in LedgerEntry.objects.all()] == [three[0].pk]
    action = bulk.ask(
        BulkKind.LINK, [], token=uuid4(), by=stranger.created_by, location=stranger.location, language="ru"
    )
    assert at_desk.get(f"{BULK}{action.pk}/").status_code == 404


@pytest.mark.parametrize("kind", [BulkKind.CANCEL, BulkKind.LINK, BulkKind.PAYMENT])
def test_the_page_takes_as_many_queries_for_three_orders_as_for_one(
    at_desk: Client, three: list[Order], kind: str
) -> None:
    at_desk.get(LIST)  # queries made once per process are made before
    counts = []
    for orders in (three[:1], three):
        with CaptureQueriesContext(connection) as sent:
            assert at_desk.get(asked(kind, orders)).status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 6


def test_an_action_is_forgotten_after_a_month(at_desk: Client, three: list[Order]) -> None:
    at_desk.post(asked("cancel", three), {**prepared(at_desk, asked("cancel", three)), "reason": "Ремонт"})
    action = BulkAction.objects.get()
    assert bulk.forget_old(action.asked_at + bulk.KEPT) == 0
    assert bulk.forget_old(action.asked_at + bulk.KEPT * 2) == 1
    assert not BulkItem.objects.exists()
