"""A customer moves their booking within the rules of its service."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from coworking.models import Location, Service, Ticket
from orders.models import Message, MessageKind, Order, OrderEvent
from tests.factories import (
    make_manager,
    make_order,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
    make_visit,
    seat_of,
)
from tests.gateways.fake import FakeGateway
from tests.html import text_of
from tests.moments import SUNDAY, THURSDAY, hours
from tests.orders.booking.changes import ticket_of, when
from tests.orders.conftest import now
from tests.orders.steps import pay
from tests.snapshots import saved_rows
from tests.views.form.test_month import days

pytestmark = pytest.mark.django_db
THURSDAY_AT_THREE = {"day": "2026-11-26", "start": "15:00", "end": "17:00"}


@pytest.fixture
def order(client: Client, gateway: FakeGateway, settings: Any) -> Order:
    """600 ₽ paid online for Wednesday, 10 to 12, seat A1; it is Tuesday, 9 o'clock."""
    settings.YOOKASSA_SHOP_ID = "100500"
    tariff = make_tariff(service=make_seats(), name="Час", price="300")
    order = make_order(tariff=tariff, customer=make_user(), payment_method="online")
    pay(order, gateway)
    client.force_login(order.customer)
    order.refresh_from_db()
    return order


def url(order: Order) -> str:
    return f"/my/orders/{order.pk}/tickets/{ticket_of(order).number}/move/"


def words(answer: HttpResponse) -> str:
    return text_of(answer.content.decode()).replace("\u00a0", " ")


def look(client: Client, order: Order, **wanted: str) -> tuple[str, str]:
    """Return what the page shows about a wanted time without moving anything, and the version of that plan."""
    answer = client.post(url(order), {**wanted, "look": "1"})
    assert answer.status_code == 200
    return words(answer), str(answer.context["screen"].plan.version)


def move(client: Client, order: Order, **wanted: str) -> HttpResponse:
    """Look at a time, then move the booking there."""
    _page, version = look(client, order, **wanted)
    return client.post(url(order), {**wanted, "version": version})  # type: ignore[return-value]


def test_a_customer_sees_what_a_move_comes_to_and_then_moves(client: Client, order: Order) -> None:
    assert url(order) in client.get(f"/my/orders/{order.pk}/").content.decode()
    before = saved_rows()
    page, version = look(client, order, **THURSDAY_AT_THREE)
    assert saved_rows() == before
    assert "Стоимость прежняя" in page
    assert "26.11.2026 15:00–17:00" in page
    assert "Новое время действует сразу" in page
    answer = client.post(url(order), {**THURSDAY_AT_THREE, "version": version})
    event, message = OrderEvent.objects.latest("pk"), Message.objects.get(kind=MessageKind.CHANGED)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/my/orders/{order.pk}/")
    assert ticket_of(order).period == hours("15", "17", day=THURSDAY)
    assert (event.kind, event.by, event.data["difference"]) == ("changed", order.customer, "0.00")
    assert message.order == order


def test_a_longer_time_is_paid_next(client: Client, order: Order) -> None:
    longer = {**THURSDAY_AT_THREE, "end": "18:00"}
    page, _version = look(client, order, **longer)
    assert "К оплате после изменения: 300 ₽. Затем откроется страница оплаты." in " ".join(page.split())
    assert move(client, order, **longer).headers["Location"] == f"/my/orders/{order.pk}/pay/"
    order.refresh_from_db()
    assert (order.total, order.paid, order.status) == (Decimal(900), Decimal(600), "confirmed")


def test_a_shorter_time_gives_money_back_by_the_policy(client: Client, order: Order) -> None:
    ticket_of(order).service.cancellation_steps.create(hours_before=0, percent=50)
    shorter = {**THURSDAY_AT_THREE, "end": "16:00"}
    page, _version = look(client, order, **shorter)
    assert "Вам вернётся 150 ₽" in page
    assert "По условиям отмены 150 ₽ не возвращается." in page
    move(client, order, **shorter)
    data = OrderEvent.objects.latest("pk").data
    assert (data["returned_online"], data["kept"]) == ("150.00", "150.00")


def test_a_shorter_time_of_an_unpaid_order_leads_to_no_payment(client: Client, order: Order) -> None:
    unpaid = make_order(tariff=ticket_of(order).tariff, customer=order.customer, payment_method="online")
    shorter = {**THURSDAY_AT_THREE, "end": "16:00"}
    page, _version = look(client, unpaid, **shorter)
    assert "К оплате после изменения: 300 ₽" in page
    assert "страница оплаты" not in page
    assert move(client, unpaid, **shorter).headers["Location"] == f"/my/orders/{unpaid.pk}/"


def test_a_day_off_offers_the_nearest_days(client: Client, order: Order) -> None:
    page, _version = look(client, order, **{**THURSDAY_AT_THREE, "day": str(SUNDAY)})
    offered = "Ближайшие варианты: пн, 30 ноября, 15:00–17:00 A1 вт, 1 декабря, 15:00–17:00 A1"
    assert offered in " ".join(page.split())


@pytest.mark.parametrize(("notice", "said"), [(24, "не позже чем за 24 часа"), (None, "переносит менеджер")])
def test_after_the_notice_a_customer_moves_nothing(
    client: Client, order: Order, clock: time_machine.Coordinates, notice: int | None, said: str
) -> None:
    Service.objects.update(move_hours=notice)
    _page, version = look(client, order, **THURSDAY_AT_THREE)
    clock.shift(timedelta(hours=1, seconds=1))
    before = saved_rows()
    assert client.get(url(order)).status_code == 302
    answer = client.post(url(order), {**THURSDAY_AT_THREE, "version": version})
    assert (answer.status_code, saved_rows()) == (422, before)
    assert said in words(answer)  # type: ignore[arg-type]
    assert "Новое время действует сразу" not in words(answer)  # type: ignore[arg-type]
    assert url(order) not in client.get(f"/my/orders/{order.pk}/").content.decode()


def test_nothing_is_moved_at_a_closed_location(client: Client, order: Order) -> None:
    _page, version = look(client, order, **THURSDAY_AT_THREE)
    Location.objects.update(is_active=False)
    before = saved_rows()
    assert client.get(url(order)).status_code == 302
    answer = client.post(url(order), {**THURSDAY_AT_THREE, "version": version})
    assert (answer.status_code, saved_rows()) == (422, before)
    assert "переносит менеджер" in words(answer)  # type: ignore[arg-type]
    assert url(order) not in client.get(f"/my/orders/{order.pk}/").content.decode()


def test_a_time_that_is_taken_offers_others(client: Client, order: Order) -> None:
    seat = seat_of(ticket_of(order).service, "A1")
    tariff = ticket_of(order).tariff
    make_order(tariff=tariff, customer=make_user(), when=when("15", "17", THURSDAY), seat_ids=(seat.pk,))
    before = saved_rows()
    page, version = look(client, order, **THURSDAY_AT_THREE)
    assert "Место A1 в это время занято." in page
    answer = client.post(url(order), {**THURSDAY_AT_THREE, "version": version})
    assert (answer.status_code, saved_rows()) == (422, before)
    moved = move(client, order, **THURSDAY_AT_THREE, seat="any")
    assert (moved.status_code, ticket_of(order).seat.label) == (302, "A2")  # type: ignore[union-attr]


def test_only_the_plan_that_was_shown_is_carried_out(client: Client, order: Order) -> None:
    shown = look(client, order, **THURSDAY_AT_THREE)[1]
    before = saved_rows()
    for version in ("", shown):
        sent = {**THURSDAY_AT_THREE, "end": "19:00", "version": version}
        answer = client.post(url(order), sent)
        assert (answer.status_code, saved_rows()) == (422, before)
        assert "проверьте" in words(answer)  # type: ignore[arg-type]


def test_customers_change_only_the_time_and_the_seat(client: Client, order: Order) -> None:
    tariff = ticket_of(order).tariff
    cheaper = make_tariff(service=tariff.service, name="Дешевле", price="1")
    meant = {"tariff": str(cheaper.pk), "visitor": str(order.created_by_id), "is_cancelled": "on", "returned": "600"}
    more = {"reason": "Так", "override_reason": "Так", "scope": "all"}
    move(client, order, **THURSDAY_AT_THREE, **meant, **more)
    order.refresh_from_db()
    ticket = Ticket.objects.get(pk=ticket_of(order).pk)
    assert (ticket.tariff_id, ticket.visitor, ticket.status) == (tariff.pk, order.customer, "active")
    assert (order.total, order.paid) == (Decimal(600), Decimal(600))
    answer = client.post(url(order), {"day": "2026-11-26", "start": "03:00", "end": "05:00", "override_reason": "Так"})
    told = answer.content.decode()  # and not that nobody may: that is between the service and its managers
    assert (answer.status_code, "открыто с" in told, "Исключений" in told) == (422, True, False)


@pytest.mark.parametrize("wrong", [{"day": "нигде"}, {"start": ""}, {"seat": "999999"}, {"end": "\x00"}])
def test_junk_moves_nothing(client: Client, order: Order, wrong: dict[str, str]) -> None:
    before = saved_rows()
    answer = client.post(url(order), {**THURSDAY_AT_THREE, **wrong})
    assert (answer.status_code, saved_rows()) == (422, before)


def test_others_move_nothing(client: Client, order: Order) -> None:
    for stranger in (make_user(), make_manager(location=order.location)):
        client.force_login(stranger)
        assert client.post(url(order), THURSDAY_AT_THREE).status_code == 404


def test_the_month_of_a_move_tells_which_days_are_free_for_the_seat(client: Client, order: Order) -> None:
    ticket = ticket_of(order)
    make_ticket(service=ticket.service, seat=ticket.seat, period=hours("11", "13", day=THURSDAY))
    values = {"day": "2026-11-25", "start": "10:00", "end": "12:00", "seat": str(ticket.seat_id), "shown": "25.11.2026"}
    found = days(client.post(f"{url(order)}month/", values).content.decode())
    assert (found["2026-11-25"], found["2026-11-26"], found["2026-11-27"]) == ("free", "full", "free")
    other = days(client.post(f"{url(order)}month/", {**values, "seat": "any"}).content.decode())
    assert other["2026-11-26"] == "free"  # some other seat is
    junk = days(client.post(f"{url(order)}month/", {**values, "day": "junk"}).content.decode())
    assert junk == found


def test_nobody_moves_a_booking_after_coming_early(
    client: Client, order: Order, clock: time_machine.Coordinates
) -> None:
    Service.objects.update(move_hours=0)
    clock.move_to(order.period.start - timedelta(minutes=15))
    assert client.get(url(order)).status_code == 200
    make_visit(ticket=ticket_of(order), at=now())
    before = saved_rows()
    assert client.get(url(order)).status_code == 302
    answer = move(client, order, **THURSDAY_AT_THREE)
    assert (answer.status_code, saved_rows()) == (422, before)
    assert "Бронирование уже началось" in words(answer)
