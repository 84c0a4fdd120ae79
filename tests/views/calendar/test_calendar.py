"""The calendar as its page shows it."""

import re
from datetime import date, time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from coworking.models import Ticket, TicketStatus, Visit
from olvery.shared.periods import Period, local_days
from orders.models import Order
from tests.factories import make_block, make_exception, make_location, make_order, make_pool, make_ticket
from tests.html import text_of
from tests.moments import MOSCOW, NOW, THURSDAY, TUESDAY, WEDNESDAY, hours, moment
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

URL = "/manage/coworking/calendar/"


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", text_of(answer.content.decode()))


def book(world: World, period: Period, label: str = "A1", **fields: Any) -> int:
    defaults = {"service": world.service, "seat": world.seat(label), "visitor": world.visitor}
    return int(make_ticket(period=period, **{**defaults, **fields}).number)


def placed(answer: Any, number: int) -> str:
    """Return the columns of the cell that holds the bar of a ticket."""
    found = re.search(rf'class="(s\d+ w\d+)"><a class="bar"[^>]* href="[^"]*;ticket={number}"', answer.content.decode())
    assert found, number
    return found[1]


def test_a_day_shows_who_comes_when_and_in_what_state(client: Client, world: World) -> None:
    number = book(world, hours("09:30", "13"))
    book(world, hours("14", "16"), "A2", status=TicketStatus.HELD, held_until=moment("2026-11-25 09:00"))
    make_block(service=world.service, seat=world.seat("A3"), period=hours("8", "21"), reason="Замена розеток")
    answer = client.get(URL, {"day": WEDNESDAY.isoformat()})
    page = words(answer)
    assert "Среда, 25 ноября" in page
    assert "Орлова Мария 09:30–13:00, активен" in page
    assert "Орлова Мария 14:00–16:00, забронирован" in page
    assert "Замена розеток 08:00–21:00" in page
    assert "занято не больше 2 из 4" in page
    assert placed(answer, number) == "s6 w14"
    assert "style=" not in answer.content.decode()


def test_an_active_ticket_of_an_order_that_owes_money_says_so(client: Client, world: World) -> None:
    make_order(tariff=world.tariff, customer=world.customer, by=world.manager, payment_method="on_site")
    assert "Петров Иван 10:00–12:00, активен, не оплачен" in words(client.get(URL, {"day": "25.11"}))


def test_a_free_cell_leads_to_the_form_with_place_and_time_and_back(client: Client, world: World) -> None:
    book(world, hours("10:30", "12"))
    page = read(client.get(URL, {"day": WEDNESDAY.isoformat(), "table": 1}))
    links = [link for link in page.links() if link.startswith("/manage/orders/new/") and "start=10:00" in link]
    assert len(links) == 4
    mine = next(link for link in links if f"seats={world.seat('A1').pk}&" in link)
    form = read(client.get(mine)).values
    assert {name: form[name] for name in ("service", "seats", "day", "start", "back")} == {
        "service": [str(world.service.pk)],
        "seats": [str(world.seat("A1").pk)],
        "day": ["2026-11-25"],
        "start": ["10:00"],
        "back": [f"{URL}?view=day&day=2026-11-25&table=1"],
    }
    saved = client.post("/manage/orders/new/", world.filled(back=form["back"][0], start="13:00", end="15:00"))
    ticket = world.service.tickets.latest("number").number
    assert saved.headers["Location"] == f"{form['back'][0]}&mark={ticket}#ticket-{ticket}"
    marked = client.get(saved.headers["Location"].partition("#")[0])
    assert [attrs["id"] for attrs in read(marked).attrs_of("a") if "data-mark" in attrs] == [f"ticket-{ticket}"]


def test_past_hours_are_not_offered(client: Client, world: World) -> None:
    starts = re.findall(r"start=(\d\d:\d\d)", client.get(URL).content.decode())
    assert min(starts) == "09:00"


def test_the_line_of_this_moment_lies_on_today_alone(client: Client, world: World) -> None:
    book(world, hours("08", "12", TUESDAY))
    today = client.get(URL)
    assert 'x1="7.69%"' in today.content.decode()  # an hour of thirteen
    assert "сейчас занято 1 из 4" in words(today)
    assert "now-line" not in client.get(URL, {"day": "25.11"}).content.decode()


def test_a_bar_that_goes_on_says_until_when(client: Client, world: World) -> None:
    book(world, local_days(TUESDAY, THURSDAY, MOSCOW))
    book(world, Period(moment("2026-11-25 19:00"), moment("2026-11-26 10:00")), "A2")
    page = words(client.get(URL, {"day": "25.11"}))
    assert "Орлова Мария с 24 ноября до 26 ноября, активен" in page
    assert "Орлова Мария до 10:00, 26 ноября, активен" in page
    assert "Орлова Мария с 19:00, 25 ноября, активен" in words(client.get(URL, {"day": "26.11"}))


def test_the_hours_are_those_of_the_locations_clock(client: Client, world: World) -> None:
    world.location.time_zone = "Asia/Kamchatka"
    world.location.save()
    number = book(world, Period(moment("2026-11-25 00:00"), moment("2026-11-25 01:00")))  # 9 to 10 there
    answer = client.get(URL, {"day": "25.11"})
    assert placed(answer, number) == "s4 w4"
    assert "09:00–10:00" in words(answer)


def test_a_week_counts_each_day_and_leads_to_it(client: Client, world: World) -> None:
    book(world, hours("10", "12"))
    book(world, hours("10", "12", THURSDAY))
    book(world, hours("11", "12", THURSDAY), "A2")
    make_exception(location=world.location, on=date(2026, 11, 27))
    answer = client.get(URL, {"view": "week", "day": WEDNESDAY.isoformat()})
    page = words(answer)
    assert "23 – 29 ноября 2026" in page
    assert re.findall(r"\d/4", page) == ["0/4", "0/4", "1/4", "2/4", "0/4"]
    assert page.count("закрыто") == 2
    assert "?view=day&day=2026-11-26" in read(answer).links()


def test_a_month_counts_each_day_by_service(client: Client, world: World) -> None:
    make_pool(location=world.location, name="Опенспейс", capacity=2)
    book(world, hours("10", "12"))
    answer = client.get(URL, {"view": "month", "day": WEDNESDAY.isoformat()})
    page = words(answer)
    assert "Ноябрь 2026" in page
    assert "25 16 %" in page
    assert page.count("1/4") == 1
    assert page.count("закрыто") == 5
    assert "?view=day&day=2026-11-25" in read(answer).links()


def test_a_closed_day_says_so_and_leads_on(client: Client, world: World) -> None:
    assert "Закрыто, никто не придёт" in words(client.get(URL, {"day": "29.11"}))


def test_filters_narrow_and_stay_in_every_link(client: Client, world: World) -> None:
    pool = make_pool(location=world.location, name="Опенспейс", capacity=2)
    book(world, hours("8", "21"))
    page = read(client.get(URL, {"day": "25.11", "service": pool.pk, "free": 1}))
    assert f"{URL}?view=day&day=2026-11-26&service={pool.pk}&free=1" in page.links()
    assert "A2" not in words(client.get(URL, {"day": "25.11", "service": pool.pk}))
    free = words(client.get(URL, {"day": "25.11", "free": 1}))
    assert "A1" not in free
    assert "A2" in free
    assert "По выбранным фильтрам ничего нет" in words(client.get(URL, {"table": 9}))
    page = read(client.get(URL, {"day": "25.11", "state": ["active", "blocked", "junk"]}))
    assert f"{URL}?view=day&day=2026-11-26&state=active&state=blocked" in page.links()
    assert ("A1" in text_of(page.html), "A2" in text_of(page.html)) == (True, False)


def test_a_malformed_day_shows_today_and_says_so(client: Client, world: World) -> None:
    page = words(client.get(URL, {"day": "когда-нибудь", "service": "x", "mark": "-1", "view": "year"}))
    assert "«когда-нибудь» не означает дня" in page
    assert "Вторник, 24 ноября" in page


def test_the_first_sixty_rows_come_first(client: Client, world: World) -> None:
    pool = make_pool(location=world.location, capacity=70)
    for _number in range(62):
        make_ticket(service=pool, period=hours("10", "12"), visitor=world.visitor)
    page = client.get(URL, {"day": "25.11"})
    assert page.content.decode().count('class="board-row"') == 60
    assert "Показать ещё 7 строк" in words(page)
    assert client.get(URL, {"day": "25.11", "all": 1}).content.decode().count('class="board-row"') == 67


def test_filtering_answers_the_board_and_the_title(client: Client, world: World) -> None:
    headers = {"HX-Request": "true", "HX-Target": "calendar"}
    answer = client.get(URL, {"day": "25.11"}, headers=headers)
    page = read(answer)
    assert {"calendar", "calendar-head"} <= page.ids
    assert "main" not in page.ids


def test_a_day_of_twenty_five_hours_shows_two_of_one_hour(client: Client, world: World) -> None:
    world.location.time_zone = "Europe/Berlin"
    world.location.save()
    make_exception(location=world.location, on=date(2026, 10, 25), opens_at=time(1), closes_at=time(4))
    page = client.get(URL, {"day": "2026-10-25"}).content.decode()
    assert "board n16" in page  # four hours
    assert re.findall(r'class="s\d+ w4">\s*(\d+)\s', page) == ["1", "2", "2", "3"]


@pytest.mark.parametrize("view", ["day", "week", "month"])
def test_the_page_hears_of_a_change_and_of_nothing_else(client: Client, world: World, view: str) -> None:
    book(world, hours("10", "12", THURSDAY))
    asked = {"view": view, "day": "2026-11-26"}

    def changed() -> bool:
        answer = client.get(f"{URL}changes/", {**asked, "seen": seen})
        assert answer.status_code in (200, 204)
        return answer.status_code == 200

    def version() -> str:
        return read(client.get(URL, asked)).attrs_of("div", id="calendar")[0]["data-version"]

    seen = version()
    assert not changed()
    book(world, hours("10", "12", date(2026, 12, 20)))  # is not shown
    assert not changed()
    number = book(world, hours("14", "16", THURSDAY))
    assert changed()
    seen = version()
    Ticket.objects.filter(number=number).update(status=TicketStatus.CANCELLED)
    assert changed()
    seen = version()
    block = make_block(service=world.service, seat=world.seat("A4"), period=hours("10", "12", THURSDAY))
    assert changed()
    seen = version()
    block.delete()
    assert changed()


def test_a_payment_is_a_change_of_the_day(client: Client, world: World) -> None:
    order = make_order(tariff=world.tariff, customer=world.customer, by=world.manager)
    page = read(client.get(URL, {"day": "2026-11-25"}))
    asked = {"day": "2026-11-25", "seen": page.attrs_of("div", id="calendar")[0]["data-version"]}
    assert client.get(f"{URL}changes/", asked).status_code == 204
    Order.objects.filter(pk=order.pk).update(payment_status="paid")
    answer = client.get(f"{URL}changes/", asked)
    assert "не оплачен" not in words(answer)
    assert "calendar-head" not in read(answer).ids


def test_a_bar_is_moved_until_its_ticket_is_over(client: Client, world: World) -> None:
    order = make_order(tariff=world.tariff, customer=world.customer, by=world.manager)
    ticket = order.lines.get(kind="tariff").ticket_id

    def bars() -> list[tuple[bool, str]]:
        page = read(client.get(URL, {"day": "2026-11-25"}))
        [board] = page.attrs_of("div", role="grid")
        assert board["data-change-url"] == f"{URL}tickets/{{ticket}}/change/"
        found = [one for one in page.attrs_of("a", **{"class": "bar"}) if one["href"].endswith(f"ticket={ticket}")]
        return [("data-movable" in one, one.get("data-days", "")) for one in found]

    assert bars() == [(True, "")]
    whole = local_days(WEDNESDAY, THURSDAY, MOSCOW)
    Ticket.objects.filter(pk=ticket).update(period=whole, occupied=whole)
    assert bars() == [(True, "2026-11-25 2026-11-26")]
    Ticket.objects.filter(pk=ticket).update(status=TicketStatus.USED)
    assert bars() == [(False, "")]


def test_the_board_leads_to_the_change_of_a_ticket_of_its_own(client: Client, world: World) -> None:
    order = make_order(tariff=world.tariff, customer=world.customer, by=world.manager)
    ticket = order.lines.get(kind="tariff").ticket_id
    asked = {"day": "2026-11-26", "start": "14:00"}
    answer = client.get(f"{URL}tickets/{ticket}/change/", asked)
    assert answer.headers["Location"] == f"/manage/orders/{order.pk}/tickets/{ticket}/change/?{urlencode(asked)}"
    foreign = make_ticket(service=make_pool(location=make_location()), period=hours("10", "12"))
    without_order = book(world, hours("14", "16"), "A2")
    for number in (foreign.number, without_order, ticket + 999):
        assert client.get(f"{URL}tickets/{number}/change/").status_code == 404


def test_a_board_with_every_row_is_come_back_to_with_every_row(client: Client, world: World) -> None:
    book(world, hours("10", "12"))
    page = read(client.get(URL, {"day": "25.11", "all": 1}))
    bar, slot = (next(one for one in page.links() if part in one) for part in ("ticket=", "seats="))
    assert bar.startswith("?view=day&day=2026-11-25&all=1&ticket=")
    assert read(client.get(slot)).values["back"] == [f"{URL}?view=day&day=2026-11-25&all=1"]


@pytest.mark.parametrize("view", ["week", "month"])
def test_the_links_to_a_day_carry_the_filters_and_nothing_of_the_page_before(
    client: Client, world: World, view: str
) -> None:
    asked = {"view": view, "day": "2026-11-25", "table": 1, "seen": "abc", "mark": 1, "ticket": 0, "all": 1}
    links = [link for link in read(client.get(URL, asked)).links() if link.startswith("?")]
    assert "?table=1&view=day&day=2026-11-25" in links
    assert not [link for link in links if "seen=" in link or "mark=" in link or "all=" in link]


def test_who_is_on_site_has_the_word_and_the_icon_and_coming_is_a_change(client: Client, world: World) -> None:
    number = book(world, hours("08", "12", TUESDAY))
    other = book(world, hours("08", "12", TUESDAY), "A2")
    asked = {"day": TUESDAY.isoformat()}
    seen = read(client.get(URL, asked)).attrs_of("div", id="calendar")[0]["data-version"]
    assert "12:00, на месте" not in words(client.get(URL, asked))
    visit = Visit.objects.create(
        ticket_id=number, location=world.location, source="number", arrived_at=NOW, let_in_by=world.manager
    )
    answer = client.get(f"{URL}changes/", {**asked, "seen": seen})
    shown = words(answer)
    assert shown.count("Орлова Мария 08:00–12:00, на месте") == 1
    assert shown.count("Орлова Мария 08:00–12:00, активен") == 1
    bars = read(answer).attrs_of("a", **{"class": "bar"})
    assert {one["href"].rpartition("=")[2]: one["data-state"] for one in bars} == {
        str(number): "here",
        str(other): "active",
    }
    Visit.objects.filter(pk=visit.pk).update(left_at=NOW, let_out_by=world.manager)
    assert "12:00, на месте" not in words(client.get(URL, asked))
