"""Taking money at the desk, and correcting entries."""

import json
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from coworking.models import Location, Tariff
from orders.models import LedgerEntry, Order, OrderEvent
from tests.factories import make_order, make_pool, make_tariff
from tests.gateways.fake import FakeGateway
from tests.moments import NOW, moment
from tests.orders.steps import Seen, cancel, pay, press_pay, seen, take
from tests.snapshots import saved_rows
from tests.views.order.asking import assert_done, assert_refused, opened, page_of, plain, said, token
from tests.views.pages import read

pytestmark = pytest.mark.django_db

TAKE = "payments/new/"
SUM = Decimal("600.00")


def filled(**changes: Any) -> dict[str, Any]:
    """Return the form as it opens for 600 ₽; a change to None leaves the field out."""
    values = {"token": token(), "amount": "600", "method": "on_site", "moved_on": "2026-11-24", "document": "17"}
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


def test_the_dialog_proposes_what_is_due_today_in_the_way_of_the_order(
    at_desk: Client, desk_order: Order, manager: User
) -> None:
    typed = opened(at_desk, desk_order, TAKE)
    assert typed == {
        "token": typed["token"],
        "amount": "600",
        "at_hand": "0.00",
        "method": "on_site",
        "moved_on": "2026-11-24",
        "document": "",
    }
    take(desk_order, "150.50", by=manager)
    assert opened(at_desk, desk_order, TAKE)["amount"] == "449,50"


def test_an_order_by_invoice_proposes_a_transfer(at_desk: Client, tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager, payment_method="invoice")
    assert opened(at_desk, order, TAKE)["method"] == "invoice"


def test_taken_money_stands_in_the_ledger_with_its_paper(at_desk: Client, desk_order: Order, manager: User) -> None:
    assert_done(at_desk, desk_order, TAKE, filled())
    entry = desk_order.entries.get()
    assert (entry.kind, entry.method, entry.amount, entry.document) == ("charge", "on_site", SUM, "17")
    assert (entry.at, entry.recorded_at, entry.by) == (NOW, NOW, manager)
    event = OrderEvent.objects.get(order=desk_order, kind="paid")
    assert (event.by, said(event)) == (manager, "600 ₽ · На месте · документ № 17")
    assert seen(desk_order) == Seen(
        status="confirmed",
        tickets=["active"],
        payments=[],
        refunds=[],
        ledger=[("charge", "on_site", SUM)],
        letters=["created", "tickets", "paid"],
        cases=[],
    )


def test_a_part_that_a_colleague_has_taken_meanwhile_is_not_taken_twice(
    at_desk: Client, desk_order: Order, manager: User
) -> None:
    typed = {**opened(at_desk, desk_order, TAKE), "amount": "300"}
    take(desk_order, "300", by=manager)
    before = saved_rows()
    refused = at_desk.post(page_of(desk_order) + TAKE, typed)
    assert (refused.status_code, saved_rows()) == (422, before)
    assert "Тем временем сумма изменилась: сейчас у нас 300 ₽." in plain(refused.content.decode())
    [here] = read(refused).attrs_of("input", name="at_hand")
    assert_done(at_desk, desk_order, TAKE, {**typed, "at_hand": here["value"]})
    assert desk_order.entries.count() == 2


def test_a_part_for_an_order_that_waits_is_asked_about(at_desk: Client, order: Order) -> None:
    question = "Останется доплатить 400 ₽: выберите, подтвердить заказ с долгом или ждать остаток до срока."
    assert 'name="rest"' not in at_desk.get(page_of(order) + TAKE).content.decode()
    asked = at_desk.post(page_of(order) + TAKE, filled(amount="200"))
    assert (asked.status_code, asked.content.decode().count('name="rest"')) == (422, 2)
    wrong = at_desk.post(page_of(order) + TAKE, filled(document="1" * 99))
    assert (wrong.status_code, wrong.content.decode().count('name="rest"')) == (422, 0)
    assert_refused(at_desk, order, TAKE, filled(amount="200"), question)
    assert_refused(at_desk, order, TAKE, filled(amount="200", rest="owe"), "Give the date.")
    past = filled(amount="200", rest="owe", owed_until="2026-11-23")
    assert_refused(at_desk, order, TAKE, past, "The day until which the rest is owed must not be over.")


def test_a_part_for_an_order_that_waits_leaves_it_waiting(at_desk: Client, order: Order) -> None:
    assert_done(at_desk, order, TAKE, filled(amount="200", rest="wait"))
    after = seen(order)
    assert (after.status, after.tickets) == ("awaiting_payment", ["held"])
    assert said(OrderEvent.objects.get(order=order, kind="paid")).endswith("заказ ждёт остаток 400 ₽")


def test_a_part_for_an_order_that_waits_confirms_it_with_a_debt(at_desk: Client, order: Order) -> None:
    assert_done(at_desk, order, TAKE, filled(amount="200", rest="owe", owed_until="2026-11-30"))
    after = seen(order)
    assert (after.status, after.tickets, after.ledger) == (
        "confirmed",
        ["active"],
        [("charge", "on_site", Decimal("200.00"))],
    )
    assert "<dt>Срок долга</dt><dd>30\u00a0ноября</dd>" in at_desk.get(page_of(order)).content.decode()


def test_money_of_today_is_taken_while_the_clock_runs(at_desk: Client, desk_order: Order) -> None:
    with time_machine.travel(NOW.astimezone(UTC), tick=True):
        assert_done(at_desk, desk_order, TAKE, filled())
    entry = desk_order.entries.get()
    assert (entry.amount, entry.at) == (SUM, entry.recorded_at)


def test_htmx_is_sent_to_the_page_of_the_order(at_desk: Client, desk_order: Order) -> None:
    response = at_desk.post(page_of(desk_order) + TAKE, filled(), headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"] == page_of(desk_order)
    assert seen(desk_order).ledger == [("charge", "on_site", SUM)]


def test_a_dialog_that_is_a_page_of_its_own_is_refused_on_that_page(at_desk: Client, desk_order: Order) -> None:
    """With htmx the answer would open as a second dialog over the page."""
    address = page_of(desk_order) + TAKE
    for answer, status in ((at_desk.get(address), 200), (at_desk.post(address, filled(amount="")), 422)):
        page = read(answer)
        assert (answer.status_code, len(page.attrs_of("h1", id="dialog-title"))) == (status, 1)
        [sent] = [form.attrs for form in page.forms if form.attrs.get("action") == address]
        assert "hx-post" not in sent


@pytest.mark.parametrize("text", ["600", "600,00", "600.0", " 6 00 ", "600\u00a0₽", "\u2009600 ₽"])
def test_a_sum_is_read_the_way_it_is_written(at_desk: Client, desk_order: Order, text: str) -> None:
    assert_done(at_desk, desk_order, TAKE, filled(amount=text))
    assert desk_order.entries.get().amount == SUM


def test_yesterdays_transfer_is_written_down_with_its_day(at_desk: Client, desk_order: Order) -> None:
    assert_done(at_desk, desk_order, TAKE, filled(method="invoice", moved_on="2026-11-23"))
    entry = desk_order.entries.get()
    assert (entry.method, entry.at, entry.recorded_at) == ("invoice", moment("2026-11-23 12:00"), NOW)


WRONG = [
    ({"amount": ""}, "Give the sum."),
    ({"amount": "0"}, "Give a sum above zero."),
    ({"amount": "600,01"}, "Осталось оплатить 600 ₽"),
    ({"amount": "999999999"}, "Осталось оплатить 600 ₽"),
    ({"amount": "-5"}, "Write a sum in roubles, such as 1150 or 1150,50."),
    ({"amount": "1,555"}, "Write a sum in roubles, such as 1150 or 1150,50."),
    ({"amount": "сто"}, "Write a sum in roubles, such as 1150 or 1150,50."),
    ({"amount": "NaN"}, "Write a sum in roubles, such as 1150 or 1150,50."),
    ({"amount": "٦٠٠"}, "Write a sum in roubles, such as 1150 or 1150,50."),
    ({"moved_on": ""}, "Give the date."),
    ({"moved_on": "2026-11-25"}, "Money cannot have come in the future."),
    ({"moved_on": "2017-11-24"}, "Check the year."),
    ({"moved_on": "12026-11-24"}, "Write a day such as «28.11», «tomorrow» or «Fr»."),
    ({"method": ""}, "Choose the method."),
    ({"token": "junk"}, "This form is no longer valid: open it anew."),
]


def test_what_does_not_fit_is_refused_at_its_field(at_desk: Client, desk_order: Order) -> None:
    for changes, message in WRONG:
        assert_refused(at_desk, desk_order, TAKE, filled(**changes), message)


def test_what_no_browser_sends_is_refused(at_desk: Client, desk_order: Order) -> None:
    before = saved_rows()
    junk: list[dict[str, Any]] = [{"method": "online"}, {"token": None}, {"document": "9" * 61}, {"moved_on": "x"}]
    for changes in junk:
        assert at_desk.post(page_of(desk_order) + TAKE, filled(**changes)).status_code == 422, changes
        assert saved_rows() == before, changes


def test_a_form_that_is_sent_twice_takes_the_money_once(at_desk: Client, desk_order: Order) -> None:
    typed = filled(amount="200")
    assert_done(at_desk, desk_order, TAKE, typed)
    after = saved_rows()
    assert_done(at_desk, desk_order, TAKE, typed)
    assert saved_rows() == after


def test_a_form_carried_on_after_a_new_sign_in_asks_again(at_desk: Client, desk_order: Order) -> None:
    before = saved_rows()
    response = at_desk.post(page_of(desk_order) + TAKE, filled(action="refresh", amount="150"))
    assert response.status_code == 200
    assert 'value="150"' in response.content.decode()
    assert saved_rows() == before


def test_a_dialog_stays_open_with_what_was_typed_when_the_sign_in_expired(at_desk: Client, desk_order: Order) -> None:
    dialog = read(at_desk.get(page_of(desk_order) + TAKE, headers={"HX-Request": "true"}))
    sent = json.loads(dialog.attrs_of("form", method="post")[0]["hx-headers"])
    assert any("data-news" in attrs for attrs in dialog.attrs_of("div"))
    at_desk.logout()
    before = saved_rows()
    answer = at_desk.post(page_of(desk_order) + TAKE, filled(amount="150"), headers={"HX-Request": "true", **sent})
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (200, "innerHTML")
    assert answer.headers["HX-Retarget"].split(",")[0] == "dialog[open] [data-news]"
    assert read(answer).attrs_of("a", target="_blank")[0]["href"] == "/accounts/login/"
    assert saved_rows() == before


def test_an_order_that_is_paid_or_cancelled_takes_no_money(at_desk: Client, desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    assert at_desk.get(page_of(desk_order) + TAKE).headers["Location"] == page_of(desk_order)
    assert_refused(at_desk, desk_order, TAKE, filled(), "Осталось оплатить 0 ₽")
    cancel(desk_order, None, by=manager)
    assert at_desk.get(page_of(desk_order) + TAKE).headers["Location"] == page_of(desk_order)
    assert_refused(at_desk, desk_order, TAKE, filled(), "Отменён")


def test_the_dialog_warns_of_a_payment_that_runs(at_desk: Client, order: Order, gateway: FakeGateway) -> None:
    warning = "Заказчик уже начал платить по ссылке"
    assert warning not in at_desk.get(page_of(order) + TAKE).content.decode()
    press_pay(order, gateway)
    assert warning in at_desk.get(page_of(order) + TAKE).content.decode()


@pytest.fixture
def entry(desk_order: Order, manager: User) -> LedgerEntry:
    return take(desk_order, "600", by=manager, document="17")


def correction_of(entry: LedgerEntry) -> str:
    """Return the address of a correction, after the order's."""
    return f"payments/{entry.pk}/correct/"


def test_a_correction_writes_the_difference_beside_the_entry(
    at_desk: Client, desk_order: Order, entry: LedgerEntry, manager: User
) -> None:
    typed = opened(at_desk, desk_order, correction_of(entry))
    assert typed["amount"] == "600"
    assert_done(at_desk, desk_order, correction_of(entry), {**typed, "amount": "560", "reason": "Опечатка"})
    charge, correction = desk_order.entries.order_by("pk")
    assert (charge.amount, correction.amount, correction.corrects) == (SUM, Decimal("-40.00"), entry)
    assert (correction.reason, correction.document, correction.by) == ("Опечатка", "17", manager)
    event = OrderEvent.objects.get(order=desk_order, kind="corrected")
    assert (said(event), event.reason) == ("−40 ₽ · На месте", "Опечатка")
    assert opened(at_desk, desk_order, correction_of(entry))["amount"] == "560"


def test_a_correction_sent_twice_counts_once(at_desk: Client, desk_order: Order, entry: LedgerEntry) -> None:
    typed = {"token": token(), "amount": "0", "reason": "Не тот заказ"}
    assert_done(at_desk, desk_order, correction_of(entry), typed)
    after = saved_rows()
    assert_done(at_desk, desk_order, correction_of(entry), typed)
    assert saved_rows() == after
    assert sum(entry.amount for entry in desk_order.entries.all()) == 0


WRONG_CORRECTIONS = [
    ({"amount": ""}, "Give the sum."),
    ({"amount": "600"}, "This is the sum that is written down."),
    ({"amount": "-1"}, "Write a sum in roubles, such as 1150 or 1150,50."),
    ({"reason": ""}, "Say what was wrong."),
    ({"reason": "   "}, "Say what was wrong."),
    ({"token": "junk"}, "This form is no longer valid: open it anew."),
]


def test_a_correction_that_does_not_fit_is_refused(at_desk: Client, desk_order: Order, entry: LedgerEntry) -> None:
    for changes, message in WRONG_CORRECTIONS:
        typed = {"token": token(), "amount": "500", "reason": "Опечатка", **changes}
        assert_refused(at_desk, desk_order, correction_of(entry), typed, message)


def test_online_payments_and_corrections_are_not_corrected(
    at_desk: Client, order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    entry = order.entries.get()
    assert at_desk.get(page_of(order) + correction_of(entry)).headers["Location"] == page_of(order)
    typed = {"token": token(), "amount": "500", "reason": "Опечатка"}
    assert_refused(at_desk, order, correction_of(entry), typed, "Only what was written down by hand can be corrected.")


def test_an_entry_of_another_order_is_not_found(
    at_desk: Client, desk_order: Order, entry: LedgerEntry, manager: User, location: Location
) -> None:
    other = make_order(by=manager, tariff=make_tariff(service=make_pool(location=location)))
    assert at_desk.get(page_of(other)).status_code == 200
    assert at_desk.get(page_of(other) + correction_of(entry)).status_code == 404
    assert at_desk.get(page_of(desk_order) + "payments/999999999/correct/").status_code == 404


def test_the_notice_says_what_is_left_even_when_the_form_is_sent_twice(at_desk: Client, desk_order: Order) -> None:
    form = filled(amount="300")
    for _press in range(2):
        page = at_desk.post(page_of(desk_order) + TAKE, form, follow=True)
        assert "Принято 300 ₽, осталось оплатить 300 ₽." in plain(page.content.decode())
    assert desk_order.entries.count() == 1
    page = at_desk.post(page_of(desk_order) + TAKE, filled(amount="300"), follow=True)
    assert "Принято 300 ₽, заказ оплачен." in plain(page.content.decode())
