"""A value is read only in the documented way: any other reading is refused."""

from typing import Any

import pytest

from coworking.models import Tariff
from orders.api import api
from orders.models import ApiToken
from tests.api.conftest import Ask
from tests.factories import make_order
from tests.snapshots import saved_rows

KEY = "5f0c6f2e-first"


def mistakes(answer: Any) -> list[tuple[str, str]]:
    return [(error["field"], error["detail"]) for error in answer.json()["errors"]]


DAY = "Value error, a day is written as 2026-11-25"
CLOCK = "Value error, a time of day is written as 10:30"
MOMENT = "Value error, a moment is written as 2026-11-25T10:30:00+03:00"
WHOLE = "Value error, a whole number is written in digits"
UNKNOWN = "В описании такого имени нет."
SUM = "Value error, a sum is written as 1200.50"


@pytest.mark.parametrize(
    ("changed", "mistake"),
    [
        ({"day": 1795564800}, ("day", DAY)),
        ({"day": "1795564800"}, ("day", DAY)),
        ({"day": "2026-11-25T00:00:00"}, ("day", DAY)),
        ({"last_day": 1795564800.0}, ("last_day", DAY)),
        ({"start": 36_000}, ("start", CLOCK)),
        ({"end": 43_200.0}, ("end", CLOCK)),
        ({"places": True}, ("places", WHOLE)),
        ({"units": "1_0"}, ("units", WHOLE)),
        ({"units": "+1"}, ("units", WHOLE)),
        ({"tariff": "1.0"}, ("tariff", WHOLE)),
        ({"seats": [True]}, ("seats.0", WHOLE)),
        ({"extras": [{"extra": True, "quantity": True}]}, ("extras.0.extra", WHOLE)),
    ],
)
def test_a_booking_is_asked_for_in_one_way(
    ask: Ask, wanted: dict[str, Any], changed: dict[str, Any], mistake: tuple[str, str]
) -> None:
    wanted["bookings"][0] |= changed
    before = saved_rows()
    answer = ask("orders", {**wanted, "total": "600"}, key=KEY)
    assert (answer.status_code, mistakes(answer)[0]) == (422, (f"bookings.0.{mistake[0]}", mistake[1]))
    assert saved_rows() == before


@pytest.mark.parametrize("total", ["6_00", "6e2", "+600", "６００", " 600", "600,00"])
def test_a_sum_is_digits_with_a_point(ask: Ask, wanted: dict[str, Any], total: str) -> None:
    before = saved_rows()
    answer = ask("orders", {**wanted, "total": total}, key=KEY)
    assert (answer.status_code, mistakes(answer)) == (422, [("total", SUM)])
    assert saved_rows() == before


@pytest.mark.parametrize("field", ["moved_at", "owed_until"])
@pytest.mark.parametrize("moment", [1795590000, 1795590000.5, "1795590000", "1795590000000"])
def test_a_moment_is_no_number(ask: Ask, tariff: Tariff, field: str, moment: Any) -> None:
    order = make_order(tariff=tariff)
    before = saved_rows()
    answer = ask(f"orders/{order.number}/payments", {"amount": "200", "method": "on_site", field: moment}, key=KEY)
    assert (answer.status_code, mistakes(answer)) == (422, [(field, MOMENT)])
    assert saved_rows() == before


@pytest.mark.parametrize(
    ("path", "mistake"),
    [
        ("tickets?day=1795564800", ("day", DAY)),
        ("services/{service}/free-hours?day=1795564800", ("day", DAY)),
        ("tariffs/{tariff}/free-days?day=1795564800", ("day", DAY)),
        ("tariffs/{tariff}/free-days?day=2026-11-25&days=1_0", ("days", WHOLE)),
        ("tariffs/{tariff}/free-days?day=2026-11-25&places=%2B1", ("places", WHOLE)),
        ("orders?limit=1_0", ("limit", WHOLE)),
        ("orders/1_0", ("number", WHOLE)),
    ],
)
def test_an_address_is_read_in_one_way(ask: Ask, tariff: Tariff, path: str, mistake: tuple[str, str]) -> None:
    answer = ask(path.format(service=tariff.service_id, tariff=tariff.pk))
    assert (answer.status_code, mistakes(answer)) == (422, [mistake])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"emial": "petrov@example.org"}, "emial"),
        ({"bookings": [{"lastday": "2026-11-27"}]}, "bookings.0.lastday"),
        ({"bookings": [{"extras": [{"extra": 1, "quantity": 1, "price": 0}]}]}, "bookings.0.extras.0.price"),
    ],
)
def test_a_misspelt_field_of_an_order_is_refused(
    ask: Ask, wanted: dict[str, Any], changed: dict[str, Any], field: str
) -> None:
    bookings = [{**wanted["bookings"][0], **more} for more in changed.pop("bookings", [{}])]
    before = saved_rows()
    answer = ask("orders", {**wanted, **changed, "bookings": bookings, "total": "600"}, key=KEY)
    assert (answer.status_code, mistakes(answer)) == (422, [(field, UNKNOWN)])
    assert answer.json()["errors"][0]["reason"] == "extra_forbidden"
    assert saved_rows() == before


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("orders/{order}/cancel", {"reason": "Передумали", "retuned": "100"}),
        ("orders/{order}/payments", {"amount": "200", "method": "on_site", "moved": "2026-11-24T08:00:00+03:00"}),
        ("people", {"last_name": "Новикова", "first_name": "Ольга", "phone": "8 916 204-48-21", "e_mail": "o@x.ru"}),
    ],
)
def test_a_misspelt_field_of_anything_is_refused(ask: Ask, tariff: Tariff, path: str, sent: dict[str, Any]) -> None:
    order = make_order(tariff=tariff)
    before = saved_rows()
    answer = ask(path.format(order=order.number), sent, key=KEY)
    assert (answer.status_code, mistakes(answer)) == (422, [(list(sent)[-1], UNKNOWN)])
    assert saved_rows() == before


@pytest.mark.parametrize(
    "path",
    [
        "orders?status=confirmed&staus=expired",
        "tickets?staus=active",
        "tickets/1?staus=active",
        "services?staus=active",
        "services/{service}/free-hours?day=2026-11-25&staus=1",
        "tariffs/{tariff}/free-days?day=2026-11-25&staus=2",
        "people?search=петров&staus=1",
    ],
)
def test_a_misspelt_parameter_is_refused(ask: Ask, tariff: Tariff, path: str) -> None:
    answer = ask(path.format(service=tariff.service_id, tariff=tariff.pk))
    assert (answer.status_code, mistakes(answer)) == (422, [("staus", UNKNOWN)])
    assert answer.json()["errors"][0]["reason"] == "extra_forbidden"


def test_a_parameter_where_a_body_is_wanted_is_refused(ask: Ask, wanted: dict[str, Any]) -> None:
    before = saved_rows()
    answer = ask("orders?comment=ещё", {**wanted, "total": "600"}, key=KEY)
    assert (answer.status_code, mistakes(answer)) == (422, [("comment", UNKNOWN)])
    assert saved_rows() == before


def test_a_number_of_json_is_read_as_its_text(ask: Ask, wanted: dict[str, Any], token: ApiToken) -> None:
    wanted["bookings"][0] |= {"places": "2", "units": 1.0}
    for total in (1200, 1200.0, "1200", "1200.00"):
        answer = ask("orders", {**wanted, "total": total}, key=f"order-of-{total!r}")
        assert (answer.status_code, answer.json().get("total")) == (201, "1200.00"), total
        ask(f"orders/{answer.json()['number']}/cancel", {"reason": "Передумали"})


def test_the_description_says_that_a_body_has_no_other_fields() -> None:
    shapes = api.get_openapi_schema()["components"]["schemas"]
    closed = {name for name, shape in shapes.items() if shape.get("additionalProperties") is False}
    assert closed == {"ExtraIn", "BookingIn", "QuoteIn", "OrderIn", "CancelIn", "PaymentIn", "PersonIn"}


def test_the_description_has_the_limits_as_its_readers_know_them() -> None:
    shapes = api.get_openapi_schema()["components"]["schemas"]
    places, amount = shapes["BookingIn"]["properties"]["places"], shapes["PaymentIn"]["properties"]["amount"]
    assert (places["type"], places["minimum"], places["maximum"]) == ("integer", 1, 60)
    assert [one["type"] for one in amount["anyOf"]] == ["number", "string"]
    assert amount["anyOf"][0]["exclusiveMinimum"] == 0
