"""A customer cancels some tickets of an order."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.models import CancellationStep, Location, PaymentMethod, Ticket
from orders.domain.booking.transitions import tickets_of
from orders.domain.booking.wish import Repeat
from orders.domain.desk import change_undoing, handing_over
from orders.domain.desk.cash import Rest
from orders.domain.desk.handing_over import Recipient
from orders.domain.money.credit import credit_of
from orders.models import Message, MessageKind, Order, OrderEvent, Refund
from tests.factories import (
    make_company,
    make_manager,
    make_order,
    make_pass,
    make_pool,
    make_seats,
    make_tariff,
    make_user,
    make_visit,
)
from tests.gateways.fake import FakeGateway
from tests.html import text_of
from tests.moments import FRIDAY
from tests.orders.booking.changes import lines, r, units
from tests.orders.conftest import now
from tests.orders.steps import cancel, due_back, pay, seen, take, told_events
from tests.snapshots import jobs, saved_rows
from tests.views.form.test_order_form_sign_in import HTMX, carried
from tests.views.pages import Page, read

pytestmark = pytest.mark.django_db
TEN_MINUTES, QUARTER = timedelta(minutes=10), timedelta(minutes=15)
DAYS = {"repeat": Repeat(weekdays=frozenset({2, 3, 4}), until=FRIDAY)}
HALF_LATER = "Билет {}: вернётся 300 ₽ из 600 ₽, 50 %. Эти условия действуют до 10:00 завтра."


@pytest.fixture
def order(client: Client, gateway: FakeGateway) -> Order:
    """600 ₽ a day for Wednesday, Thursday and Friday, 10 to 12, paid online; a half goes back in the last 24 hours.

    It is Tuesday, 9 o'clock.
    """
    tariff = make_tariff(service=make_seats(name="Тихая зона"), name="Час", price="300")
    for hours_before, percent in ((24, 100), (0, 50)):
        CancellationStep.objects.create(service=tariff.service, hours_before=hours_before, percent=percent)
    order = make_order(tariff=tariff, customer=make_user(), payment_method="online", **DAYS)
    pay(order, gateway)
    client.force_login(order.customer)
    order.refresh_from_db()
    return order


def url(order: Order) -> str:
    return f"/my/orders/{order.pk}/tickets/cancel/"


def words(answer: Any) -> str:
    return " ".join(text_of(answer.content.decode()).replace("\u00a0", " ").split())


def look(client: Client, order: Order, *tickets: int) -> tuple[str, str]:
    """Return what the page shows about the ticked tickets without cancelling anything, and the version of that plan."""
    before = saved_rows()
    answer = client.post(url(order), {"tickets": tickets, "look": "1"})
    assert (answer.status_code, saved_rows()) == (200, before)
    plan = answer.context["screen"].plan
    return words(answer), plan.version if plan else ""


def send(client: Client, order: Order, *tickets: int, version: str) -> HttpResponse:
    return client.post(url(order), {"tickets": tickets, "version": version})  # type: ignore[return-value]


def give_up(client: Client, order: Order, *tickets: int) -> HttpResponse:
    """Look at what cancelling comes to, then cancel."""
    return send(client, order, *tickets, version=look(client, order, *tickets)[1])


def boxes(page: Page) -> list[tuple[int, bool, bool]]:
    """Return each ticket of the page, whether it is ticked, and whether it can be."""
    found = page.attrs_of("input", type="checkbox", name="tickets")
    return [(int(one["value"]), "checked" in one, "disabled" not in one) for one in found]


def reason_beside(client: Client, order: Order, ticket: int) -> str:
    """Return what the page says below a disabled ticket."""
    answer = client.get(url(order))
    [(_ticket, why_not, _chosen)] = [row for row in answer.context["screen"].rows if row[0].number == ticket]
    assert (ticket, False, False) in boxes(read(answer))
    assert why_not in words(answer)
    return str(why_not)


def refused(client: Client, order: Order, *tickets: int, version: str) -> str:
    """Return what the page says about tickets that it did not cancel."""
    before = saved_rows()
    answer = send(client, order, *tickets, version=version)
    assert (answer.status_code, saved_rows()) == (422, before)
    return words(answer)


# What it comes to, and doing it


def test_a_customer_sees_what_a_ticket_gives_back_and_then_cancels_it(
    client: Client, order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    first, second, third = tickets_of(order)
    assert "Отменить билеты…" in words(client.get(f"/my/orders/{order.pk}/"))
    assert boxes(read(client.get(url(order)))) == [(number, False, True) for number in (first, second, third)]
    clock.shift(timedelta(hours=2))
    page, version = look(client, order, first, second)
    assert HALF_LATER.format(first) in page
    assert f"Билет {second}: вернётся 600 ₽ из 600 ₽, 100 %. Эти условия действуют до 10:00 завтра." in page
    assert "Вам вернётся 900 ₽. По условиям отмены 300 ₽ не возвращается." in page
    assert "Деньги придут туда, откуда вы платили" in page
    assert f"письмо придёт на {order.email} в 11:10" in page

    answer = send(client, order, first, second, version=version)
    event, message = OrderEvent.objects.latest("pk"), Message.objects.get(kind=MessageKind.CHANGED)
    order.refresh_from_db()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/my/orders/{order.pk}/")
    page = words(client.get(answer.headers["Location"]))
    assert ("Отменено 2 билета." in page, "Вернём 900 ₽ после 11:10" in page) == (True, True)
    assert seen(order).tickets == ["cancelled", "cancelled", "active"]
    assert (order.status, order.total, order.ticket_count) == ("confirmed", r("900"), 1)
    assert lines(order)[3:] == [
        ("change", units("2"), r("-600")),
        ("change", units("2"), r("-600")),
        ("kept", units("1"), r("300")),
    ]
    told = (event.data["difference"], event.data["returned_online"], event.data["kept"])
    assert (event.kind, event.by, told) == ("changed", order.customer, ("-900.00", "900.00", "300.00"))
    assert (message.order, message.asked_at) == (order, now())
    assert not Refund.objects.exists()
    assert ("orders.settle_change", {"event_id": event.pk}) in jobs()
    clock.shift(TEN_MINUTES)
    assert change_undoing.settle_change(event.pk, gateway, at=now())
    assert Refund.objects.get().amount == r("900")
    assert "Вернём" not in words(client.get(answer.headers["Location"]))


def test_the_boxes_are_followed_while_they_are_ticked(client: Client, order: Order) -> None:
    first, *_others = tickets_of(order)
    headers = {**HTMX, "HX-Target": "cancel-plan"}
    part = client.post(url(order), {"tickets": [first]}, headers=headers)
    none = client.post(url(order), {}, headers=headers)
    assert (part.status_code, boxes(read(part))) == (200, [])
    assert "Вам вернётся 600 ₽" in words(part)
    assert words(none).endswith("Отметьте то, что больше не нужно: здесь появится, что из этого выйдет.")
    assert "Отметьте билеты" not in words(none)


def test_without_a_script_a_button_shows_what_it_comes_to_and_keeps_the_ticks(client: Client, order: Order) -> None:
    first, second, third = tickets_of(order)
    assert "Показать, что получится" in words(client.get(url(order)))
    shown = read(client.post(url(order), {"tickets": [second], "look": "1"}))
    assert boxes(shown) == [(first, False, True), (second, True, True), (third, False, True)]
    form = next(form for form in shown.forms if "version" in form.values)
    assert client.post(url(order), form.values).status_code == 302
    assert seen(order).tickets == ["active", "cancelled", "active"]


def test_cancelling_all_tickets_leads_to_cancelling_the_order(client: Client, order: Order) -> None:
    everything = tickets_of(order)
    page, _version = look(client, order, *everything)
    assert "Это все билеты заказа: отменится сам заказ." in page
    before = saved_rows()
    answer = send(client, order, *everything, version="")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/my/orders/{order.pk}/cancel/")
    assert saved_rows() == before
    assert "Вам вернётся 1 800 ₽" in words(client.get(answer.headers["Location"]))


def test_what_is_left_after_a_day_is_cancelled_without_the_order(
    client: Client, order: Order, clock: time_machine.Coordinates
) -> None:
    _first, *rest = tickets_of(order)
    clock.move_to(order.period.start + timedelta(hours=3))
    assert give_up(client, order, *rest).status_code == 302
    assert seen(order).tickets == ["active", "cancelled", "cancelled"]
    assert Order.objects.get().status == "confirmed"
    assert client.get(url(order)).status_code == 302  # only one is left


def test_an_unpaid_order_costs_less_and_keeps_its_deadline(client: Client, gateway: FakeGateway) -> None:
    order = make_order(tariff=make_tariff(price="300"), customer=make_user(), payment_method="online", **DAYS)
    client.force_login(order.customer)
    first, *_others = tickets_of(order)
    page, version = look(client, order, first)
    assert "К оплате после изменения: 1 200 ₽" in page
    assert "страница оплаты" not in page
    answer = send(client, order, first, version=version)
    there = Order.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/my/orders/{order.pk}/")
    assert (there.status, there.total, there.deadline_at) == ("awaiting_payment", r("1200"), order.deadline_at)
    assert seen(order).tickets == ["cancelled", "held", "held"]
    assert seen(order).ledger == []


def test_money_from_the_desk_waits_for_a_person(client: Client, clock: time_machine.Coordinates) -> None:
    order = make_order(tariff=make_tariff(price="300"), customer=make_user(), **DAYS)
    take(order, "1800", by=order.created_by)
    client.force_login(order.customer)
    first, *_others = tickets_of(order)
    page, version = look(client, order, first)
    assert "Вам вернётся 600 ₽. Деньги вы получите на стойке." in page
    send(client, order, first, version=version)
    assert (due_back(order), Refund.objects.count()) == ([r("600")], 0)
    assert "Вернём 600 ₽." in words(client.get(f"/my/orders/{order.pk}/"))


def test_the_money_of_a_company_is_returned_by_a_manager(client: Client, clock: time_machine.Coordinates) -> None:
    customer = make_user()
    company = make_company(customer)
    order = make_order(
        tariff=make_tariff(price="300"), customer=customer, company_id=company.pk, payment_method="invoice", **DAYS
    )
    take(order, "1800", by=order.created_by, method=PaymentMethod.INVOICE, document="17")
    client.force_login(customer)
    page, _version = look(client, order, *tickets_of(order)[:1])
    assert "Вам вернётся 600 ₽. Деньги вернёт менеджер." in page


def test_what_the_provider_returns_soon_is_promised_once(
    client: Client, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    order = make_order(tariff=make_tariff(price="300"), customer=make_user(), payment_method="online", **DAYS)
    take(order, "900", by=order.created_by, rest=Rest())
    pay(order, gateway)
    client.force_login(order.customer)
    first, second, _third = tickets_of(order)
    give_up(client, order, first)
    page, version = look(client, order, second)
    assert "Вам вернётся 600 ₽. Деньги придут туда, откуда вы платили" in page
    assert "Из этой суммы 300 ₽ вы получите на стойке." in page
    send(client, order, second, version=version)
    told = [(one["returned_online"], one["returned_at_desk"]) for one in told_events(order, "changed")]
    assert told == [("600.00", "0.00"), ("300.00", "300.00")]
    clock.shift(TEN_MINUTES)
    for change in order.events.filter(kind="changed"):
        change_undoing.settle_change(change.pk, gateway, at=now())
    assert list(Refund.objects.order_by("pk").values_list("amount", flat=True)) == [r("600"), r("300")]
    assert due_back(order) == [r("300")]


def test_what_waits_at_the_desk_does_not_wait_for_the_provider(
    client: Client, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    order = make_order(tariff=make_tariff(price="300"), customer=make_user(), payment_method="online", **DAYS)
    take(order, "900", by=order.created_by, rest=Rest())
    pay(order, gateway)
    client.force_login(order.customer)
    give_up(client, order, *tickets_of(order)[:1])
    cancel(order, gateway, by=order.created_by)
    assert list(Refund.objects.values_list("amount", flat=True)) == [r("900")]
    assert "Вернём 900 ₽." in words(client.get(f"/my/orders/{order.pk}/"))


def test_hours_go_back_to_the_pass_by_the_terms(client: Client, clock: time_machine.Coordinates) -> None:
    service, customer = make_pool(), make_user()
    own = make_pass(service=service, customer=customer)
    order = make_order(tariff=make_tariff(service=service), customer=customer, pass_id=own.pk, **DAYS)
    client.force_login(customer)
    first, *_others = tickets_of(order)
    page, version = look(client, order, first)
    assert "2 часа вернутся в абонемент" in page
    assert send(client, order, first, version=version).status_code == 302
    own.refresh_from_db()
    assert own.left == 10 - 4


# Which tickets


def test_a_ticket_that_has_begun_or_that_somebody_came_on_stays(
    client: Client, order: Order, clock: time_machine.Coordinates
) -> None:
    first, second, _third = tickets_of(order)
    version = look(client, order, first)[1]
    clock.move_to(order.period.start - QUARTER)
    assert look(client, order, first)[1] != version
    make_visit(ticket=Ticket.objects.get(pk=first), at=now())
    assert reason_beside(client, order, first) == "Бронирование уже началось: позвоните нам."
    assert f"Билет {first}: Бронирование уже началось: позвоните нам." in refused(client, order, first, version=version)
    clock.move_to(order.period.start)
    assert reason_beside(client, order, first) == "Бронирование уже началось: позвоните нам."
    assert give_up(client, order, second).status_code == 302


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("used", "Этот билет изменить уже нельзя."),
        ("no_show", "Этот билет изменить уже нельзя."),
        ("active", "Время билета прошло: изменить его уже нельзя."),
    ],
)
def test_a_ticket_that_is_over_or_used_stays(
    client: Client, order: Order, clock: time_machine.Coordinates, status: str, said: str
) -> None:
    first, *_others = tickets_of(order)
    version = look(client, order, first)[1]
    clock.shift(timedelta(days=1, hours=4))
    Ticket.objects.filter(pk=first).update(status=status)
    assert reason_beside(client, order, first) == said
    assert f"Билет {first}: {said}" in refused(client, order, first, version=version)


def test_a_ticket_that_was_passed_on_is_taken_back_first(client: Client, order: Order) -> None:
    first, second, _third = tickets_of(order)
    version = look(client, order, first)[1]
    ticket = Ticket.objects.get(pk=first)
    anna = Recipient(last_name="Орлова", first_name="Анна", email="anna@example.com")
    shown = handing_over.state_of(ticket)
    handing_over.hand_over(order.pk, first, anna, shown=shown, by=order.customer, at=now())
    assert reason_beside(client, order, first) == "Билет передан: сначала заберите его обратно."
    assert "Билет передан" in refused(client, order, first, second, version=version)
    shown = handing_over.state_of(Ticket.objects.get(pk=first))
    handing_over.take_back(order.pk, first, shown=shown, by=order.customer, at=now())
    assert give_up(client, order, first).status_code == 302


def test_cancelled_tickets_lower_what_a_company_owes(client: Client, clock: time_machine.Coordinates) -> None:
    customer = make_user()
    company = make_company(customer, credit_limit=Decimal(10_000))
    order = make_order(
        tariff=make_tariff(price="300"), customer=customer, company_id=company.pk, payment_method="invoice", **DAYS
    )
    client.force_login(customer)
    first, *_others = tickets_of(order)
    owed = [credit_of(company)]
    assert give_up(client, order, first).status_code == 302
    owed.append(credit_of(company))
    assert [credit.owed for credit in owed if credit] == [1800, 1200]


def test_a_closed_location_lets_its_customers_cancel(client: Client, order: Order) -> None:
    Location.objects.update(is_active=False)
    first, *_others = tickets_of(order)
    assert give_up(client, order, first).status_code == 302


def test_an_order_of_one_ticket_offers_no_choice(client: Client, clock: time_machine.Coordinates) -> None:
    order = make_order(customer=make_user())
    client.force_login(order.customer)
    assert url(order) not in client.get(f"/my/orders/{order.pk}/").content.decode()
    assert client.get(url(order)).headers["Location"] == f"/my/orders/{order.pk}/"


def test_a_cancelled_order_offers_no_choice(client: Client, order: Order) -> None:
    client.post(f"/my/orders/{order.pk}/cancel/", {"shown": "1800.00"})
    assert url(order) not in client.get(f"/my/orders/{order.pk}/").content.decode()
    assert client.get(url(order)).status_code == 302
    refused(client, order, *tickets_of(order)[:1], version="")


# What is sent


def test_only_the_plan_that_was_shown_is_carried_out(
    client: Client, order: Order, clock: time_machine.Coordinates
) -> None:
    first, second, _third = tickets_of(order)
    shown = look(client, order, first)[1]
    assert "проверьте" in refused(client, order, first, version="")
    assert "проверьте" in refused(client, order, second, version=shown)
    clock.shift(timedelta(hours=2))
    page = refused(client, order, first, version=shown)
    assert "проверьте" in page
    assert HALF_LATER.format(first) in page


@pytest.mark.parametrize("junk", [[], ["x"], ["\x00"], ["0"], ["9" * 40]])
def test_junk_cancels_nothing(client: Client, order: Order, junk: Sequence[str]) -> None:
    version = look(client, order, *tickets_of(order)[:1])[1]
    before = saved_rows()
    answer = client.post(url(order), {"tickets": junk, "version": version})
    assert (answer.status_code, saved_rows()) == (422, before)
    said = "Отметьте билеты, которые нужно отменить." if not junk else "Одного из отмеченных билетов в заказе уже нет"
    assert said in words(answer)


def test_a_ticket_of_another_order_is_none_of_this_one(client: Client, order: Order) -> None:
    first, *_others = tickets_of(order)
    [foreign] = tickets_of(make_order(tariff=order.tariff, customer=make_user(), visitor_ids=(None,)))
    version = look(client, order, first)[1]
    assert "Одного из отмеченных билетов в заказе уже нет" in refused(client, order, first, foreign, version=version)


def test_customers_say_nothing_about_the_money_and_the_rules(
    client: Client, order: Order, clock: time_machine.Coordinates
) -> None:
    clock.shift(timedelta(hours=2))
    first, *_others = tickets_of(order)
    meant = {"returned": "600", "reason": "Так", "override_reason": "Так", "visitor": str(order.created_by_id)}
    version = look(client, order, first)[1]
    client.post(url(order), {"tickets": [first], "version": version, **meant})
    event = OrderEvent.objects.latest("pk")
    assert (event.reason, event.data["returned_online"], event.data["kept"]) == ("", "300.00", "300.00")


def test_pressing_twice_cancels_once(client: Client, order: Order) -> None:
    first, *_others = tickets_of(order)
    version = look(client, order, first)[1]
    codes = [send(client, order, first, version=version).status_code for _twice in range(2)]
    assert codes == [302, 422]
    assert OrderEvent.objects.filter(kind="changed").count() == 1


def test_another_persons_order_is_not_found(client: Client, order: Order) -> None:
    first, *_others = tickets_of(order)
    colleague = make_user()
    Order.objects.update(company=make_company(order.customer, colleague))
    version = look(client, order, first)[1]
    before = saved_rows()
    for stranger in (make_user(), colleague, make_manager(location=order.location)):
        client.force_login(stranger)
        assert client.get(url(order)).status_code == 404
        assert send(client, order, first, version=version).status_code == 404
    assert seen(order).tickets == [row["status"] for row in before["Ticket"]] == ["active"] * 3


def test_ticks_survive_a_sign_in_that_expired(client: Client, order: Order) -> None:
    first, second, third = tickets_of(order)
    version = look(client, order, first, second)[1]
    before = saved_rows()
    client.logout()
    told = send(client, order, first, second, version=version)
    assert told.status_code == 422
    client.force_login(order.customer)
    again = client.post(url(order), {**carried(told), "tickets": [first, second]})
    assert (again.status_code, saved_rows()) == (200, before)
    assert boxes(read(again)) == [(first, True, True), (second, True, True), (third, False, True)]


@pytest.mark.parametrize("method", ["online", "invoice"])
def test_the_page_takes_as_many_queries_for_three_ticked_tickets_as_for_one(
    client: Client, gateway: FakeGateway, method: str
) -> None:
    customer, tariff = make_user(), make_tariff(service=make_pool(capacity=20))
    company = make_company(customer) if method == "invoice" else None
    order = make_order(
        tariff=tariff,
        customer=customer,
        company_id=company and company.pk,
        payment_method=method,
        visitor_ids=(None,) * 4,
    )
    client.force_login(customer)
    counts = []
    for chosen in (tickets_of(order)[:1], tickets_of(order)[:1], tickets_of(order)[:3]):
        with CaptureQueriesContext(connection) as sent:
            assert client.post(url(order), {"tickets": chosen, "look": "1"}).status_code == 200
        counts.append(len(sent))
    assert counts[1] == counts[2] <= 20
