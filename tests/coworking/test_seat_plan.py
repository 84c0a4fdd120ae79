"""The plan of a service: seats, tables and walls are saved together, and sold seats cannot be removed."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from coworking.domain import seat_plan
from coworking.domain.in_the_way import TicketsInTheWay
from coworking.domain.settings_history import Change, ChangedMeanwhile, Row
from coworking.models import PlanItem, Seat, Section, Service, SettingsEvent
from tests.factories import make_seats, make_ticket, make_user, seat_of
from tests.moments import NOW, hours

pytestmark = pytest.mark.django_db

TABLE = {"kind": "table", "text": "", "x": 12, "y": 10, "width": 14, "height": 2, "turn": 0}


def change(seen: int = 0) -> Change:
    return Change(section=Section.SEATS, seen=seen, by=make_user(), at=NOW)


def save(service: Service, seats: list[Row], items: list[Row] | None = None, seen: int = 0) -> int:
    return seat_plan.save_plan(service.pk, change(seen), seats=seats, items=items or [])


def stored() -> list[list[dict[str, Any]]]:
    models = (Seat, PlanItem, SettingsEvent)
    return [list(model.objects.order_by("pk").values()) for model in models]  # type: ignore[attr-defined]


def history() -> list[tuple[str, ...]]:
    return list(SettingsEvent.objects.order_by("pk").values_list("section", "subject", "field", "old", "new"))


def test_what_is_moved_is_one_event_and_what_is_new_is_named() -> None:
    service = make_seats(labels=["A1", "A2"])
    first, second = (seat_of(service, label).pk for label in ("A1", "A2"))
    seats = [
        Row(first, {"label": "A1", "x": 5, "y": 6, "turn": 0, "is_active": True}),
        Row(second, {"label": "A2", "x": 10, "y": 6, "turn": 15, "is_active": True}),
        Row(None, {"label": "A3", "x": 15, "y": 6, "turn": 0, "is_active": True, "position": 9}),
    ]
    assert save(service, seats, [Row(None, TABLE)]) == 3
    spots = list(service.seats.order_by("label").values_list("label", "x", "y", "turn", "position"))
    assert spots == [("A1", 5, 6, 0, 0), ("A2", 10, 6, 15, 1), ("A3", 15, 6, 0, 9)]
    assert PlanItem.objects.filter(**TABLE, service=service).exists()
    assert history() == [
        ("seats", "A3", "", "", "A3"),
        ("seats", "Стол", "", "", "Стол"),
        (
            "seats",
            "A1, A2",
            "plan",
            "A1 x ; A1 y ; A2 x ; A2 y ; A2 turn 0",
            "A1 x 5; A1 y 6; A2 x 10; A2 y 6; A2 turn 15",
        ),
    ]


def test_two_seats_exchange_their_numbers() -> None:
    service = make_seats(labels=["A1", "A2"])
    first, second = (seat_of(service, label).pk for label in ("A1", "A2"))
    assert save(service, [Row(first, {"label": "A2"}), Row(second, {"label": "A1"})]) == 2
    assert dict(service.seats.values_list("pk", "label")) == {first: "A2", second: "A1"}


def test_an_item_is_moved_or_removed() -> None:
    service = make_seats()
    kept, gone = (PlanItem.objects.create(service=service, **TABLE) for _ in range(2))
    rows = [Row(kept.pk, {**TABLE, "x": 30, "text": "Кухня"}), Row(gone.pk, {}, is_removed=True)]
    save(service, [], rows)
    assert list(PlanItem.objects.values_list("pk", "x", "text")) == [(kept.pk, 30, "Кухня")]
    assert [event[2:] for event in history()] == [
        ("", "Стол", ""),
        ("plan", "Стол text ; Стол x 12", "Стол text Кухня; Стол x 30"),
    ]


def test_a_seat_that_is_sold_stays_and_with_it_the_whole_plan() -> None:
    service = make_seats(labels=["A1", "A2"])
    sold, free = (seat_of(service, label) for label in ("A1", "A2"))
    ticket = make_ticket(service=service, seat=sold, period=hours("10", "12"))
    before = stored()
    with pytest.raises(TicketsInTheWay) as refused:
        save(service, [Row(free.pk, {"x": 5, "y": 5}), Row(sold.pk, {"is_active": False})], [Row(None, TABLE)])
    assert (refused.value.facts["tickets"], stored()) == ([ticket], before)
    assert seat_plan.sold_ahead(service, NOW) == {sold.pk}
    assert save(service, [Row(free.pk, {"is_active": False})]) == 1


def test_who_has_not_seen_the_last_change_is_told_and_changes_nothing() -> None:
    service = make_seats(labels=["A1"])
    seat = seat_of(service, "A1").pk
    save(service, [Row(seat, {"x": 5, "y": 5})])
    before, seen = stored(), SettingsEvent.objects.get().pk
    with pytest.raises(ChangedMeanwhile):
        save(service, [Row(seat, {"x": 9, "y": 9})], [Row(None, TABLE)])
    assert stored() == before
    assert save(service, [Row(seat, {"x": 9, "y": 9})], seen=seen) == 1


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"x": 5, "y": None}, "seat_stands_on_the_plan"),
        ({"x": 1, "y": 5}, "seat_stands_on_the_plan"),
        ({"x": 82, "y": 61}, "seat_stands_on_the_plan"),
        ({"turn": 20}, "seat_turned_by_steps"),
    ],
)
def test_the_database_keeps_seats_on_the_plan(values: dict[str, Any], constraint: str) -> None:
    service = make_seats(labels=["A1"])
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        service.seats.update(**values)


def test_seats_without_a_spot_are_offered_one_at_both_sides_of_their_table() -> None:
    tables = [1] * 7 + [2]
    service = make_seats(labels=[f"A{number}" for number in range(8)], tables=tables)
    Seat.objects.filter(label="A6").update(x=40, y=40)
    spots = seat_plan.offered_spots(service.seats.order_by("table", "position"))
    assert [spots.get(seat.pk) for seat in service.seats.order_by("position")] == [
        (5, 5, 0),
        (10, 5, 0),
        (15, 5, 0),
        (5, 12, 180),
        (10, 12, 180),
        (15, 12, 180),
        None,
        (23, 5, 0),
    ]
    many = [Seat(pk=number, table=number, label=str(number)) for number in range(100)]
    offered = seat_plan.offered_spots(many)
    assert 0 < len(offered) < 100
    assert all(2 <= x <= 82 and 2 <= y <= 60 for x, y, _turn in offered.values())
