"""Blocking and lifting from the calendar."""

from datetime import time
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from coworking.domain.rules import When
from coworking.models import Block, Ticket
from olvery.shared.periods import local_day
from orders.domain.booking.transitions import tickets_of
from orders.models import Order
from tests.factories import make_block, make_location, make_order, make_pool, make_seats, make_tariff, make_ticket
from tests.html import text_of
from tests.moments import MOSCOW, NOW, THURSDAY, TUESDAY, WEDNESDAY, hours
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

NEW, LIFT = "/manage/coworking/blocks/new/", "/manage/coworking/blocks/lift/"
CALENDAR = "/manage/coworking/calendar/?view=day&day=2026-11-25"


def send(client: Client, **fields: Any) -> Any:
    values = {"reason": "Ремонт", "day": "25.11", **fields}
    return client.post(f"{NEW}?next={quote(CALENDAR)}", values)


def blocked() -> list[tuple[str, Any, int, str]]:
    blocks = Block.objects.select_related("seat", "service").order_by("pk")
    return [(one.seat.label if one.seat else one.service.name, one.period, one.places, one.reason) for one in blocks]


def test_hours_of_several_days_on_seats_and_a_pool(client: Client, world: World) -> None:
    pool = make_pool(location=world.location, name="Опенспейс", capacity=5)
    targets = [f"seat-{world.seat('A2').pk}", f"service-{pool.pk}"]
    answer = send(client, targets=targets, last_day="26.11", start="10", end="12", places="3")
    assert answer.headers["Location"] == CALENDAR
    days = (hours("10", "12"), hours("10", "12", THURSDAY))
    assert blocked() == [
        *(("Опенспейс", period, 3, "Ремонт") for period in days),
        *(("A2", period, 1, "Ремонт") for period in days),
    ]
    block = Block.objects.earliest("pk")
    assert (block.created_by, block.created_at) == (world.manager, NOW)
    page = text_of(client.get(CALENDAR).content.decode())
    assert "Создано 4 блокировки" in page


def test_hours_until_the_end_of_each_day(client: Client, world: World) -> None:
    send(client, targets=[f"seat-{world.seat('A2').pk}"], last_day="26.11", start="20", end="24")
    assert blocked() == [("A2", hours("20", "24", day), 1, "Ремонт") for day in (WEDNESDAY, THURSDAY)]
    assert "Ремонт 20:00–24:00" in " ".join(text_of(client.get(CALENDAR).content.decode()).split())


def test_the_whole_location_for_whole_days(client: Client, world: World) -> None:
    pool = make_pool(location=world.location, name="Опенспейс", capacity=5, position=1)
    send(client, targets=["location", f"seat-{world.seat('A2').pk}"])
    day = local_day(WEDNESDAY, MOSCOW)
    assert blocked() == [(world.service.name, day, 1, "Ремонт"), (pool.name, day, 5, "Ремонт")]


def test_who_is_there_is_said_and_nothing_is_blocked(client: Client, world: World) -> None:
    make_ticket(service=world.service, seat=world.seat(), period=hours("10", "12"), visitor=world.visitor)
    answer = send(client, targets=[f"service-{world.service.pk}"])
    assert answer.status_code == 422
    assert "Уже забронировано: A1, Орлова Мария, 25.11.2026 10:00–12:00." in text_of(answer.content.decode())
    assert blocked() == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"targets": []}, "Выберите, что заблокировать."),
        ({"reason": ""}, "Напишите причину."),
        ({"last_day": "24.11"}, "Дата окончания раньше даты начала, исправьте одну из них."),
        ({"last_day": "25.03.2027"}, "Блокировка — не дольше двух месяцев."),
        ({"start": "10"}, "Укажите оба часа или ни одного для целых дней."),
        ({"start": "12", "end": "10"}, "Окончание должно быть позже начала."),
        ({"targets": ["seat-999999"]}, "Выберите, что заблокировать."),
    ],
)
def test_what_is_wrong_is_said(client: Client, world: World, changes: dict[str, Any], sentence: str) -> None:
    answer = send(client, **{"targets": [f"seat-{world.seat().pk}"], **changes})
    assert answer.status_code == 422
    assert sentence in text_of(answer.content.decode())
    assert blocked() == []


def test_seats_of_another_location_cannot_be_blocked(client: Client, world: World) -> None:
    foreign = make_seats(location=make_location())
    for target in (f"seat-{foreign.seats.earliest('pk').pk}", f"service-{foreign.pk}"):
        assert send(client, targets=[target]).status_code == 422
    assert blocked() == []


def test_a_blocked_bar_leads_to_lifting_several_at_once(client: Client, world: World) -> None:
    own = {"service": world.service, "period": hours("10", "12"), "created_by": world.manager}
    blocks = [make_block(**own, seat=world.seat(label)) for label in ("A1", "A2", "A3")]  # type: ignore[arg-type]
    link = next(link for link in read(client.get(CALENDAR)).links() if f"block={blocks[0].pk}&" in link)
    form = client.get(link)
    assert read(form).forms[-2].values["blocks"] == [str(blocks[0].pk)]
    answer = client.post(link, {"blocks": [blocks[0].pk, blocks[2].pk]})
    assert answer.headers["Location"] == CALENDAR
    assert list(Block.objects.standing()) == [blocks[1]]
    assert set(Block.objects.exclude(lifted_at=None).values_list("lifted_by", "lifted_at")) == {(world.manager.pk, NOW)}
    assert client.post(link, {"blocks": [blocks[0].pk]}).status_code == 422


def test_blocks_of_another_location_are_not_lifted(client: Client, world: World) -> None:
    foreign = make_block(service=make_seats(location=make_location()), period=hours("10", "12"))
    assert client.post(f"{LIFT}?day=25.11", {"blocks": [foreign.pk]}).status_code == 422
    assert Block.objects.standing().count() == 1


def test_a_way_back_that_leaves_the_calendar_is_not_taken(client: Client, world: World) -> None:
    usual = read(client.get(NEW)).links()
    for next_url in ("https://example.com/", "/manage/orders/", "//example.com"):
        assert read(client.get(f"{NEW}?next={quote(next_url)}")).links() == usual
    back = f"{CALENDAR}?day=25.11"
    assert back in read(client.get(f"{NEW}?next={quote(back)}")).links()


def test_an_open_block_leads_to_the_form_which_asks_for_a_reason(client: Client, world: World) -> None:
    send(client, targets=[f"seat-{world.seat().pk}"], start="09", end="15", is_open_to_managers="on")
    block = Block.objects.get()
    bar = next(link for link in read(client.get(CALENDAR)).links() if f"block={block.pk}&" in link)
    link = next(link for link in read(client.get(bar)).links() if link.startswith("/manage/orders/new/"))
    assert f"seats={world.seat().pk}" in link
    page = client.get(f"{link}&end=12:00")
    said = "Место A1 заблокировано, 25.11.2026 09:00–15:00: Ремонт."
    assert said in text_of(page.content.decode())
    [seat] = [label for label in read(page).attrs_of("label") if label.get("title", "").startswith("A1, ")]
    assert (seat["title"], "data-clash" in seat) == ("A1, заблокировано", False)
    values = world.filled(start="09:00", over=read(page).values["over"])
    asked = client.post("/manage/orders/new/", values)
    assert asked.status_code == 422
    assert f"{said} Укажите причину отступления или выберите другое время." in text_of(asked.content.decode())
    assert read(asked).attrs_of("input", name="override_reason")[0]["aria-describedby"] == "override_reason_error"
    assert not Ticket.objects.exists()
    answer = client.post("/manage/orders/new/", {**values, "override_reason": "Гости директора"})
    assert (answer.status_code, Ticket.objects.get().over_block) == (302, block)
    order = text_of(client.get(f"/manage/orders/{Order.objects.get().pk}/").content.decode())
    assert "Оформлено поверх блокировки" in order
    assert said in order
    assert "Гости директора" in order


def test_a_block_that_nobody_may_order_over_leads_to_lifting_alone(client: Client, world: World) -> None:
    block = make_block(service=world.service, seat=world.seat(), period=hours("9", "15"))
    whole = make_block(service=world.service, period=hours("16", "18"), is_open_to_managers=True)
    answer = client.get(f"{LIFT}?day=25.11&block={block.pk}")
    assert not [link for link in read(answer).links() if link.startswith("/manage/orders/new/")]
    seated = client.get(f"{LIFT}?day=25.11&block={whole.pk}&seat={world.seat('A2').pk}")
    [link] = [link for link in read(seated).links() if link.startswith("/manage/orders/new/")]
    assert f"seats={world.seat('A2').pk}&over={whole.pk}&day=2026-11-25&start=16%3A00" in link


def test_an_open_block_of_a_pool_leads_to_the_form_which_takes_its_places(client: Client, world: World) -> None:
    pool = make_pool(location=world.location, name="Опенспейс", capacity=5)
    tariff = make_tariff(service=pool)
    send(client, targets=[f"service-{pool.pk}"], start="09", end="15", places="5", is_open_to_managers="on")
    block = Block.objects.get()
    assert "5 мест, 09:00–15:00, можно оформить поверх" in text_of(client.get(CALENDAR).content.decode())
    bar = next(link for link in read(client.get(CALENDAR)).links() if f"block={block.pk}&" in link)
    link = next(link for link in read(client.get(bar)).links() if link.startswith("/manage/orders/new/"))
    page = client.get(f"{link}&end=12:00")
    said = "1 место из заблокированных, 25.11.2026 09:00–15:00: Ремонт."
    assert said in text_of(page.content.decode())
    chosen = {"service": pool.pk, "tariff": tariff.pk, "seats": None, f"extra-{world.extra.pk}": None}
    values = world.filled(**chosen, start="09:00", over=read(page).values["over"])
    assert client.post("/manage/orders/new/", values).status_code == 422
    assert not Ticket.objects.exists()
    answer = client.post("/manage/orders/new/", {**values, "override_reason": "Гости директора"})
    assert (answer.status_code, Ticket.objects.get().over_block) == (302, block)
    order = text_of(client.get(f"/manage/orders/{Order.objects.get().pk}/").content.decode())
    assert "Оформлено поверх блокировки" in order
    assert said in order


def test_who_lies_over_a_block_is_marked_on_the_board_the_card_and_the_sheet_until_moved_away(
    client: Client, world: World
) -> None:
    period = hours("14", "16", TUESDAY)
    block = make_block(
        service=world.service, seat=world.seat("A1"), period=hours("12", "18", TUESDAY), is_open_to_managers=True
    )
    order = make_order(
        tariff=world.tariff,
        by=world.manager,
        when=When(day=TUESDAY, start=time(14), end=time(16)),
        seat_ids=(world.seat("A1").pk,),
        over_block_id=block.pk,
        override_reason="Гости",
    )
    number = tickets_of(order)[0]
    board = f"/manage/coworking/calendar/?day={TUESDAY}&ticket={number}"

    def marks() -> tuple[int, list[bool]]:
        pages = [client.get(url).content.decode() for url in (board, "/manage/day-sheet/")]
        texts = [text_of(page) for page in pages]
        return pages[0].count("data-over"), [
            "14:00–16:00, активен, не оплачен, поверх блокировки" in texts[0],
            "Поверх блокировки" in texts[0],
            "поверх блокировки: Ремонт" in texts[1],
        ]

    assert Ticket.objects.get().period == period
    assert marks() == (1, [True, True, True])
    Ticket.objects.update(seat=world.seat("A2"))
    assert marks() == (0, [False, False, False])
