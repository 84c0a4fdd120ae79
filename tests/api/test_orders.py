"""Orders through the API: the same offer, the same refusals, each request once."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import AccessEvent, Screen
from coworking.models import OpeningHours, Tariff
from olvery.shared.clocks import END_OF_DAY
from orders.forms_people import LIFE
from orders.models import ApiToken, LedgerEntry, Order, OrderEvent
from tests.api.conftest import Ask
from tests.factories import make_block, make_extra, make_order, make_pool, make_promo_code, make_tariff, make_user
from tests.moments import NOW, hours
from tests.snapshots import saved_rows

KEY = "5f0c6f2e-first"


def reasons(answer: Any) -> list[tuple[str, str]]:
    return [(error["field"], error["reason"]) for error in answer.json()["errors"]]


def test_a_quote_says_what_the_order_would_be_and_saves_nothing(ask: Ask, wanted: dict[str, Any]) -> None:
    before = saved_rows()
    quote = ask("quotes", wanted).json()
    assert quote == {
        "total": "600.00",
        "lines": [
            {
                "kind": "tariff",
                "title": quote["lines"][0]["title"],
                "quantity": "2",
                "unit_price": "300.00",
                "amount": "600.00",
            }
        ],
        "pay_by": None,
        "payment_methods": quote["payment_methods"],
        "bookings": [
            {
                "booking": 0,
                "period": {"start": "2026-11-25T07:00:00Z", "end": "2026-11-25T09:00:00Z"},
                "free": 2,
                "alternatives": [],
            }
        ],
        "errors": [],
    }
    assert saved_rows() == before


def test_an_order_is_placed_as_by_its_holder(ask: Ask, wanted: dict[str, Any], token: ApiToken) -> None:
    answer = ask("orders", {**wanted, "total": "600"}, key=KEY)
    assert answer.status_code == 201, answer.json()
    order = Order.objects.get()
    assert order.created_by == token.holder
    assert order.customer.last_name == "Петров"
    told = answer.json()
    assert told["number"] == order.number
    assert told["status"] == "confirmed"
    assert (told["total"], told["paid"], told["due"]) == ("600.00", "0.00", "600.00")
    assert (told["payment_method"], told["paid_by"]) == ("on_site", [])
    assert [ticket["status"] for ticket in told["tickets"]] == ["active"]
    assert ask(f"orders/{order.number}").json() == told


def test_an_order_says_how_it_is_to_be_paid_and_how_its_money_came(ask: Ask, tariff: Tariff) -> None:
    order = make_order(tariff=tariff, payment_method="invoice")
    for number, (method, paid_by) in enumerate((("on_site", ["on_site"]), ("invoice", ["on_site", "invoice"]))):
        sent = {"amount": "200", "method": method}
        assert ask(f"orders/{order.number}/payments", sent, key=f"{KEY}-{number}").status_code == 201
        [row] = ask("orders").json()["items"]
        shown = ask(f"orders/{order.number}").json()
        assert [(one["payment_method"], one["paid_by"]) for one in (row, shown)] == [("invoice", paid_by)] * 2


def test_the_same_request_again_is_one_order(ask: Ask, wanted: dict[str, Any]) -> None:
    sent = {**wanted, "total": "600"}
    first, again = ask("orders", sent, key=KEY), ask("orders", sent, key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Order.objects.count() == 1


def test_a_program_does_not_order_over_a_block(ask: Ask, wanted: dict[str, Any], tariff: Tariff) -> None:
    make_block(service=tariff.service, places=2, period=hours("9", "15"), is_open_to_managers=True)
    answer = ask("orders", {**wanted, "override_reason": "Гости директора", "total": "600"}, key=KEY)
    assert (answer.status_code, reasons(answer)) == (422, [("places", "all_taken")])
    assert not Order.objects.exists()


def test_a_key_that_came_with_another_request_is_refused(ask: Ask, wanted: dict[str, Any]) -> None:
    ask("orders", {**wanted, "total": "600"}, key=KEY)
    before = saved_rows()
    answer = ask("orders", {**wanted, "total": "600", "comment": "ещё"}, key=KEY)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:olvery:problem:idempotency_key_reused")
    assert saved_rows() == before


def test_without_a_key_nothing_is_placed(ask: Ask, wanted: dict[str, Any]) -> None:
    answer = ask("orders", {**wanted, "total": "600"})
    assert (answer.status_code, reasons(answer)) == (422, [("Idempotency-Key", "missing")])
    assert not Order.objects.exists()


def test_another_price_than_was_quoted_is_refused_with_what_changed(ask: Ask, wanted: dict[str, Any]) -> None:
    answer = ask("orders", {**wanted, "total": "500"}, key=KEY)
    assert (answer.status_code, reasons(answer)) == (422, [("total", "price_changed")])
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({"customer": "nobody"}, ("customer", "person_not_chosen"), id="a key of nobody"),
        pytest.param({"phone": "12"}, ("phone", "unreadable"), id="a phone that is none"),
        pytest.param({"email": "x@"}, ("email", "unreadable"), id="an e-mail that is none"),
        pytest.param({"payment_method": None}, ("payment_method", "method_missing"), id="no way to pay"),
        pytest.param({"comment": "\0"}, ("comment", "value_error"), id="a character that cannot be stored"),
    ],
)
def test_a_service_that_cannot_be_ordered_is_refused_at_its_field(
    ask: Ask, wanted: dict[str, Any], changed: dict[str, Any], expected: tuple[str, str]
) -> None:
    answer = ask("orders", {**wanted, **changed, "total": "600"}, key=KEY)
    assert (answer.status_code, reasons(answer)) == (422, [expected])
    assert not Order.objects.exists()


@pytest.mark.parametrize("what", ["visitors", "extras"])
def test_what_would_be_left_out_of_a_booking_is_refused(
    ask: Ask, wanted: dict[str, Any], tariff: Tariff, what: str
) -> None:
    monitor = make_extra(service=tariff.service)
    too_much = {
        "visitors": [wanted["customer"]] * 2,
        "extras": [{"extra": monitor.pk, "quantity": quantity} for quantity in (1, 2)],
    }
    wanted["bookings"][0][what] = too_much[what]
    for answer in (ask("quotes", wanted), ask("orders", {**wanted, "total": "600"}, key=KEY)):
        assert (answer.status_code, reasons(answer)) == (422, [(f"bookings.0.{what}", "value_error")])
    assert not Order.objects.exists()


def test_a_full_time_is_refused_and_others_are_offered(ask: Ask, wanted: dict[str, Any], tariff: Tariff) -> None:
    make_order(tariff=tariff)
    wanted["bookings"][0]["places"] = 2
    quote = ask("quotes", wanted).json()
    assert [error["reason"] for error in quote["errors"]] == ["fewer_are_free"]
    answer = ask("orders", {**wanted, "total": quote["total"]}, key=KEY)
    assert (answer.status_code, [reason for _field, reason in reasons(answer)]) == (422, ["fewer_are_free"])
    assert Order.objects.count() == 1


def test_an_order_of_another_location_is_not_there(ask: Ask) -> None:
    foreign = make_order(tariff=make_tariff(service=make_pool()))
    before = saved_rows()
    assert ask(f"orders/{foreign.number}").status_code == 404
    assert ask(f"orders/{foreign.number}/payments").status_code == 404
    assert ask(f"orders/{foreign.number}/cancel", {"reason": "просто"}).status_code == 404
    taken = {"amount": "600", "method": "on_site"}
    assert ask(f"orders/{foreign.number}/payments", taken, key=KEY).status_code == 404
    assert ask("orders").json() == {"items": [], "next": ""}
    assert saved_rows() == before


def test_pages_of_orders_follow_each_other(ask: Ask, tariff: Tariff) -> None:
    numbers = [make_order(tariff=tariff).number for _n in range(2)]
    first = ask("orders?limit=1").json()
    second = ask(f"orders?limit=1&cursor={first['next']}").json()
    assert [row["number"] for row in (*second["items"], *first["items"])] == numbers
    assert second["next"] == ""


def test_opening_an_order_writes_down_who_saw_whom(ask: Ask, tariff: Tariff, token: ApiToken) -> None:
    order = make_order(tariff=tariff, customer=make_user())
    ask(f"orders/{order.number}")
    [seen] = AccessEvent.objects.filter(screen=Screen.API)
    assert (seen.by, seen.person, seen.number) == (token.holder, order.customer, order.number)


def test_cancelling_gives_back_by_the_policy(ask: Ask, tariff: Tariff, token: ApiToken) -> None:
    order = make_order(tariff=tariff)
    taken = {"amount": "600.00", "method": "on_site", "document": "7"}
    future = ask(f"orders/{order.number}/payments", {**taken, "moved_at": "2030-01-01T00:00:00Z"}, key="another-key")
    assert (future.status_code, reasons(future)) == (422, [("moved_at", "came_in_future")])
    assert ask(f"orders/{order.number}/payments", taken, key=KEY).status_code == 201
    much = ask(f"orders/{order.number}/cancel", {"reason": "Клиент передумал", "returned": "600.01"})
    assert (much.status_code, reasons(much)) == (422, [("returned", "more_than_refundable")])
    answer = ask(f"orders/{order.number}/cancel", {"reason": "Клиент передумал"})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    event = OrderEvent.objects.get(order=order, kind="status_changed", data__to="cancelled")
    assert (event.by, event.reason) == (token.holder, "Клиент передумал")
    again = ask(f"orders/{order.number}/cancel", {"reason": "ещё раз"})
    assert again.status_code == 422


def test_a_large_sum_goes_back_only_by_a_person(ask: Ask, tariff: Tariff, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR, settings.REFUND_CONFIRMED_ABOVE = True, Decimal(500)
    order = make_order(tariff=tariff)
    taken = {"amount": "600.00", "method": "on_site", "document": "7"}
    assert ask(f"orders/{order.number}/payments", taken, key=KEY).status_code == 201
    before, wish = saved_rows(), {"reason": "Клиент передумал"}
    for sent in (wish, {**wish, "returned": "500.01"}):
        answer = ask(f"orders/{order.number}/cancel", sent)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:olvery:problem:refund_needs_person")
    assert saved_rows() == before
    assert ask(f"orders/{order.number}/cancel", {**wish, "returned": "500.00"}).json()["status"] == "cancelled"


def test_a_payment_is_recorded_once(ask: Ask, tariff: Tariff, token: ApiToken) -> None:
    order = make_order(tariff=tariff)
    taken = {"amount": "200", "method": "invoice", "document": "п/п 15"}
    first = ask(f"orders/{order.number}/payments", taken, key=KEY)
    again = ask(f"orders/{order.number}/payments", taken, key=KEY)
    entry = LedgerEntry.objects.get()
    assert (entry.amount, entry.document, entry.by) == (Decimal(200), "п/п 15", token.holder)
    assert first.json() == again.json() == ask(f"orders/{order.number}/payments").json()[0]
    much = ask(f"orders/{order.number}/payments", {**taken, "amount": "401"}, key="another-key")
    assert (much.status_code, reasons(much)) == (422, [("amount", "more_than_due")])
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize("field", ["moved_at", "owed_until"])
def test_a_moment_without_an_offset_is_refused(ask: Ask, tariff: Tariff, field: str) -> None:
    order = make_order(tariff=tariff)
    before = saved_rows()
    sent = {"amount": "200", "method": "on_site", field: "2026-11-24T08:00:00"}
    answer = ask(f"orders/{order.number}/payments", sent, key=KEY)
    assert (answer.status_code, reasons(answer)) == (422, [(field, "timezone_aware")])
    assert saved_rows() == before


@pytest.mark.parametrize(
    ("field", "moment"), [("moved_at", "0001-01-01T00:00:00+14:00"), ("owed_until", "9999-12-31T23:59:59-12:00")]
)
def test_a_moment_of_another_age_is_refused(ask: Ask, tariff: Tariff, field: str, moment: str) -> None:
    """PostgreSQL stores it, but Python could not read the order again."""
    order = make_order(tariff=tariff)
    before = saved_rows()
    answer = ask(f"orders/{order.number}/payments", {"amount": "200", "method": "on_site", field: moment}, key=KEY)
    assert (answer.status_code, reasons(answer)) == (422, [(field, "value_error")])
    assert saved_rows() == before


@pytest.mark.parametrize(
    ("start", "refused"),
    [("10:00Z", ("bookings.0.start", "value_error")), ("10:00:00.5", ("start", "times_off_step"))],
)
def test_a_time_is_one_of_the_locations_clock_in_its_steps(
    start: str, refused: tuple[str, str], ask: Ask, wanted: dict[str, Any]
) -> None:
    before = saved_rows()
    answer = ask("orders", {**wanted, "bookings": [{**wanted["bookings"][0], "start": start}], "total": "600"}, key=KEY)
    assert (answer.status_code, reasons(answer)) == (422, [refused])
    assert saved_rows() in (before, {**before, "orders.ApiRequest": 1})


@pytest.mark.parametrize("end", ["24:00", "00:00:00"])
def test_an_end_at_midnight_is_that_of_the_day(end: str, ask: Ask, wanted: dict[str, Any], tariff: Tariff) -> None:
    OpeningHours.objects.filter(location=tariff.service.location).update(closes_at=END_OF_DAY)
    quote = ask("quotes", {**wanted, "bookings": [{**wanted["bookings"][0], "start": "20:00", "end": end}]}).json()
    assert quote["bookings"][0]["period"] == {"start": "2026-11-25T17:00:00Z", "end": "2026-11-25T21:00:00Z"}
    assert (quote["total"], quote["errors"]) == ("1200.00", [])


def test_tickets_are_listed_by_day_and_shown(ask: Ask, tariff: Tariff) -> None:
    order = make_order(tariff=tariff)
    [ticket] = ask("tickets?day=2026-11-25").json()["items"]
    assert (ticket["order"], ticket["status"]) == (order.number, "active")
    assert ticket["period"] == {"start": "2026-11-25T07:00:00Z", "end": "2026-11-25T09:00:00Z"}
    assert ask(f"tickets/{ticket['number']}").json() == ticket
    assert ask("tickets?day=2026-11-26").json()["items"] == []


def test_a_promo_code_makes_quote_and_order_cheaper_or_is_refused_as_on_the_screen(
    ask: Ask, wanted: dict[str, Any], token: ApiToken
) -> None:
    make_promo_code(location=token.location, most_uses=1)
    asked = {**wanted, "promo_code": "весна 10"}
    quote = ask("quotes", asked).json()
    last = quote["lines"][-1]
    assert (quote["total"], last["kind"], last["amount"]) == ("540.00", "discount", "-60.00")
    told = ask("orders", {**asked, "total": "540"}, key=KEY).json()
    assert (told["total"], told["promo_code"]) == ("540.00", "ВЕСНА-10")
    before = saved_rows()
    refused = ask("orders", {**asked, "total": "540"}, key="5f0c6f2e-second")
    assert (refused.status_code, reasons(refused)[0]) == (422, ("promo_code", "promo_used_up"))
    assert saved_rows() == before


def test_a_request_that_is_sent_again_after_the_key_of_the_person_is_over_shows_its_order(
    ask: Ask, wanted: dict[str, Any], token: ApiToken
) -> None:
    first: Any = ask("orders", {**wanted, "total": "600.00"}, key="order-after-hours")
    with time_machine.travel(NOW + 2 * LIFE, tick=False):
        again: Any = ask("orders", {**wanted, "total": "600.00"}, key="order-after-hours")
    assert (again.status_code, again.json()["number"], Order.objects.count()) == (201, first.json()["number"], 1)
