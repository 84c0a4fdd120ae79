"""The order form against junk: whatever is sent, it never answers 500."""

import random
from typing import Any

import pytest
from django.test import Client

from coworking.models import Unit
from orders.models import Order
from tests.depth import rounds
from tests.factories import make_seats, make_tariff, seat_of
from tests.moments import WEDNESDAY
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FORM = "/manage/orders/new/"
LIVE = ["people", "pick", "details", "availability", "quote", "person", "person/known"]
JUNK = [
    "", " ", "0", "-1", "1", "3.0", "1e400", "NaN", "Infinity", "-0", "9" * 13, "9" * 19, "9" * 5000, "1 OR 1=1",
    "١٢", "²", "😀", "Ив\u202eанов", "a\u0301" * 50, "\ud7ff", "<script>", "' OR ''='", "%s%n", "{{ 7|add:7 }}",
    "0001-01-01", "9999-12-31", "2026-11-25", "31.02", "2026-02-31", "24:00", "00:00", "23:59", "10:00", "12:00",
    "100%", "10%", "1e-9%", "0e99999999", "5_0", "8 (912) 345-67-8", "+", "+7", "a@b.co", "@", "null", "[]", "on",
    "customer", "visitor-0", "customer:1", "pick:customer:1", "take:0|2026-11-25|10:00|12:00|2026-11-25|1",
    "x" * 10_000, "\r\n\r\n", "\t", "00000000-0000-0000-0000-000000000000",
]  # fmt: skip
NAMES = [
    "token", "back", "customer", "customer_q", "phone", "email", "service", "tariff", "day", "start", "end",
    "last_day", "units", "places", "seats", "visitor-0", "visitor-0-q", "visitor-1", "visitor-1-q", "extra-1",
    "extra-0", "extra-x", f"extra-{'9' * 18}", "extra-", "discount", "discount_reason", "payment_method", "comment",
    "internal_note", "override_reason", "shown_total", "shown_left_out", "shown_on", "for", "person-target",
    "person-last_name", "person-first_name", "person-middle_name", "person-phone", "person-email", "junk",
]  # fmt: skip
ACTIONS = ["", "refresh", "person", "save-person", "search:customer", "search:visitor-0", "pick:customer:1", "pick:"]


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "123456"


def spoiled(world: World, chance: random.Random, *, times: int) -> dict[str, Any]:
    """Return a filled form with junk in some fields, or in all of them."""
    typed = world.filled(tariff=str(chance.choice(list(world.service.tariffs.values_list("pk", flat=True)))))
    for name in chance.sample(NAMES, times):
        typed[name] = [chance.choice(JUNK) for _ in range(2)] if chance.random() < 0.1 else chance.choice(JUNK)
    return typed


@pytest.mark.parametrize("part", ["", *LIVE])
def test_junk_is_answered(client: Client, world: World, part: str) -> None:
    chance = random.Random(f"olvery {part}")
    for unit in (Unit.DAY, Unit.WEEK, Unit.MONTH):
        make_tariff(service=world.service, unit=unit)
    for round_number in range(rounds(12)):
        typed = spoiled(world, chance, times=(1, 3, len(NAMES))[round_number % 3])
        typed["action"] = chance.choice([*ACTIONS, f"pick:{chance.choice(JUNK)}", f"take:{chance.choice(JUNK)}"])
        url = f"{FORM}{part}/" if part else FORM
        response = client.post(url, typed)
        assert response.status_code in (200, 302, 422), typed


@pytest.mark.parametrize("part", ["", *LIVE])
def test_a_nul_character_is_answered(client: Client, world: World, part: str) -> None:
    # The whole form takes it in every field, each part in some of them, in all of them together.
    at = LIVE.index(part) if part else 0
    for name in [*NAMES, "action"][at :: len(LIVE) if part else 1]:
        typed = {**world.filled(), "for": "customer", name: "ab\0c@d"}
        response = client.post(f"{FORM}{part}/" if part else FORM, typed)
        assert response.status_code in (200, 302, 400, 422), name


@pytest.mark.parametrize(("day", "shown_on"), [("вчера", "0001-01-01"), ("завтра", "9999-12-31")])
def test_a_page_of_another_age_is_answered(client: Client, world: World, day: str, shown_on: str) -> None:
    assert client.post(FORM, world.filled(day=day, shown_on=shown_on)).status_code in (302, 422)


@pytest.mark.parametrize("typed", [{"person-phone": "ab\0"}, {"person-email": "ab\0@example.com"}], ids=str)
def test_a_nul_character_about_a_new_person_is_answered(client: Client, world: World, typed: dict[str, str]) -> None:
    assert client.post(f"{FORM}person/known/", typed).status_code in (200, 400, 422)


@pytest.mark.parametrize("path", ["/manage/orders/new/%00", "/manage/orders/?q=%00", "/manage/orders/?%00=1"])
def test_a_nul_character_in_the_address_is_refused(client: Client, world: World, path: str) -> None:
    assert client.get(path).status_code == 400


def test_a_body_that_is_no_form_is_answered(client: Client, world: World) -> None:
    for body, kind in ((b"\xff\xfe\0", "application/x-www-form-urlencoded"), (b"{}", "application/json"), (b"", "")):
        assert client.post(FORM, body, content_type=kind).status_code in (400, 422)


def test_too_many_fields_are_refused(client: Client, world: World) -> None:
    assert client.post(FORM, {f"extra-{n}": "1" for n in range(1, 4000)}).status_code == 400


def test_a_nul_character_in_the_reason_of_a_cancellation_is_answered(client: Client, world: World) -> None:
    assert client.post(FORM, world.filled()).status_code == 302
    order = Order.objects.get()
    response = client.post(f"/manage/orders/{order.number}/cancel/", {"reason": "Пере\0думал"})
    assert response.status_code in (302, 400, 422)


def test_an_address_with_seats_that_are_none_opens_a_form_without_them(client: Client, world: World) -> None:
    other = make_seats(location=world.location, name="Зал", labels=("Z1",))
    opened = {"service": world.service.pk, "tariff": world.tariff.pk, "day": WEDNESDAY.isoformat()}
    opened |= {"start": "10:00", "end": "12:00", "seats": ["abc", "-1", "9" * 40, seat_of(other, "Z1").pk]}
    answer = client.get(FORM, opened)
    page = read(answer)
    assert (answer.status_code, page.values["seats"]) == (200, [""])
    assert "Мешает" not in answer.content.decode()
