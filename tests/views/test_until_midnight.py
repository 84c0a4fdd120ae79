"""One booking until 24:00 at a location that never closes, on every screen and document that shows it."""

import io
import re
from collections.abc import Callable
from datetime import time
from typing import Any
from urllib.parse import urlencode

import pypdf
import pytest
import time_machine
from django.test import Client

from coworking.models import OpeningHours, Ticket, TicketStatus
from olvery.shared.clocks import END_OF_DAY
from orders.letters.compose import compose
from orders.models import Message, Order
from tests.factories import make_seller
from tests.html import text_of
from tests.moments import FRIDAY, THURSDAY, hours, moment
from tests.snapshots import saved_rows
from tests.views.order.asking import assert_done, page_of
from tests.views.pages import World, make_world, read

pytestmark = pytest.mark.django_db

NEW = "/manage/orders/new/"
CALENDAR = "/manage/coworking/calendar/"
HTMX = {"headers": {"HX-Request": "true"}}


def make_sleepless() -> World:
    """Save a location that never closes, with its seller."""
    world = make_world()
    OpeningHours.objects.update(opens_at=time(0), closes_at=END_OF_DAY)
    OpeningHours.objects.create(location=world.location, weekday=6, opens_at=time(0), closes_at=END_OF_DAY)
    world.location.visits_from = THURSDAY
    world.location.save()
    make_seller(location=world.location)
    return world


@pytest.fixture(scope="module")
def making() -> Callable[[], World]:
    return make_sleepless


def words(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", text_of(answer.content.decode()))


def ordered(client: Client, world: World, **typed: Any) -> tuple[Order, Ticket]:
    """Order Thursday from 20 to 24 by invoice, as it is typed in a hurry."""
    typed = {"day": "26.11 20-24", "start": None, "end": None, "payment_method": "invoice", **typed}
    answer = client.post(NEW, world.filled(**typed))
    assert answer.status_code == 302, text_of(answer.content.decode())
    ticket = Ticket.objects.latest("number")
    return Order.objects.get(lines__ticket=ticket, lines__kind="tariff"), ticket


def test_what_is_typed_until_24_is_understood_shown_and_kept(
    client: Client, world: World, clock: time_machine.Coordinates
) -> None:
    for end in ("24", "00:00"):
        page = client.post(f"{NEW}availability/", world.filled(day="26.11", start="20", end=end), **HTMX)
        assert "чт, 26 ноября, 20:00–24:00 · открыто круглосуточно" in words(page)
    before = saved_rows()
    for start, end, sentence in (
        ("24", "24", "Укажите время, например 14:00."),
        ("22", "2", "Окончание должно быть позже начала."),
    ):
        refused = client.post(NEW, world.filled(day="26.11", start=start, end=end))
        assert refused.status_code == 422
        assert sentence in text_of(refused.content.decode())
        assert (read(refused).values["start"], read(refused).values["end"]) == ([start], [end])
    assert saved_rows() == before


def test_an_order_until_24_says_so_wherever_it_is_told(
    client: Client, world: World, clock: time_machine.Coordinates
) -> None:
    order, ticket = ordered(client, world)
    assert (ticket.period, order.total) == (hours("20", "24", THURSDAY), 1350)
    for page in (page_of(order), "/manage/orders/", "/manage/coworking/tickets/"):
        assert "26.11.2026 20:00–24:00" in words(client.get(page))
    buyer = {"name": "АО «Север»", "inn": "7810000001", "kpp": "781001001", "address": "Невский, 1"}
    assert_done(client, order, "invoices/new/", {**buyer, "pay_by": "2026-11-25"})
    assert "20:00–24:00" in str(order.invoices.get().contents["lines"])
    letters = {kind: compose(Message.objects.get(order=order, kind=kind)).body for kind in ("created", "tickets")}
    assert "чт, 26\u00a0ноября, 20:00–24:00" in letters["created"]
    assert "26.11.2026 20:00–24:00" in letters["tickets"]
    client.force_login(world.visitor)
    assert "26.11.2026 20:00–24:00" in words(client.get("/my/bookings/"))
    paper = pypdf.PdfReader(io.BytesIO(client.get(f"/my/bookings/{ticket.pk}/print/").content)).pages[0]
    assert "четверг, 26 ноября 2026 г., 20:00–24:00" in " ".join(paper.extract_text().split())


def test_a_deadline_at_midnight_is_the_end_of_the_day_before(
    client: Client, world: World, clock: time_machine.Coordinates, settings: Any
) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    night = {"day": "25.11", "start": "0", "end": "2", "payment_method": "online"}
    assert "Срок оплаты: сегодня в 24:00" in words(client.post(f"{NEW}quote/", world.filled(**night), **HTMX))
    order, _ticket = ordered(client, world, **night)
    assert order.deadline_at == moment("2026-11-25 00:00")
    page = words(client.get(f"{page_of(order)}?created=1"))
    assert ("Место держим до 24:00" in page, "срок: сегодня в 24:00" in page) == (True, True)
    assert "ближайший срок сегодня в 24:00" in words(client.get("/manage/money/"))
    assert "срок: 24\u00a0ноября\u00a0в\u00a024:00" in compose(Message.objects.get(order=order, kind="created")).body


def test_the_calendar_has_24_hours_and_moves_an_evening_to_its_end(
    client: Client, world: World, clock: time_machine.Coordinates
) -> None:
    order, ticket = ordered(client, world)
    day = client.get(CALENDAR, {"day": "26.11"}).content.decode()
    assert 'class="board n96"' in day
    assert re.search(rf'class="s80 w16"><a class="bar"[^>]*;ticket={ticket.pk}"', day)
    assert "Орлова Мария 20:00–24:00, активен" in words(client.get(CALENDAR, {"day": "26.11"}))
    assert 'data-hours="20:00 24:00"' in client.get(f"{CALENDAR}strip/?parked={ticket.pk}").content.decode()
    move = f"{ticket.pk}|2026-11-27|22:00|24:00|{world.seat('A2').pk}"
    query = urlencode({"next": CALENDAR})
    assert "27.11.2026 22:00–24:00" in words(client.post(f"{CALENDAR}rearrange/?{query}", {"move": move}))
    saved = client.post(f"{CALENDAR}rearrange/?{query}", {"move": move, "version": ""})
    assert saved.headers["Location"] == CALENDAR
    ticket.refresh_from_db()
    assert (ticket.period, ticket.seat) == (hours("22", "24", FRIDAY), world.seat("A2"))
    assert_done(client, order, "cancel/", {"reason": "Передумали"})
    ticket.refresh_from_db()
    assert (ticket.period, ticket.status) == (hours("22", "24", FRIDAY), TicketStatus.CANCELLED)


def test_the_dialog_of_a_change_opens_with_24_and_takes_the_whole_day(
    client: Client, world: World, clock: time_machine.Coordinates
) -> None:
    order, ticket = ordered(client, world)
    world.tariff.max_units = 24
    world.tariff.save()
    address = f"{page_of(order)}tickets/{ticket.pk}/change/"
    values = next(form.values for form in read(client.get(address)).forms if form.attrs.get("action") == address)
    assert (values["start"], values["end"]) == (["20:00"], ["24:00"])
    typed = {**values, "start": "0"}
    shown = client.post(f"{address}plan/", typed, **HTMX)
    assert "26.11.2026" in words(shown)
    client.post(address, {**typed, "version": read(shown).values["version"]})
    ticket.refresh_from_db()
    assert ticket.period == hours("0", "24", THURSDAY)
    assert "весь день" in words(client.get(CALENDAR, {"day": "26.11"}))


def test_the_door_lets_in_until_24(client: Client, world: World, clock: time_machine.Coordinates) -> None:
    _order, ticket = ordered(client, world)
    clock.move_to(moment("2026-11-26 23:59"))
    client.force_login(world.manager)
    assert "Открыто круглосуточно" in words(client.get("/manage/"))
    found = client.get("/manage/check-in/", {"q": str(ticket.pk)})
    assert "действует до 24:00" in words(found)
    clock.move_to(moment("2026-11-27 00:00"))
    assert "Билет закончился вчера в 24:00." in words(client.get("/manage/check-in/", {"q": str(ticket.pk)}))
