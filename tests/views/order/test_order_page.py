"""An order's page: the next step, the sums, permissions, and the number of queries."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from coworking.models import Location, PaymentMethod, Tariff
from olvery.shared.badges import BADGES
from olvery.shared.ui_tags import EVENTS
from orders.domain.booking.wish import Repeat
from orders.domain.online.links import url_of
from orders.models import EventKind, LineKind, Message, MessageKind, Order, OrderEvent, OrderStatus, PaymentStatus
from tests.factories import make_extra, make_location, make_manager, make_member, make_order, make_pool, make_tariff
from tests.gateways.fake import FakeGateway
from tests.html import text_of
from tests.moments import NOW, WEDNESDAY
from tests.orders.steps import cancel, give_back, look, pay, press_pay, refund, send_all, take
from tests.snapshots import saved_rows
from tests.views.order.asking import page_of, plain, said
from tests.views.pages import Page, read

pytestmark = pytest.mark.django_db

FORMS = ("payments/new/", "refund/", "cancel/", "invoices/new/")
DIALOGS = (*FORMS, "link/")
NEXT = {
    PaymentMethod.ONLINE: "link/",
    PaymentMethod.ON_SITE: "payments/new/",
    PaymentMethod.INVOICE: "invoices/new/",
}
BUTTONS = ("link/send/", "extend/", "reactivate/")


def test_every_status_of_a_payment_and_every_event_has_its_sign() -> None:
    assert set(BADGES["payment"]) == set(PaymentStatus)
    assert {*EVENTS, EventKind.STATUS_CHANGED} == set(EventKind)  # which has that of its status
    assert set(BADGES["order"]) == set(OrderStatus)


def test_a_change_of_status_in_the_history_looks_like_the_status(
    at_desk: Client, order: Order, manager: User, gateway: FakeGateway
) -> None:
    assert signs(at_desk, order) == ["accent plus"]
    pay(order, gateway)
    assert "ok circle-check" in signs(at_desk, order)
    cancel(order, gateway, by=manager)
    assert "bad ban" in signs(at_desk, order)


def test_messages_stand_in_the_order_in_which_they_were_written(at_desk: Client, order: Order) -> None:
    """Sending the first of them, which updates its row, does not make it the last."""
    for kind in (MessageKind.PAID, MessageKind.CANCELLED):
        Message.objects.create(order=order, kind=kind, to="petrov@example.com")
    Message.objects.filter(order=order, kind=MessageKind.PAID).update(sent_at=NOW)
    shown = at_desk.get(page_of(order)).context["order"].messages.all()
    assert [message.kind for message in shown] == [MessageKind.CREATED, MessageKind.PAID, MessageKind.CANCELLED]


def signs(client: Client, order: Order) -> list[str]:
    """Return tone and icon of each event in the history, the latest first."""
    log = client.get(page_of(order)).content.decode().split('<ol class="log"')[1].split("</ol>")[0]
    return [" ".join(sign) for sign in re.findall(r'<li data-tone="(\w+)">\s*<svg.*?#([\w-]+) ', log, re.DOTALL)]


@pytest.mark.parametrize("method", [PaymentMethod.ONLINE, PaymentMethod.ON_SITE, PaymentMethod.INVOICE])
def test_after_the_creation_the_next_step_is_one_press_away(
    at_desk: Client, tariff: Tariff, manager: User, method: PaymentMethod
) -> None:
    order = make_order(tariff=tariff, by=manager, payment_method=method)
    html = at_desk.get(page_of(order) + "?created=1").content.decode()
    notice = read_part(html, '<div class="notice" data-tone="ok"', "</section>")
    assert page_of(order) + NEXT[method] in notice.links()
    copied = [button["data-copy"] for button in notice.attrs_of("button") if "data-copy" in button]
    assert copied == ([url_of(order.link)] if method == PaymentMethod.ONLINE else [])


def read_part(html: str, start: str, end: str) -> Page:
    """Return a part of a page as a page of its own."""
    return Page(start + html.split(start, 1)[1].split(end, 1)[0])


def test_the_page_says_how_an_order_was_paid(
    at_desk: Client, order: Order, manager: User, gateway: FakeGateway
) -> None:
    def shown() -> list[str]:
        page = read(at_desk.get(page_of(order)))
        return [attrs["data-method"] for _tag, attrs in page.tags if "data-method" in attrs]

    assert shown() == ["online"]
    take(order, "250", by=manager)
    assert shown() == ["on_site"]
    pay(order, gateway)
    assert shown() == ["on_site", "online"]


def test_a_new_order_begins_by_a_button_that_says_so(at_desk: Client, order: Order) -> None:
    page = at_desk.get(page_of(order)).content.decode()
    [button] = re.findall(r"<a [^>]*aria-keyshortcuts=\"n\">(.*?)</a>", page, re.S)
    assert " ".join(text_of(button).split()) == "Новый заказ N"


def test_the_totals_say_what_is_paid_returned_on_its_way_and_due(
    at_desk: Client, order: Order, manager: User, gateway: FakeGateway
) -> None:
    take(order, "250", by=manager)
    assert totals(at_desk, order) == ["600 ₽", "600 ₽", "250 ₽", "350 ₽"]
    pay(order, gateway)
    give_back(order, "50", by=manager)
    refund(order, gateway, "100", by=manager)
    rows = ["600 ₽", "−50 ₽", "−100 ₽", "450 ₽", "600 ₽", "−50 ₽", "−100 ₽", "0 ₽"]
    assert totals(at_desk, order) == rows
    send_all(gateway)
    assert totals(at_desk, order) == [*rows[:5], "−150 ₽", "0 ₽"]
    cancel(order, gateway, by=manager, returned="400")
    assert totals(at_desk, order)[3:] == ["450 ₽", "50 ₽", "600 ₽", "−150 ₽", "−250 ₽", "150 ₽"]


def totals(client: Client, order: Order) -> list[str]:
    """Return the sums of the price panel, top to bottom."""
    part = client.get(page_of(order)).content.decode().split('<dl class="totals">')[1].split("</dl>")[0]
    return [plain(cell.split("</dd>")[0]) for cell in part.split('<dd class="num">')[1:]]


def test_the_price_of_many_tickets_says_each_thing_once(
    at_desk: Client, location: Location, manager: User, clock: Any
) -> None:
    order = many_tickets(location, manager)
    assert priced(at_desk, page_of(order))[:2] == ["6 × 2 ч × 300 ₽", "4 × 150 ₽"]
    assert totals(at_desk, order)[:3] == ["3 600 ₽", "600 ₽", "4 200 ₽"]
    at_desk.force_login(order.customer)
    assert priced(at_desk, f"/my/orders/{order.pk}/") == ["6 × 2 ч × 300 ₽", "4 × 150 ₽"]


def many_tickets(location: Location, manager: User) -> Order:
    """Place an order of three places on two Wednesdays, with two lockers each time."""
    service = make_pool(location=location)
    weekly = Repeat(weekdays=(WEDNESDAY.weekday(),), until=WEDNESDAY + timedelta(days=7))
    wish = {"visitor_ids": (None,) * 3, "extras": {make_extra(service=service).pk: 2}, "repeat": weekly}
    return make_order(tariff=make_tariff(service=service), by=manager, payment_method=PaymentMethod.ONLINE, **wish)


def priced(client: Client, address: str) -> list[str]:
    """Return the texts below the titles of the price rows."""
    part = client.get(address).content.decode().split('<dl class="totals">')[1].split("</dl>")[0]
    cells = [plain(text_of(cell.split("</small>")[0])) for cell in part.split('<small class="num">')[1:]]
    return [" ".join(cell.split()) for cell in cells]


@pytest.mark.parametrize(("places", "words"), [(1, "Место держим до"), (2, "Места держим до")])
def test_one_place_is_held_and_several_are(
    at_desk: Client, location: Location, manager: User, clock: Any, places: int, words: str
) -> None:
    tariff = make_tariff(service=make_pool(location=location))
    wish = {"payment_method": PaymentMethod.ONLINE, "visitor_ids": (None,) * places}
    order = make_order(tariff=tariff, by=manager, **wish)
    assert f"{words} 09:00 завтра" in at_desk.get(page_of(order)).content.decode()
    at_desk.force_login(order.customer)
    for address in ("/my/orders/", f"/my/orders/{order.pk}/", f"/pay/{order.link.token}/"):
        assert f"{words} 09:00 завтра" in " ".join(text_of(at_desk.get(address).content.decode()).split())


def test_a_row_of_one_ticket_among_several_names_it(
    at_desk: Client, location: Location, manager: User, clock: Any
) -> None:
    service = make_pool(location=location)
    wish = {"visitor_ids": (None, None), "extras": {make_extra(service=service).pk: 2}}
    order = make_order(tariff=make_tariff(service=service), by=manager, **wish)
    ticket = order.lines.get(kind=LineKind.EXTRA).ticket_id
    assert priced(at_desk, page_of(order)) == ["2 × 2 ч × 300 ₽", f"2 × 150 ₽ · {ticket}"]


def offers(client: Client, order: Order) -> set[str]:
    """Return which dialogs and buttons about money the order's page offers."""
    page = read(client.get(page_of(order)))
    named = {*page.links(), *(form.attrs.get("action", "") for form in page.forms)}
    return {part for part in (*DIALOGS, *BUTTONS) if page_of(order) + part in named}


def test_the_page_offers_what_fits_the_order(
    at_desk: Client, order: Order, desk_order_elsewhere: Order, manager: User, gateway: FakeGateway
) -> None:
    waiting = {"payments/new/", "cancel/", "link/", "invoices/new/", "link/send/"}
    assert offers(at_desk, order) == waiting  # all the available time was used
    Order.objects.filter(pk=order.pk).update(deadline_at=NOW + timedelta(hours=22))
    assert offers(at_desk, order) == waiting  # two hours more of 24 are not worth a button
    Order.objects.filter(pk=order.pk).update(deadline_at=NOW + timedelta(hours=1))
    assert offers(at_desk, order) == {*waiting, "extend/"}
    assert "Продлить до 09:00 завтра" in at_desk.get(page_of(order)).content.decode()
    pay(order, gateway)
    assert offers(at_desk, order) == {"refund/", "cancel/"}
    cancel(order, gateway, by=manager)
    assert offers(at_desk, order) == set()
    assert offers(at_desk, desk_order_elsewhere) == {"payments/new/", "cancel/", "invoices/new/"}


@pytest.fixture
def desk_order_elsewhere(location: Location, manager: User, clock: Any) -> Order:
    """An order of the same location to be paid on site."""
    return make_order(tariff=make_tariff(service=make_pool(location=location)), by=manager)


def test_the_location_administrator_reads_the_money_and_changes_nothing(
    client: Client, order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    give = take_address(order)
    client.force_login(make_member(location=order.location, role=Role.LOCATION_ADMINISTRATOR))
    assert offers(client, order) == set()
    before = saved_rows()
    for part in (*DIALOGS, give):
        assert client.get(page_of(order) + part).status_code == 403, part
    for part in (*FORMS, give, *BUTTONS):
        assert client.post(page_of(order) + part).status_code == 403, part
    assert saved_rows() == before


def take_address(order: Order) -> str:
    """Return the address of a correction of the order's first entry, after the order's."""
    return f"payments/{order.entries.earliest('pk').pk}/correct/"


def test_a_page_is_told_that_something_has_happened_to_its_order(
    at_desk: Client, order: Order, manager: User, gateway: FakeGateway
) -> None:
    def seen() -> str:
        [page] = read(at_desk.get(page_of(order))).attrs_of("div", **{"class": "page"})
        return page["data-version-url"]

    def is_still_so(address: str) -> bool:
        answer = at_desk.get(address, headers={"X-Unattended": "1"})
        assert answer.content == b""
        return {204: True, 200: False}[answer.status_code]

    version = seen()
    data = {"kind": "created", "to": order.email}
    OrderEvent.objects.create(order=order, kind=EventKind.MESSAGE_SENT, data=data)
    assert is_still_so(version)
    press_pay(order, gateway)
    assert is_still_so(version)
    take(order, "600", by=manager)
    assert not is_still_so(version)
    assert is_still_so(seen())
    at_desk.force_login(make_manager(location=make_location()))
    assert at_desk.get(version).status_code == 404


def test_money_of_another_location_is_not_found(client: Client, order: Order, gateway: FakeGateway) -> None:
    pay(order, gateway)
    client.force_login(make_manager(location=make_location()))
    before = saved_rows()
    for part in (*DIALOGS, take_address(order), "invoices/1.pdf"):
        assert client.get(page_of(order) + part).status_code == 404, part
    for part in (*FORMS, *BUTTONS):
        assert client.post(page_of(order) + part, {"reason": "Чужой"}).status_code == 404, part
    assert {**saved_rows(), "User": 0} == {**before, "User": 0}


def queries(client: Client, order: Order) -> int:
    """Return how many statements the order's page takes."""
    with CaptureQueriesContext(connection) as sent:
        assert client.get(page_of(order)).status_code == 200
    return sum("SAVEPOINT" not in query["sql"] for query in sent)


def test_the_page_takes_as_many_queries_for_much_money_as_for_little(
    at_desk: Client, order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "10", by=manager)
    send_all(gateway)
    at_desk.get(page_of(order))  # queries made once per process are made before
    few = queries(at_desk, order)
    for _again in range(3):
        refund(order, gateway, "20", by=manager)
    send_all(gateway)
    assert queries(at_desk, order) == few <= 15


def test_the_history_names_no_codes(at_desk: Client, order: Order, gateway: FakeGateway, manager: User) -> None:
    attempt = press_pay(order, gateway)
    gateway.decline(attempt.provider_id or "", "3d_secure_failed")
    look(attempt, gateway)
    pay(order, gateway)
    cancel(order, gateway, by=manager)
    send_all(gateway)
    assert [said(event) for event in OrderEvent.objects.filter(order=order).order_by("pk")] == [
        "600 ₽ · Онлайн-оплата через ЮKassa",
        "600 ₽",
        "600 ₽ · код из банка не подтверждён",
        "600 ₽ · попытка 2",
        "600 ₽ · Онлайн-оплата через ЮKassa · попытка 2",
        "Ожидает оплаты → Подтверждён",
        "Подтверждён → Отменён · к возврату 600 ₽",
        "600 ₽",
        "600 ₽ · Онлайн-оплата через ЮKassa",
    ]
