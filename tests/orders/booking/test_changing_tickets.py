"""Changing tariff, service and visitor of a ticket, and cancelling single tickets."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import CancellationStep, Location, Service, Tariff, Ticket, Unit, Vat
from orders.documents.lines import lines_of
from orders.domain.booking.change_wish import TicketChange
from orders.domain.booking.transitions import tickets_of
from orders.domain.desk import changing
from orders.domain.desk.cancelling import terms_of
from orders.domain.desk.change_undoing import undo_change
from orders.domain.money.balance import balance_of
from orders.models import Order, PaymentAttempt
from tests.factories import make_extra, make_order, make_pool, make_seats, make_tariff, make_user
from tests.gateways.fake import FakeGateway
from tests.moments import THURSDAY, WEDNESDAY, hours, moment
from tests.orders.booking.changes import ONE, SUM, TWO, change, lines, plan, plan_several, r, reasons, ticket_of, when
from tests.orders.conftest import now
from tests.orders.steps import cancel, money, pay, press_pay, seen

pytestmark = pytest.mark.django_db


def test_under_another_tariff_nothing_stays(desk_order: Order, tariff: Tariff, manager: User) -> None:
    day = make_tariff(service=tariff.service, unit=Unit.DAY, price="1500", name="День")
    change(desk_order, by=manager, tariff_id=day.pk, when=When(day=WEDNESDAY))
    assert lines(desk_order) == [("tariff", TWO, SUM), ("change", TWO, -SUM), ("tariff", ONE, r("1500"))]
    there = Order.objects.get(pk=desk_order.pk)
    assert (there.tariff, there.tariff_name, there.total) == (day, "День", r("1500"))


def test_another_service_takes_its_place_and_leaves_the_extras(
    location: Location, tariff: Tariff, manager: User, clock: Any
) -> None:
    locker = make_extra(service=tariff.service)
    order = make_order(tariff=tariff, by=manager, extras={locker.pk: 1})
    seats = make_seats(location=location, name="Тихая зона")
    quiet = make_tariff(service=seats, price="400", name="Тихий час")
    change(order, by=manager, tariff_id=quiet.pk, when=when())
    ticket, there = ticket_of(order), Order.objects.get(pk=order.pk)
    assert (ticket.service, ticket.seat.label) == (seats, "A1")
    assert (there.service, there.service_name, there.service_ids) == (seats, "Тихая зона", [seats.pk])
    assert there.total == r("800")
    assert Ticket.objects.blocking().filter(service=tariff.service).count() == 0


def test_what_is_paid_for_another_service_at_the_same_price_has_a_receipt_of_its_own(
    order: Order, gateway: FakeGateway, location: Location, manager: User
) -> None:
    first = press_pay(order, gateway)
    room = make_tariff(service=make_pool(location=location, name="Переговорная"), name="Час", price="300")
    event = change(order, by=manager, tariff_id=room.pk, when=when())
    second = press_pay(order, gateway)
    undo_change(order.pk, event.pk, by=manager, at=now())
    third = press_pay(order, gateway)
    titles = [row["title"] for one in (first, second, third) for row in one.receipt_items]
    assert titles == ["Опен-спейс, Час", "Переговорная, Час", "Опен-спейс, Час"]
    assert list(PaymentAttempt.objects.active()) == [third]


def test_a_payment_that_was_begun_goes_on_at_another_time(order: Order, gateway: FakeGateway, manager: User) -> None:
    first = press_pay(order, gateway)
    change(order, by=manager, when=when("14", "16"))
    assert press_pay(order, gateway) == first


def test_a_ticket_that_stays_where_it_is_keeps_the_buffer_it_was_booked_with(
    desk_order: Order, tariff: Tariff, manager: User
) -> None:
    make_order(tariff=tariff, by=manager, when=when("12", "14"))
    Service.objects.update(buffer_minutes=30)
    guest = make_user()
    change(desk_order, by=manager, visitor_id=guest.pk)
    ticket = ticket_of(desk_order)
    assert (ticket.visitor, ticket.occupied) == (guest, hours("10", "12"))


def test_a_ticket_that_moves_takes_the_buffer_of_today(desk_order: Order, manager: User) -> None:
    Service.objects.update(buffer_minutes=30)
    change(desk_order, by=manager, when=when("14", "16"))
    assert ticket_of(desk_order).occupied == hours("14", "16:30")


def test_a_tariff_of_elsewhere_is_refused(desk_order: Order, manager: User) -> None:
    foreign = make_tariff(service=make_pool())
    assert "tariff_not_on_sale" in reasons(plan(desk_order, by=manager, tariff_id=foreign.pk, when=when()))


def test_another_visitor_comes_for_the_same_price(desk_order: Order, manager: User) -> None:
    guest = make_user(last_name="Орлова", first_name="Мария")
    event = change(desk_order, by=manager, visitor_id=guest.pk)
    assert (ticket_of(desk_order).visitor, lines(desk_order)) == (guest, [("tariff", TWO, SUM)])
    assert event.data["tickets"][0]["after"]["visitor_name"] == "Орлова Мария"


@pytest.fixture
def three(location: Location, manager: User, gateway: FakeGateway) -> Order:
    """Three seats of 600 ₽, paid online."""
    tariff = make_tariff(service=make_seats(location=location), price="300")
    visitors = (None, make_user().pk, make_user().pk)
    order = make_order(tariff=tariff, by=manager, visitor_ids=visitors, payment_method="online")
    pay(order, gateway)
    return order


def test_one_ticket_of_three_is_cancelled(three: Order, manager: User) -> None:
    first, second, third = tickets_of(three)
    planned = plan_several(three, TicketChange(number=second, is_cancelled=True), by=manager)
    assert (planned.money.freed, planned.money.by_policy) == (SUM, SUM)
    changing.carry_out(planned)
    assert tickets_of(three) == [first, third]
    assert list(Ticket.objects.order_by("pk").values_list("status", flat=True)) == ["active", "cancelled", "active"]
    there = Order.objects.get(pk=three.pk)
    assert (there.ticket_count, there.booking_count, there.total) == (2, 1, r("1200"))
    assert money(three) == (r("1200"), r("1800"), 0, SUM)


def test_all_tickets_together_are_the_order(three: Order, manager: User) -> None:
    all_of_them = [TicketChange(number=number, is_cancelled=True) for number in tickets_of(three)]
    assert reasons(plan_several(three, *all_of_them, by=manager)) == ["last_ticket"]


def test_money_kept_by_a_change_does_not_go_back_later(
    three: Order, manager: User, gateway: FakeGateway, clock: Any
) -> None:
    second = tickets_of(three)[1]
    kept = {"returned": Decimal(0), "reason": "Так договорились"}
    changing.carry_out(plan_several(three, TicketChange(number=second, is_cancelled=True), by=manager, **kept))
    assert money(three) == (r("1800"), r("1800"), 0, 0)
    assert terms_of(Order.objects.get(pk=three.pk), at=now()).by_policy == r("1200")
    cancel(three, gateway, by=manager)
    assert money(three)[0] == SUM
    assert seen(three).tickets == ["cancelled"] * 3


def test_money_kept_by_a_change_is_no_part_of_later_refunds(
    three: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    for hours_before, percent in ((24, 100), (2, 50)):
        CancellationStep.objects.create(service=three.service, hours_before=hours_before, percent=percent)
    _first, second, third = tickets_of(three)
    kept = {"returned": Decimal(0), "reason": "Так договорились"}
    changing.carry_out(plan_several(three, TicketChange(number=second, is_cancelled=True), by=manager, **kept))
    change(three, by=manager, ticket=third, when=when(day=THURSDAY))
    clock.move_to(moment("2026-11-24 14:00").astimezone(now().tzinfo))
    terms = terms_of(Order.objects.get(pk=three.pk), at=now())
    assert (terms.percent, terms.by_policy) == (None, r("900"))


def test_receipts_and_documents_name_what_stands(
    order: Order, gateway: FakeGateway, manager: User, clock: Any, settings: Any
) -> None:
    settings.YOOKASSA_RECEIPTS = True
    change(order, by=manager, when=when("10", "15"))
    change(order, by=manager, when=when("10", "11"))
    attempt = pay(order, gateway)
    items = PaymentAttempt.objects.get(pk=attempt.pk).receipt_items
    assert [(item["quantity"], item["price"]) for item in items] == [("1", "300.00")]
    there = Order.objects.select_related("location").get(pk=order.pk)
    documents = lines_of(there, list(there.lines.select_related("ticket__seat")), vat=Vat.NONE)
    assert [(line.quantity, line.price, line.amount) for line in documents] == [(1, 300, 300)]
    assert balance_of(there).total == r("300")


def test_the_receipt_of_a_further_payment_names_what_was_added(
    order: Order, gateway: FakeGateway, manager: User, tariff: Tariff, settings: Any
) -> None:
    settings.YOOKASSA_RECEIPTS = True
    pay(order, gateway)
    Tariff.objects.update(price=Decimal(350))
    change(order, by=manager, when=when("10", "13"))
    second = pay(order, gateway)
    items = PaymentAttempt.objects.get(pk=second.pk).receipt_items
    assert [(item["quantity"], item["price"], item["mode"]) for item in items] == [
        ("1", "350.00", settings.YOOKASSA_PAYMENT_MODE)
    ]


def test_a_free_order_that_costs_something_is_paid_at_the_desk(location: Location, manager: User, clock: Any) -> None:
    service = make_pool(location=location)
    free, paid = make_tariff(service=service, price="0"), make_tariff(service=service, price="100")
    order = make_order(tariff=free, by=manager)
    assert order.payment_method == "free"
    change(order, by=manager, tariff_id=paid.pk, when=when())
    there = Order.objects.get(pk=order.pk)
    assert (there.payment_method, there.total, there.due) == ("on_site", 200, 200)
