"""Bulk actions on tickets: visits ticket by ticket, cancelling and letters order by order."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import CancellationStep, Location, Tariff, Ticket, TicketStatus, Visit
from orders.domain.booking.transitions import tickets_of
from orders.domain.desk import bulk
from orders.domain.desk.handing_over import Recipient, hand_over, state_of
from orders.letters.compose import compose
from orders.models import BulkAction, BulkItem, BulkState, Message, Order, OrderStatus, Pass
from orders.tasks import carry_out_bulk
from orders.views.lists.bulk import HANDFUL
from tests.factories import make_order, make_pass, make_pool, make_tariff, make_user
from tests.moments import NOW, TUESDAY, clock
from tests.orders.booking.changes import change
from tests.orders.steps import due_back, money, plain, take
from tests.snapshots import saved_rows
from tests.views.pages import Page, read

pytestmark = pytest.mark.django_db

LIST = "/manage/coworking/tickets/"
BULK = f"{LIST}bulk/"
# For the page before an action, however many orders are ticked.
QUERIES = {"come": 5, "leave": 5, "letter": 6, "give_up": 8}


@pytest.fixture
def wide(location: Location) -> Tariff:
    """A tariff of a service with many places; a cancellation within a day of the start returns half."""
    service = make_pool(location=location, capacity=200)
    CancellationStep.objects.create(service=service, hours_before=24, percent=50)
    return make_tariff(service=service, price="300")


def booked(tariff: Tariff, manager: User, *, places: int = 1, **wanted: Any) -> tuple[Order, list[int]]:
    """Return an order for Wednesday, two hours, 600 ₽ per place, with the numbers of its tickets."""
    order = make_order(tariff=tariff, by=manager, visitor_ids=(None,) * places, **wanted)
    return order, tickets_of(order)


def today(tariff: Tariff, manager: User, **wanted: Any) -> int:
    """Return the ticket of an order for today, 9 to 11, that has begun and is paid by invoice."""
    when = When(day=TUESDAY, start=clock("9"), end=clock("11"))
    return booked(tariff, manager, when=when, payment_method="invoice", **wanted)[1][0]


def asked(kind: str, numbers: list[int]) -> str:
    return f"{BULK}?do={kind}{''.join(f'&pk={number}' for number in numbers)}&of="


def prepared(client: Client, address: str) -> dict[str, Any]:
    """Return what a browser would send from that page unchanged."""
    form = next(form for form in page_of(client, address).forms if form.attrs.get("action", "").startswith(BULK))
    return {name: values if name == "shown" else values[-1] for name, values in form.values.items()}


def page_of(client: Client, address: str) -> Page:
    response = client.get(address)
    assert response.status_code == 200
    return read(response)


def done(client: Client, kind: str, numbers: list[int], **typed: str) -> list[str]:
    """Carry it out and return the result of each row."""
    address = asked(kind, numbers)
    answer = client.post(address, {**prepared(client, address), **typed})
    assert answer.status_code == 302
    return said(client)


def said(client: Client) -> list[str]:
    cells = page_of(client, f"{BULK}{BulkAction.objects.latest('pk').pk}/").text["td"]
    return [" ".join(cell.split()).replace("\u00a0", " ") for cell in cells]


def statuses(numbers: list[int]) -> list[str]:
    return [Ticket.objects.get(pk=number).status for number in numbers]


def visits_of(numbers: list[int]) -> list[tuple[int, bool]]:
    found = Visit.objects.filter(ticket__in=numbers).order_by("ticket")
    return [(visit.ticket_id, visit.is_open) for visit in found]


def test_visitors_come_and_leave_and_others_say_why_not(at_desk: Client, wide: Tariff, manager: User) -> None:
    here, later, tomorrow = today(wide, manager), today(wide, manager), booked(wide, manager)[1][0]
    numbers = [here, later, tomorrow]
    before = saved_rows()
    page = page_of(at_desk, asked("come", numbers))
    assert saved_rows() == before
    assert " ".join(page.text["h1"][0].split()) == "Отметить приход 2 посетителей?"
    assert [" ".join(cell.split()) for cell in page.text["td"][3::4]][:2] == ["отметим приход"] * 2
    assert "Пропустим: Вход откроется завтра" in " ".join(page.text["td"][-1].split())
    assert [row.split(":")[2] for row in prepared(at_desk, asked("come", numbers))["shown"]] == [str(here), str(later)]
    assert done(at_desk, "come", numbers)[2::3] == ["Пришёл", "Пришёл"]
    assert visits_of(numbers) == [(here, True), (later, True)]
    assert "Вход отмечен сегодня" in page_of(at_desk, asked("come", [here])).text["td"][-1]
    done(at_desk, "leave", [here])
    assert visits_of(numbers) == [(here, False), (later, True)]


def test_a_second_press_lets_nobody_in_twice(at_desk: Client, wide: Tariff, manager: User) -> None:
    number = today(wide, manager)
    values = prepared(at_desk, asked("come", [number]))
    at_desk.post(asked("come", [number]), values)
    before = saved_rows()
    at_desk.post(asked("come", [number]), values)
    carry_out_bulk(BulkAction.objects.get().pk)
    assert saved_rows() == before


def test_orders_to_be_paid_first_are_left_out(at_desk: Client, wide: Tariff, manager: User) -> None:
    when = When(day=TUESDAY, start=clock("9"), end=clock("11"))
    number = booked(wide, manager, when=when, payment_method="on_site")[1][0]
    assert "Пропустим: Билет не оплачен." in " ".join(page_of(at_desk, asked("come", [number])).text["td"][-1].split())


def test_tickets_are_cancelled_by_orders_and_an_order_with_its_last(
    at_desk: Client, wide: Tariff, manager: User
) -> None:
    (part, of_part), (whole, of_whole) = booked(wide, manager, places=3), booked(wide, manager, places=2)
    for order, amount in ((part, "1800"), (whole, "1200")):
        take(order, amount, by=manager)
    Message.objects.all().delete()
    numbers = [*of_part[:2], *of_whole]
    values = prepared(at_desk, asked("give_up", numbers))
    two, all_ = ",".join(map(str, of_part[:2])), ",".join(map(str, of_whole))
    assert values["shown"] == [f"{part.pk}:600.00:{two}", f"{whole.pk}:600.00:{all_}:all"]
    answer = at_desk.post(asked("give_up", numbers), {**values, "reason": "Ремонт"})
    assert answer.status_code == 302
    assert statuses([*of_part, *of_whole]) == ["cancelled", "cancelled", "active", "cancelled", "cancelled"]
    states = dict(Order.objects.values_list("pk", "status"))
    assert (states[part.pk], states[whole.pk]) == (OrderStatus.CONFIRMED, OrderStatus.CANCELLED)
    assert (due_back(part), due_back(whole)) == ([Decimal(600)], [Decimal(600)])
    assert [money(order)[0] for order in (part, whole)] == [Decimal(1200), Decimal(600)]
    kinds = Message.objects.order_by("order").values_list("order", "kind")
    assert list(kinds) == [(part.pk, "changed"), (whole.pk, "cancelled")]
    rows = said(at_desk)
    assert (rows[2], rows[6]) == ("Отменены вместе с заказом", "Билеты отменены, заказ остался")
    assert (rows[3], rows[7]) == ("600 ₽", "600 ₽")


def test_the_letter_of_each_order_is_shown_before_with_what_is_typed(
    at_desk: Client, wide: Tariff, manager: User
) -> None:
    order, (first, second) = booked(wide, manager, places=2)
    Message.objects.all().delete()  # a letter just sent is not sent again
    address = f"/manage/orders/{order.pk}/bulk/letter/?pk={first}"
    before = saved_rows()
    assert "Изменение брони, заказ" in at_desk.get(f"{address}&do=give_up").content.decode()
    whole = at_desk.get(f"{address}&pk={second}&do=give_up&reason=Ремонт").content.decode()
    assert f"Заказ {order.pk} отменён" in whole
    assert "Причина: Ремонт" in whole
    assert "покажите код на входе" in at_desk.get(f"{address}&do=letter").content.decode()
    assert at_desk.get(f"/manage/orders/{order.pk}/bulk/letter/?do=payment").status_code == 404
    assert at_desk.get(f"/manage/orders/{order.pk}/bulk/letter/?do=letter&pk=1").status_code == 404
    assert saved_rows() == before


def test_other_terms_or_other_tickets_by_then_cancel_nothing(
    at_desk: Client, wide: Tariff, manager: User, clock: time_machine.Coordinates
) -> None:
    (part, of_part), (whole, of_whole) = booked(wide, manager, places=2), booked(wide, manager)
    take(part, "1200", by=manager)
    values = prepared(at_desk, asked("give_up", [of_part[0], *of_whole]))
    [shown] = [row for row in values["shown"] if row.startswith(f"{whole.pk}:")]
    other = booked(wide, manager, places=2)[0]
    values["shown"] = [row for row in values["shown"] if row != shown]
    values["shown"].append(f"{other.pk}:0.00:{tickets_of(other)[0]}:all")
    clock.shift(2 * 60 * 60)  # less than a day before the start nothing goes back
    at_desk.post(asked("give_up", [of_part[0], *of_whole]), {**values, "reason": "Ремонт"})
    rows = said(at_desk)
    assert "появились другие билеты" in rows[2]
    assert "Условия отмены тем временем изменились" in rows[6]
    assert statuses([*of_part, *of_whole, *tickets_of(other)]) == ["active"] * 5


def test_what_is_over_or_cancelled_is_left_out_and_the_rest_of_its_order_goes(
    at_desk: Client, wide: Tariff, manager: User
) -> None:
    order, (gone, first, second) = booked(wide, manager, places=3)
    change(order, by=manager, ticket=gone, is_cancelled=True)
    page = page_of(at_desk, asked("give_up", [gone, first, second]))
    assert "Этот билет изменить уже нельзя." in page.html
    assert done(at_desk, "give_up", [gone, first, second], reason="Ремонт")[2] == "Отменены вместе с заказом"
    assert Order.objects.get(pk=order.pk).status == OrderStatus.CANCELLED


def test_tickets_go_out_again_to_whoever_they_belong_to(at_desk: Client, wide: Tariff, manager: User) -> None:
    order, (kept, passed) = booked(wide, manager, places=2, email="petrov@example.com")
    silent = booked(wide, manager, email="")[1][0]
    ticket = Ticket.objects.get(pk=passed)
    somebody = Recipient(last_name="Орлова", first_name="Мария", email="orlova@example.com")
    hand_over(order.pk, passed, somebody, shown=state_of(ticket), by=order.customer, at=NOW)
    Message.objects.all().delete()
    numbers = [kept, passed, silent]
    assert done(at_desk, "letter", numbers)[2::3] == ["Письмо с кодом отправляется"] * 2
    letters = list(Message.objects.order_by("kind"))
    assert [(one.kind, one.to) for one in letters] == [
        ("handed", "orlova@example.com"),
        ("tickets", "petrov@example.com"),
    ]
    own = compose(letters[1])
    assert "новый код" not in plain(own)
    assert f"ticket-{kept}.png" in [name for name, *_file in own.attachments]  # type: ignore[misc]
    again = " ".join(at_desk.get(asked("letter", numbers)).content.decode().split())
    assert again.count("Письмо отправили меньше минуты назад") == 2
    assert "Отправить некуда: нет почты. Распечатайте билет." in again


def test_more_than_a_handful_is_done_by_the_job(at_desk: Client, wide: Tariff, manager: User) -> None:
    numbers = [today(wide, manager) for _ in range(HANDFUL + 1)]
    values = prepared(at_desk, asked("come", numbers))
    at_desk.post(asked("come", numbers), values)
    assert not Visit.objects.exists()
    [waiting] = page_of(at_desk, f"{BULK}{BulkAction.objects.get().pk}/").attrs_of("div", id="result")
    carry_out_bulk(BulkAction.objects.get().pk)
    assert len(visits_of(numbers)) == len(numbers)
    answer = at_desk.get(waiting["hx-get"], headers={"HX-Request": "true", "HX-Target": waiting["id"]})
    [over] = read(answer).attrs_of("div", id="result")
    assert (answer.status_code, "hx-get" in over) == (200, False)


def test_a_forged_form_reaches_no_ticket_of_another_order_or_location(
    at_desk: Client, wide: Tariff, manager: User
) -> None:
    mine, stranger = today(wide, manager), make_order()
    order = Order.objects.get(lines__ticket=mine)
    theirs = tickets_of(stranger)[0]
    values = prepared(at_desk, asked("come", [mine]))
    values["shown"] = [f"{stranger.pk}:0.00:{theirs}", f"{order.pk}:0.00:{theirs}", f"{order.pk}:0.00"]
    at_desk.post(asked("come", [mine]), values)
    assert not BulkItem.objects.exists()
    assert at_desk.get(asked("come", [theirs])).status_code == 302
    assert at_desk.get(f"/manage/orders/{stranger.pk}/bulk/letter/?do=letter&pk={theirs}").status_code == 404
    assert at_desk.get(f"/manage/orders/bulk/{BulkAction.objects.get().pk}/").status_code == 404
    assert at_desk.get(f"/manage/orders/bulk/?do=come&pk={order.pk}").status_code == 302


def test_all_that_the_list_has_found_are_meant_and_ticked_ones_are_exported(
    at_desk: Client, wide: Tariff, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.views.lists.bulk.MOST", 2)
    numbers = [today(wide, manager) for _ in range(3)]
    page = page_of(at_desk, f"{BULK}?do=come&found=1&of=status%3Dactive%26sort%3D-number")
    assert "Это первые 2 билета списка" in page.html
    rows = b"".join(at_desk.get(f"{LIST}export/?format=csv&pk={numbers[1]}&of=")).decode("utf-8-sig")
    assert [line.split(";")[0] for line in rows.splitlines()[1:]] == [str(numbers[1])]
    ticked = read(at_desk.get(LIST)).attrs_of("input", name="pk")
    assert {attrs["value"] for attrs in ticked} == set(map(str, numbers))


@pytest.mark.parametrize(("chosen", "shown"), [(1, "+1-1"), (2, ":all+2-2")])
def test_what_comes_back_to_a_pass_is_shown_and_held_to(
    at_desk: Client, wide: Tariff, manager: User, clock: time_machine.Coordinates, chosen: int, shown: str
) -> None:
    customer = make_user()
    bought = make_pass(service=wide.service, customer=customer, by=manager)
    numbers = booked(wide, manager, places=2, customer=customer, pass_id=bought.pk)[1][:chosen]
    address = asked("give_up", numbers)
    values = prepared(at_desk, address)
    assert "абонемент" in page_of(at_desk, address).text["td"][3]
    assert [one.endswith(f":{','.join(map(str, numbers))}{shown}") for one in values["shown"]] == [True]
    clock.shift(timedelta(hours=2))  # less than a day is left
    at_desk.post(address, {**values, "reason": "Ремонт"})
    assert "Условия отмены" in said(at_desk)[2]
    assert (statuses(numbers), Pass.objects.get().left) == ([TicketStatus.ACTIVE] * chosen, 6)
    at_desk.post(address, {**prepared(at_desk, address), "reason": "Ремонт"})
    assert (statuses(numbers), Pass.objects.get().left) == ([TicketStatus.CANCELLED] * chosen, 6)


@pytest.mark.parametrize("kind", QUERIES)
def test_the_page_takes_as_many_queries_for_three_orders_as_for_one(
    at_desk: Client,
    wide: Tariff,
    manager: User,
    kind: str,
    django_assert_num_queries: Callable[[int], CaptureQueriesContext],
) -> None:
    numbers = [booked(wide, manager)[1][0] for _ in range(3)]
    at_desk.get(LIST)  # queries made once per process are made before
    with django_assert_num_queries(QUERIES[kind]):
        at_desk.get(asked(kind, numbers[:1]))
    with django_assert_num_queries(QUERIES[kind]):
        at_desk.get(asked(kind, numbers))


def test_one_that_breaks_leaves_its_order_as_it_was(
    at_desk: Client, wide: Tariff, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    (broken, of_broken), (fine, of_fine) = booked(wide, manager, places=2), booked(wide, manager, places=2)
    whole = bulk.bulk_tickets.changing.carry_out

    def break_one(plan: Any) -> Any:
        event = whole(plan)
        if plan.order.pk == broken.pk:
            raise RuntimeError("a bug")
        return event

    monkeypatch.setattr(bulk.bulk_tickets.changing, "carry_out", break_one)
    done(at_desk, "give_up", [of_broken[0], of_fine[0]], reason="Ремонт")
    states = dict(BulkItem.objects.values_list("order", "state"))
    assert states == {broken.pk: BulkState.FAILED, fine.pk: BulkState.DONE}
    assert statuses([*of_broken, *of_fine]) == [
        TicketStatus.ACTIVE,
        TicketStatus.ACTIVE,
        TicketStatus.CANCELLED,
        TicketStatus.ACTIVE,
    ]
