"""The month below a day field."""

from typing import Any

import pytest
from django.test import Client

from tests.factories import make_ticket
from tests.moments import FRIDAY, hours
from tests.views.pages import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def days(html: str) -> dict[str, str]:
    """Return the text about each day, by its number."""
    found = {}
    for chunk in html.split('data-iso="')[1:]:
        state = chunk.partition("</button>")[0].partition('data-state="')[2].partition('"')[0]
        found[chunk[:10]] = state
    return found


def is_chosen(html: str, day: str) -> bool:
    """Return whether this day alone is pressed, and the stop of the Tab key."""
    button = " ".join(html.partition(f'data-iso="{day}"')[2].partition(">")[0].split())
    return button.startswith('tabindex="0" aria-pressed="true"') and html.count('aria-pressed="true"') == 1


def of_form(client: Client, typed: dict[str, Any], **asked: str) -> str:
    return client.post("/manage/orders/new/month/", {**typed, "field": "day", **asked}).content.decode()


def test_the_month_of_the_order_form_tells_which_days_are_free(client: Client, world: World) -> None:
    for seat in world.service.seats.all():
        make_ticket(service=world.service, seat=seat, period=hours("10", "12", FRIDAY))
    html = of_form(client, world.filled(day="24.11.2026", start="10:00", end="12:00", seats=[]), shown="сб 10-12")
    found = days(html)
    assert len(found) == 30
    assert (found["2026-11-23"], found["2026-11-26"], found["2026-11-27"]) == ("shut", "free", "full")
    assert "Пятница, 27\u00a0ноября, всё занято" in html
    assert html.count('aria-pressed="true"') == 1
    assert 'data-iso="2026-11-28" tabindex="0" aria-pressed="true"' in " ".join(html.split())


@pytest.mark.parametrize("changes", [{"service": ""}, {"places": "0"}, {"start": "junk"}, {"day": "junk"}], ids=str)
def test_a_half_filled_form_gets_a_month(client: Client, world: World, changes: dict[str, str]) -> None:
    assert len(days(of_form(client, world.filled(**changes), on="2027-02-15"))) == 28


def test_any_other_field_gets_a_plain_month(client: Client, world: World) -> None:
    assert set(days(of_form(client, world.filled(), field="until")).values()) == {""}
    html = client.get("/manage/month/", {"shown": "пт", "is_past": "past"}).content.decode()
    assert set(days(html).values()) == {""}
    assert 'data-iso="2026-11-20" tabindex="0" aria-pressed="true"' in " ".join(html.split())


@pytest.mark.parametrize(("on", "month"), [("9999-12-31", "2036-11"), ("0001-01-01", "2016-11"), ("junk", "2026-11")])
def test_a_month_nobody_can_book_is_not_shown(client: Client, world: World, on: str, month: str) -> None:
    found = days(client.get("/manage/month/", {"on": on}).content.decode())
    assert {day[:7] for day in found} == {month}
