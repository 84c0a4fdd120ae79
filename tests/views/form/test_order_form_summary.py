"""The summary next to a form that cannot be saved as it is."""

import re
from typing import Any

import pytest
import time_machine
from django.test import Client

from coworking.models import Rule, Service, Unit
from orders.models import Order
from tests.factories import make_exception, make_pool, make_tariff, make_ticket
from tests.html import text_of
from tests.moments import THURSDAY, WEDNESDAY, hours, moment
from tests.snapshots import saved_rows
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

READY = "Всё заполнено"


def summary(client: Client, typed: dict[str, Any]) -> str:
    return client.post("/manage/orders/new/quote/", typed).content.decode()


def test_a_filled_form_is_ready_and_shows_the_message(client: Client, world: World) -> None:
    text = summary(client, world.filled())
    assert READY in text
    assert 'class="bubble"' in text


@pytest.mark.parametrize(
    "spoiled",
    [
        {"places": ""},
        {"places": "0"},
        {"places": "99"},
        {"day": "2027-11-25"},  # beyond the horizon, which a manager may override by a reason
        {"start": "06:00", "end": "07:00"},
        {"visitor-0": "", "visitor-0-q": "Неизвестный"},
        {"discount": "5%", "discount_reason": ""},
        {"day": "когда-нибудь"},
        {"service": ""},
    ],
    ids=str,
)
def test_nothing_is_ready_and_no_message_is_shown_while_something_is_missing(
    client: Client, world: World, spoiled: dict[str, str]
) -> None:
    typed = world.filled(**spoiled)
    text = summary(client, typed)
    assert client.post("/manage/orders/new/", typed).status_code == 422
    assert READY not in text
    assert 'class="bubble"' not in text


def test_places_that_are_not_free_are_not_promised(client: Client, world: World) -> None:
    pool = make_pool(location=world.service.location, capacity=8)
    tariff = make_tariff(service=pool, unit=Unit.HOUR)
    typed = world.filled(service=str(pool.pk), tariff=str(tariff.pk), places="19", seats=[], **{"extra-1": ""})
    text = summary(client, typed)
    assert READY not in text
    assert 'class="bubble"' not in text


def test_a_full_pool_offers_fewer_places_at_the_same_time(client: Client, world: World) -> None:
    pool = make_pool(location=world.service.location, capacity=8)
    tariff = make_tariff(service=pool, unit=Unit.HOUR)
    make_ticket(service=pool, period=hours("09", "21"))
    typed = world.filled(service=str(pool.pk), tariff=str(tariff.pk), places="19", seats=[], **{"extra-1": ""})
    offered = client.post("/manage/orders/new/availability/", typed).content.decode()
    assert "Взять 7 мест" in offered
    taken = client.post("/manage/orders/new/pick/", {**typed, "action": "fewer:0|7"})
    assert read(taken).values["places"] == ["7"]
    assert "Взять" not in taken.content.decode()
    for junk in ("9|7", "0|x", "0", "x|1", "0|99999"):
        assert client.post("/manage/orders/new/pick/", {**typed, "action": f"fewer:{junk}"}).status_code == 200


def test_what_is_wrong_is_said_once(client: Client, world: World) -> None:
    said = "29\u00a0ноября закрыто."
    typed = world.filled(day="2026-11-29")
    assert "Мешает: дата" in " ".join(text_of(summary(client, typed)).split())
    assert said not in summary(client, typed)
    page = client.post("/manage/orders/new/", {**typed, "action": "refresh"}).content.decode()
    assert page.count(said) == 1


def test_a_rule_says_whether_a_manager_may_insist(client: Client, world: World) -> None:
    final = "Исключений эта услуга не допускает: выберите другое время."
    early, over = world.filled(start="06:00", end="07:00"), world.filled(day="2026-11-20")

    def said(typed: dict[str, Any]) -> tuple[bool, bool]:
        """Return whether the form says that nobody may: while it is typed, and once it was sent."""
        live, page = (client.post(f"/manage/orders/new/{way}", typed) for way in ("availability/", ""))
        return final in live.content.decode(), final in page.content.decode()

    assert (said(early), said(over)) == ((True, True), (False, False))  # no service forbids to book what is over
    Service.objects.filter(pk=world.service.pk).update(overridable_rules=[Rule.OPENING_HOURS])
    assert said(early) == (False, False)


def test_a_day_off_says_why_and_what_is_near(client: Client, world: World) -> None:
    make_exception(location=world.location, on=WEDNESDAY, reason="Санитарный день")
    typed, why = world.filled(), "25\u00a0ноября закрыто: Санитарный день."
    offered = client.post("/manage/orders/new/availability/", typed).content.decode()
    assert offered.count(why) == 1
    near = re.findall(r'value="(take:[^"]*)"', offered)
    assert [day.split("|")[1] for day in near] == ["2026-11-26", "2026-11-27", "2026-11-28"]
    picked = read(client.post("/manage/orders/new/pick/", {**typed, "action": near[0]})).values
    assert (picked["day"], picked["start"], picked["end"]) == (["2026-11-26"], ["10:00"], ["12:00"])
    without_times = client.post("/manage/orders/new/availability/", {**typed, "start": "", "end": ""}).content.decode()
    assert (without_times.count(why), "take:" in without_times) == (1, False)


def test_a_day_off_over_which_a_manager_may_insist_says_what_is_near(client: Client, world: World) -> None:
    make_exception(location=world.location, on=WEDNESDAY, reason="Санитарный день")
    Service.objects.filter(pk=world.service.pk).update(overridable_rules=[Rule.OPENING_HOURS])
    offered = client.post("/manage/orders/new/availability/", world.filled()).content.decode()
    assert offered.count("25\u00a0ноября закрыто: Санитарный день.") == 1
    assert ("override_reason" in offered, offered.count("take:0|")) == (True, 3)


def test_the_day_of_free_hours_is_given_once(client: Client, world: World) -> None:
    tariff = make_tariff(service=world.service, name="День", unit=Unit.DAY)
    typed = world.filled(tariff=str(tariff.pk), day="2026-12-14", last_day="2026-12-14")
    told = client.post("/manage/orders/new/availability/", typed).content.decode()
    assert ("пн, 14\u00a0декабря, весь день" in told, "14.12.2026" in told) == (True, False)


def test_a_series_for_nothing_is_saved_with_the_days_that_were_shown_alone(client: Client, world: World) -> None:
    free = make_tariff(service=world.service, unit=Unit.HOUR, price="0", name="Своим")
    repeated = {"weekdays": ["2", "3"], "until": "2026-11-27", "only_free": "on", "seats": [str(world.seat().pk)]}
    nothing_else = {f"extra-{world.extra.pk}": "", "discount": ""}
    typed = world.filled(tariff=str(free.pk), **repeated, **nothing_else)
    shown = read(client.post("/manage/orders/new/quote/", typed)).values
    assert (shown["shown_total"], shown["shown_left_out"]) == (["0.00"], [""])
    make_ticket(service=world.service, seat=world.seat(), period=hours("09", "21", day=THURSDAY))
    seen = {name: shown[name] for name in ("shown_total", "shown_left_out")}
    before = saved_rows()
    refused = client.post("/manage/orders/new/", {**typed, **seen})
    assert (refused.status_code, saved_rows()) == (422, before)
    assert "Теперь свободны другие дни" in refused.content.decode()
    again = read(refused).values
    assert again["shown_left_out"] == ["2026-11-26 "]
    saved = client.post("/manage/orders/new/", {**typed, **{name: again[name] for name in seen}})
    assert (saved.status_code, Order.objects.get().ticket_count) == (302, 1)


def test_a_day_that_is_typed_is_not_another_one_in_silence_after_midnight(
    client: Client, world: World, clock: time_machine.Coordinates
) -> None:
    clock.move_to(moment("2026-11-24 23:50"))
    client.force_login(world.manager)
    typed = world.filled(day="завтра")
    page = read(client.post("/manage/orders/new/quote/", typed)).values
    seen = {name: page[name] for name in ("shown_total", "shown_on")}
    clock.move_to(moment("2026-11-25 00:10"))
    before = saved_rows()
    refused = client.post("/manage/orders/new/", {**typed, **seen})
    assert (refused.status_code, saved_rows()) == (422, before)
    assert "Наступил новый день, теперь это 26.11.2026" in text_of(refused.content.decode())
    again = read(refused).values["day"]
    assert again == ["2026-11-26"]
    saved = client.post("/manage/orders/new/", {**typed, "day": again})
    assert (saved.status_code, Order.objects.get().period) == (302, hours("10", "12", day=THURSDAY))


def test_days_of_a_series_that_are_taken_are_told_once(client: Client, world: World) -> None:
    make_ticket(service=world.service, seat=world.seat(), period=hours("09", "21"))
    repeated = {"weekdays": ["2", "3"], "until": "2026-11-27", "seats": [str(world.seat().pk)]}
    typed = world.filled(**repeated)
    assert client.post("/manage/orders/new/availability/", typed).content.decode().count("Недоступно: 25.11.") == 1
    saved = client.post("/manage/orders/new/", typed)
    assert (saved.status_code, saved.content.decode().count("Недоступно: 25.11.")) == (422, 1)
