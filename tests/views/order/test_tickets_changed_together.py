"""Several tickets of an order are changed together."""

from datetime import timedelta

import pytest
from django.test import Client

from coworking.domain.rules import When
from coworking.models import Ticket
from orders.domain.booking.wish import Repeat
from orders.forms_people import key_of
from orders.models import Order
from tests.factories import (
    make_booking_wish,
    make_order,
    make_tariff,
    make_user,
)
from tests.moments import MOSCOW, THURSDAY, WEDNESDAY, hours
from tests.snapshots import saved_rows
from tests.views.order.test_ticket_change import staff as staff  # noqa: PLC0414 - fixtures
from tests.views.order.test_ticket_change import values_in
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def series(world: World) -> Order:
    """Three Wednesdays and Thursdays, 10 to 12, 600 ₽ each."""
    repeat = Repeat(weekdays=frozenset({2, 3}), until=WEDNESDAY + timedelta(days=7))
    return make_order(tariff=world.tariff, by=world.manager, repeat=repeat)


def test_the_rest_of_a_series_begins_an_hour_later(staff: Client, series: Order) -> None:
    second = Ticket.objects.order_by("pk")[1]
    url = f"/manage/orders/{series.pk}/tickets/{second.pk}/change/"
    values = {**values_in(staff.get(url)), "start": "11:00", "end": "13:00", "scope": "later"}
    page = staff.post(url, {**values, "look": "1"})
    assert staff.post(url, values_in(page)).status_code == 302
    periods = [ticket.period for ticket in Ticket.objects.order_by("pk")]
    assert periods == [
        hours("10", "12"),
        hours("11", "13", THURSDAY),
        hours("11", "13", WEDNESDAY + timedelta(days=7)),
    ]
    series.refresh_from_db()
    assert (series.total, series.ticket_count, series.booking_count) == (1800, 3, 3)


def test_one_date_of_a_series_is_cancelled(staff: Client, series: Order) -> None:
    first, second, _third = Ticket.objects.order_by("pk")
    url = f"/manage/orders/{series.pk}/tickets/{first.pk}/change/"
    page = staff.post(url, {**values_in(staff.get(url)), "is_cancelled": "on", "look": "1"})
    assert staff.post(url, values_in(page)).status_code == 302
    assert list(Ticket.objects.order_by("pk").values_list("status", flat=True)) == ["cancelled", "active", "active"]
    series.refresh_from_db()
    assert (series.total, series.ticket_count, series.period.start) == (1200, 2, second.period.start)


def test_the_last_ticket_is_not_cancelled_without_its_order(staff: Client, series: Order) -> None:
    ticket = Ticket.objects.order_by("pk")[0]
    url = f"/manage/orders/{series.pk}/tickets/{ticket.pk}/change/"
    values = {**values_in(staff.get(url)), "is_cancelled": "on", "scope": "all"}
    before = saved_rows()
    page = staff.post(url, {**values_in(staff.post(url, {**values, "look": "1"}))})
    assert (page.status_code, saved_rows()) == (422, before)


def test_a_reason_typed_before_all_tickets_are_chosen_is_carried_to_the_cancellation(
    staff: Client, series: Order
) -> None:
    ticket = Ticket.objects.order_by("pk")[0]
    url = f"/manage/orders/{series.pk}/tickets/{ticket.pk}/change/"
    one = {**values_in(staff.get(url)), "is_cancelled": "on", "reason": "Болеет & не придёт", "look": "1"}
    cancelling = f"/manage/orders/{series.pk}/cancel/"
    assert [link for link in read(staff.post(url, one)).links() if link.startswith(cancelling)] == []
    page = read(staff.post(url, {**one, "scope": "all"}))
    [link] = [link for link in page.links() if link.startswith(cancelling)]
    before = saved_rows()
    for opened, reason in ((link, "Болеет & не придёт"), (f"{cancelling}?reason={'ы' * 999}", "ы" * 250)):
        [form] = [form for form in read(staff.get(opened)).forms if form.attrs.get("action") == cancelling]
        assert form.values["reason"] == [reason]
    assert saved_rows() == before


def test_a_range_of_a_series_ends_with_a_day(staff: Client, series: Order) -> None:
    first = Ticket.objects.order_by("pk")[0]
    url = f"/manage/orders/{series.pk}/tickets/{first.pk}/change/"
    values = {**values_in(staff.get(url)), "start": "11:00", "end": "13:00", "scope": "until"}
    before = saved_rows()
    page = staff.post(url, values)
    assert (page.status_code, "change-until_error" in read(page).ids, saved_rows()) == (422, True, before)
    page = staff.post(url, {**values, "until": str(THURSDAY), "look": "1"})
    assert staff.post(url, values_in(page)).status_code == 302
    starts = [ticket.period.start.astimezone(MOSCOW).hour for ticket in Ticket.objects.order_by("pk")]
    assert starts == [11, 11, 10]


def test_what_of_the_time_is_not_changed_stays_for_each_ticket(staff: Client, series: Order) -> None:
    first, second, _third = Ticket.objects.order_by("pk")
    url = f"/manage/orders/{series.pk}/tickets/{second.pk}/change/"
    staff.post(url, values_in(staff.post(url, {**values_in(staff.get(url)), "start": "14", "end": "17", "look": "1"})))

    url = f"/manage/orders/{series.pk}/tickets/{first.pk}/change/"
    a_week_later = {"day": str(WEDNESDAY + timedelta(days=7)), "scope": "all", "look": "1"}
    page = staff.post(url, {**values_in(staff.get(url)), **a_week_later})
    assert staff.post(url, values_in(page)).status_code == 302
    assert [ticket.period for ticket in Ticket.objects.order_by("pk")] == [
        hours("10", "12", WEDNESDAY + timedelta(days=7)),
        hours("14", "17", THURSDAY + timedelta(days=7)),
        hours("10", "12", WEDNESDAY + timedelta(days=14)),
    ]


@pytest.mark.parametrize(
    ("unit", "length", "expected"),
    [
        ("day", {}, [1, 3]),
        ("day", {"last_day": str(THURSDAY)}, [2, 2]),
        ("week", {}, [7, 21]),
        ("week", {"units": "2"}, [14, 14]),
    ],
)
def test_a_length_that_is_not_changed_stays_for_each_ticket(
    staff: Client, world: World, unit: str, length: dict[str, str], expected: list[int]
) -> None:
    tariff = make_tariff(service=world.service, unit=unit, min_units=1, max_units=5)
    later = WEDNESDAY + timedelta(days=14)
    short, long = When(WEDNESDAY), When(later, last_day=later + timedelta(days=2), units=3)
    bookings = [make_booking_wish(tariff=tariff, when=when) for when in (short, long)]
    order = make_order(tariff=tariff, by=world.manager, bookings=bookings)
    first, _second = Ticket.objects.order_by("pk")
    url = f"/manage/orders/{order.pk}/tickets/{first.pk}/change/"
    another = make_user(last_name="Орлова")
    typed = {"visitor": key_of(another.pk, viewer=world.manager), "visitor_q": "Ор", "people_for": "Ор"}
    page = staff.post(url, {**values_in(staff.get(url)), **typed, **length, "scope": "all", "look": "1"})
    assert staff.post(url, values_in(page)).status_code == 302
    there = list(Ticket.objects.order_by("pk"))
    assert [(ticket.period.end - ticket.period.start).days for ticket in there] == expected
    assert {ticket.visitor for ticket in there} == {another}
