"""Changes of a ticket in words, as history and letters tell them."""

from typing import Any

import pytest

from coworking.models import TicketStatus
from orders.wording_changes import differences, ticket_texts
from tests.moments import MOSCOW

HELD: dict[str, Any] = {
    "service_name": "Тихая зона",
    "tariff_name": "Час",
    "start": "2026-11-25T07:00:00+00:00",
    "end": "2026-11-25T09:00:00+00:00",
    "seat_label": "А1",
    "visitor_name": "Петров Иван",
    "status": "held",
}


def changed(**after: str) -> dict[str, Any]:
    return {"number": 20001, "before": HELD, "after": HELD | after, "extras": []}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (changed(status="cancelled"), "Билет 20001: отменён"),
        (changed(seat_label="А2"), "Билет 20001: место А1 → А2"),
        (changed(seat_label=""), "Билет 20001: место А1 → —"),
        (
            changed(end="2026-11-25T10:00:00+00:00", visitor_name="Орлова Мария"),
            "Билет 20001: время 25.11.2026 10:00–12:00 → 25.11.2026 10:00–13:00, посетитель Петров Иван → Орлова Мария",
        ),
        (changed() | {"extras": [{"name": "Локер", "before": 1, "after": 3}]}, "Билет 20001: Локер 1 → 3"),
    ],
)
def test_a_changed_ticket_is_told_as_people_would_write_it(told: dict[str, Any], said: str) -> None:
    assert ticket_texts([told], MOSCOW) == [said]


@pytest.mark.parametrize("status", [TicketStatus.HELD, TicketStatus.ACTIVE])
def test_a_ticket_that_is_back_is_valid_again_whether_it_is_paid_or_not(status: TicketStatus) -> None:
    undone = {"number": 20001, "before": HELD | {"status": "cancelled"}, "after": HELD | {"status": status}}
    assert ticket_texts([undone], MOSCOW) == ["Билет 20001: снова действителен"]


def test_a_preview_shows_both_states_of_a_ticket_in_one_form() -> None:
    [status] = differences(HELD, HELD | {"status": "cancelled"}, MOSCOW)
    assert (status.name, status.old, status.new) == ("статус", "действителен", "отменён")


def test_a_payment_of_held_tickets_is_no_difference() -> None:
    assert differences(HELD, HELD | {"status": "active"}, MOSCOW) == []
