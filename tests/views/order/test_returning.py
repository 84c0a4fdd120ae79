"""Refunding money, and cancelling a paid order."""

from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from coworking.models import CancellationStep, Service
from orders.domain.booking.changing import UNDO_FOR
from orders.domain.online.gateway import Rejected
from orders.models import Order, OrderEvent
from tests.gateways.fake import FakeGateway
from tests.moments import NOW, moment
from tests.orders.booking.changes import change, when
from tests.orders.steps import Seen, cancel, look, pay, posts, press_pay, seen, send_all, take
from tests.snapshots import saved_rows
from tests.views.order.asking import assert_done, assert_refused, opened, page_of, plain, said, token
from tests.views.pages import read

pytestmark = pytest.mark.django_db

REFUND, CANCEL = "refund/", "cancel/"
SUM = Decimal("600.00")


@pytest.fixture
def policy(pool: Service) -> None:
    """Until 48 hours before the start everything goes back, then a half."""
    for hours_before, percent in ((48, 100), (0, 50)):
        CancellationStep.objects.create(service=pool, hours_before=hours_before, percent=percent)


@pytest.fixture
def paid(order: Order, gateway: FakeGateway) -> Order:
    """An order of 600 ₽, paid online."""
    pay(order, gateway)
    return order


@pytest.fixture
def mixed(order: Order, gateway: FakeGateway, manager: User) -> Order:
    """An order of 600 ₽: 200 were taken on site, 400 came online."""
    take(order, "200", by=manager)
    pay(order, gateway)
    return order


def filled(**changes: Any) -> dict[str, Any]:
    """Return the form for a refund through the provider; a change to None leaves a field out."""
    values = {"token": token(), "source": "online", "amount": "100", "reason": "Шумно", **changes}
    return {name: value for name, value in values.items() if value is not None}


BY_HAND = {"source": "desk", "method": "on_site", "moved_on": "2026-11-24", "document": "8"}


@pytest.mark.usefixtures("policy")
def test_the_dialog_proposes_what_the_policy_gives_back(at_desk: Client, paid: Order) -> None:
    typed = opened(at_desk, paid, REFUND)
    shown = {"source": "online", "amount": "300", "at_hand": "600.00", "reason": ""}
    assert typed == {"token": typed["token"], **shown}
    assert "возвращается 50 %: 300 ₽" in plain(at_desk.get(page_of(paid) + REFUND).content.decode())


@pytest.mark.parametrize("way", [{}, BY_HAND], ids=["online", "by hand"])
def test_money_a_colleague_has_just_refunded_does_not_go_back_twice(
    at_desk: Client, mixed: Order, way: dict[str, str]
) -> None:
    typed = {**opened(at_desk, mixed, REFUND), "amount": "100", "reason": "Шумно", **way}
    assert_done(at_desk, mixed, REFUND, filled(**way))
    before = saved_rows()
    refused = at_desk.post(page_of(mixed) + REFUND, typed)
    assert (refused.status_code, saved_rows()) == (422, before)
    assert "Тем временем сумма изменилась: сейчас у нас 500 ₽." in plain(refused.content.decode())
    [here] = read(refused).attrs_of("input", name="at_hand")
    assert_done(at_desk, mixed, REFUND, {**typed, "at_hand": here["value"]})


def test_the_dialog_asks_where_from_when_there_are_two_ways(at_desk: Client, mixed: Order) -> None:
    page = read(at_desk.get(page_of(mixed) + REFUND))
    ways = page.attrs_of("input", name="source")
    assert [(way["type"], way["value"], "checked" in way) for way in ways] == [
        ("radio", "online", True),
        ("radio", "desk", False),
    ]
    assert "До 400 ₽" in plain(page.html)
    assert "До 200 ₽" in plain(page.html)


def test_money_that_is_too_much_is_proposed_in_full(at_desk: Client, desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    cancel(desk_order, None, by=manager, returned="450")
    assert opened(at_desk, desk_order, REFUND)["amount"] == "450"


def test_the_dialog_says_of_a_refund_that_failed_and_paid_a_debt_what_is_owed_again(
    at_desk: Client, mixed: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    change(mixed, by=manager, when=when("10", "13"))
    assert_done(at_desk, mixed, REFUND, filled())
    gateway.fail_next(Rejected("400", status=400, code="invalid_request"), path="/refunds")
    send_all(gateway)
    clock.shift(UNDO_FOR)
    assert_done(at_desk, mixed, REFUND, filled(**BY_HAND, amount="30"))
    assert "70 ₽ из возврата, который не прошёл" in plain(at_desk.get(page_of(mixed) + REFUND).content.decode())
    take(mixed, "230", by=manager)
    assert_done(at_desk, mixed, REFUND, filled(**BY_HAND, amount="170"))
    assert [line.amount for line in mixed.lines.filter(kind="allowance")] == [Decimal(-100), Decimal(-100)]
    assert "который не прошёл" not in plain(at_desk.get(page_of(mixed) + REFUND).content.decode())


def test_a_refund_through_the_provider_is_asked_for_and_lowers_the_price(
    at_desk: Client, paid: Order, gateway: FakeGateway, manager: User
) -> None:
    assert_done(at_desk, paid, REFUND, filled(amount="100,50"))
    assert seen(paid).refunds == [("staff", "requested", Decimal("100.50"))]
    assert paid.lines.get(kind="allowance").amount == Decimal("-100.50")
    page = plain(at_desk.get(page_of(paid)).content.decode())
    assert "Возврат через ЮKassa</b>: в пути" in page
    assert "−100,50 ₽" in page
    send_all(gateway)
    assert seen(paid) == Seen(
        status="confirmed",
        tickets=["active"],
        payments=["succeeded"],
        refunds=[("staff", "succeeded", Decimal("100.50"))],
        ledger=[("charge", "online", SUM), ("refund", "online", Decimal("-100.50"))],
        letters=["created", "paid", "refunded"],
        cases=[],
    )
    event = OrderEvent.objects.get(order=paid, kind="refunded")
    assert (event.by, said(event)) == (manager, "100,50 ₽ · Онлайн-оплата через ЮKassa")


def test_a_refund_by_hand_is_written_down_with_its_paper(at_desk: Client, mixed: Order, manager: User) -> None:
    assert_done(at_desk, mixed, REFUND, filled(**BY_HAND, amount="200"))
    entry = mixed.entries.get(kind="refund")
    assert (entry.method, entry.amount, entry.at, entry.document) == ("on_site", Decimal("-200.00"), NOW, "8")
    assert (entry.reason, entry.by) == ("Шумно", manager)
    after = seen(mixed)
    assert (after.status, after.refunds, after.letters[-1]) == ("confirmed", [], "refunded")


def test_money_given_back_today_is_written_down_while_the_clock_runs(at_desk: Client, mixed: Order) -> None:
    with time_machine.travel(NOW.astimezone(UTC), tick=True):
        assert_done(at_desk, mixed, REFUND, filled(**BY_HAND))
    entry = mixed.entries.get(kind="refund")
    assert (entry.amount, entry.at) == (Decimal("-100.00"), entry.recorded_at)


WRONG: list[tuple[dict[str, str], str]] = [
    ({"amount": ""}, "Give the sum."),
    ({"amount": "0"}, "Give a sum above zero."),
    ({"amount": "400,01"}, "Вернуть можно не больше 400 ₽"),
    ({"amount": "399,50"}, "Less than 1 ₽ cannot be left: return all of it, or leave at least 1 ₽."),
    ({"amount": "1.1.1"}, "Write a sum in roubles, such as 1150 or 1150,50."),
    ({"reason": ""}, "Say why money is returned."),
    ({"token": "junk"}, "This form is no longer valid: open it anew."),
    ({**BY_HAND, "amount": "200,01"}, "Вернуть можно не больше 200 ₽"),
    ({**BY_HAND, "method": ""}, "Choose the method."),
    ({**BY_HAND, "moved_on": ""}, "Give the date."),
    ({**BY_HAND, "moved_on": "2026-11-25"}, "Money cannot have been given back in the future."),
]


def test_a_refund_that_does_not_fit_is_refused(at_desk: Client, mixed: Order) -> None:
    for changes, message in WRONG:
        assert_refused(at_desk, mixed, REFUND, filled(**changes), message)


def test_what_no_browser_sends_is_refused(at_desk: Client, mixed: Order) -> None:
    before = saved_rows()
    junk: list[dict[str, Any]] = [{"source": "junk"}, {"source": None}, {"token": None}, {"reason": "я" * 251}]
    for changes in junk:
        assert at_desk.post(page_of(mixed) + REFUND, filled(**changes)).status_code == 422, changes
        assert saved_rows() == before, changes


@pytest.mark.parametrize("way", [{}, BY_HAND], ids=["online", "by hand"])
def test_a_refund_sent_twice_goes_back_once(
    at_desk: Client, mixed: Order, gateway: FakeGateway, way: dict[str, str]
) -> None:
    typed = filled(**way)
    assert_done(at_desk, mixed, REFUND, typed)
    after = saved_rows()
    assert_done(at_desk, mixed, REFUND, typed)
    assert saved_rows() == after
    send_all(gateway)
    assert posts(gateway, "/refunds") == (0 if way else 1)


def test_without_a_shop_money_goes_back_by_hand_alone(at_desk: Client, mixed: Order, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = ""
    assert_refused(at_desk, mixed, REFUND, filled(), "The YooKassa shop is not connected yet.")
    assert_done(at_desk, mixed, REFUND, filled(**BY_HAND))


def test_an_order_without_money_has_nothing_to_return(at_desk: Client, order: Order) -> None:
    assert at_desk.get(page_of(order) + REFUND).headers["Location"] == page_of(order)
    assert_refused(at_desk, order, REFUND, filled(), "Вернуть можно не больше 0 ₽")


def test_a_refund_carried_on_after_a_new_sign_in_asks_again(at_desk: Client, paid: Order) -> None:
    before = saved_rows()
    assert at_desk.post(page_of(paid) + REFUND, filled(action="refresh")).status_code == 200
    assert saved_rows() == before


@pytest.mark.usefixtures("policy")
def test_cancelling_proposes_the_refund_of_the_policy(at_desk: Client, mixed: Order) -> None:
    assert opened(at_desk, mixed, CANCEL) == {"amount": "300", "at_hand": "600.00", "reason": ""}
    text = plain(at_desk.get(page_of(mixed) + CANCEL).content.decode())
    for part in ("Оплачено 600 ₽", "До начала 1 дн. 1 ч", "50 %, это 300 ₽", "До 400 ₽ вернутся сами", "До 200 ₽"):
        assert part in text, part


@pytest.mark.usefixtures("policy")
def test_cancelling_names_what_is_more_than_the_order_costs(at_desk: Client, desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    change(desk_order, by=manager, when=when("10", "11"), returned=Decimal(200), reason="Шумно")
    assert opened(at_desk, desk_order, CANCEL)["amount"] == "350"
    page = plain(at_desk.get(page_of(desk_order) + CANCEL).content.decode())
    assert "Вернётся 350 ₽: 200 ₽ сверх стоимости заказа и 150 ₽ по правилам." in page


@pytest.mark.usefixtures("policy")
def test_cancelling_returns_what_the_manager_left_in_the_form(
    at_desk: Client, mixed: Order, gateway: FakeGateway
) -> None:
    assert_done(at_desk, mixed, CANCEL, {"amount": "500", "reason": "Ремонт"})
    assert Order.objects.get(pk=mixed.pk).kept == Decimal("100.00")
    send_all(gateway)
    after = seen(mixed)
    assert (after.status, after.tickets) == ("cancelled", ["cancelled"])
    assert after.refunds == [("staff", "succeeded", Decimal("400.00"))]
    assert after.cases == ["refund_due"]
    page = plain(at_desk.get(page_of(mixed)).content.decode())
    assert "Нужно вернуть 100 ₽" in page


def test_cancelling_after_the_start_keeps_the_money(
    at_desk: Client, paid: Order, clock: time_machine.Coordinates
) -> None:
    clock.move_to(moment("2026-11-25 10:30"))
    at_desk.force_login(paid.created_by)
    typed = opened(at_desk, paid, CANCEL)
    assert typed["amount"] == "0"
    assert_done(at_desk, paid, CANCEL, {**typed, "reason": "Ушли"})
    assert (seen(paid).refunds, Order.objects.get(pk=paid.pk).kept) == ([], SUM)


def test_an_order_without_money_is_cancelled_without_asking_for_a_sum(at_desk: Client, order: Order) -> None:
    assert opened(at_desk, order, CANCEL) == {"at_hand": "0.00", "reason": ""}
    assert_done(at_desk, order, CANCEL, {"reason": "Передумал", "amount": "99"})
    assert (seen(order).status, seen(order).refunds) == ("cancelled", [])


def test_money_that_comes_while_the_dialog_is_open_is_not_kept(
    at_desk: Client, paid: Order, gateway: FakeGateway, manager: User
) -> None:
    change(paid, by=manager, when=when("10", "13"))
    attempt, typed = press_pay(paid, gateway), {**opened(at_desk, paid, CANCEL), "reason": "Ремонт"}
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    before = saved_rows()
    refused = at_desk.post(page_of(paid) + CANCEL, typed)
    assert (refused.status_code, saved_rows()) == (422, before)
    assert "Тем временем сумма изменилась: сейчас у нас 900 ₽." in plain(refused.content.decode())
    assert_done(at_desk, paid, CANCEL, {**opened(at_desk, paid, CANCEL), "reason": "Ремонт"})
    assert (Order.objects.get(pk=paid.pk).kept, sum(refund[2] for refund in seen(paid).refunds)) == (0, Decimal(900))


WRONG_CANCELLATIONS = [
    ({"reason": ""}, "Say why the order is cancelled."),
    ({"amount": ""}, "Give the sum, or 0."),
    ({"amount": "600,01"}, "Вернуть можно не больше 600 ₽"),
    ({"amount": "-1"}, "Write a sum in roubles, such as 1150 or 1150,50."),
    ({"amount": "599,50"}, "Less than 1 ₽ cannot be left: return all of it, or leave at least 1 ₽."),
]


def test_a_cancellation_that_does_not_fit_is_refused(at_desk: Client, paid: Order) -> None:
    for changes, message in WRONG_CANCELLATIONS:
        assert_refused(at_desk, paid, CANCEL, {"amount": "600", "reason": "Ремонт", **changes}, message)


def test_a_cancellation_sent_twice_is_refused_the_second_time(at_desk: Client, paid: Order) -> None:
    typed = {"amount": "600", "reason": "Ремонт"}
    assert_done(at_desk, paid, CANCEL, typed)
    before = saved_rows()
    assert at_desk.post(page_of(paid) + CANCEL, typed).status_code == 422
    assert saved_rows() == before
    assert at_desk.get(page_of(paid) + CANCEL).headers["Location"] == page_of(paid)


def test_without_a_shop_a_paid_order_is_not_cancelled_by_halves(at_desk: Client, paid: Order, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = ""
    assert_refused(
        at_desk, paid, CANCEL, {"amount": "600", "reason": "Ремонт"}, "The YooKassa shop is not connected yet."
    )
