"""«Повторить»: an order like an earlier one."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from coworking.domain.rules import When
from coworking.models import Extra, Service, Tariff, Unit
from orders.domain.booking.pricing import Discount
from orders.domain.booking.wish import Repeat
from orders.models import Order
from tests.factories import make_extra, make_location, make_order, make_pool, make_tariff, make_ticket
from tests.moments import THURSDAY, TUESDAY, WEDNESDAY, clock, hours, moment
from tests.orders.booking.changes import change
from tests.views.pages import Page, World, lost, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FORM = "/manage/orders/new/"
TEN, TWELVE = clock("10"), clock("12")


def order_of(world: World, **wish: Any) -> Order:
    return make_order(**{"tariff": world.tariff, "customer": world.customer, "by": world.manager, **wish})


def again(client: Client, order: Order) -> Page:
    return read(client.get(FORM, {"like": order.number}))


def test_everything_is_carried_over_to_the_same_weekday(client: Client, world: World) -> None:
    first = order_of(
        world,
        when=When(WEDNESDAY, start=TEN, end=TWELVE),
        visitor_ids=(None, world.visitor.pk),
        seat_ids=(world.seat("A2").pk, world.seat("A3").pk),
        extras={world.extra.pk: 2},
        discount=Discount(Decimal(10), is_percent=True),
        discount_reason="Давний заказчик",
        payment_method="invoice",
    )
    make_ticket(service=world.service, seat=world.seat("A2"), period=hours("11", "13", date(2026, 12, 2)))
    page = again(client, first)
    assert not lost(
        page.values,
        {
            "customer": world.key(world.customer),
            "service": world.service.pk,
            "tariff": world.tariff.pk,
            "day": "2026-12-02",
            "start": "10:00",
            "end": "12:00",
            "places": "2",
            "visitor-0": "",
            "visitor-1": world.key(world.visitor),
            "visitor-1-q": world.visitor.full_name,
            f"extra-{world.extra.pk}": "2",
            "discount": "10\u00a0%",
            "discount_reason": "Давний заказчик",
            "payment_method": "invoice",
        },
    )
    assert page.values["seats"] == [str(world.seat("A3").pk)]
    assert f"Как в заказе {first.number}, на ближайший свободный день: ср, 2 декабря." in page.html
    assert client.post(FORM, page.values).status_code == 302
    repeated = Order.objects.latest("number")
    assert (repeated.total, repeated.period.start) == (first.total, moment("2026-12-02 10:00"))


def test_of_the_extras_what_changes_have_left_of_them_is_carried_over(client: Client, world: World) -> None:
    other = make_extra(service=world.service, name="Локер")
    first = order_of(world, when=When(WEDNESDAY, start=TEN, end=TWELVE), extras={world.extra.pk: 1, other.pk: 1})
    change(first, by=world.manager, extras={world.extra.pk: 2})
    values = again(client, first).values
    assert {name: value for name, value in values.items() if name.startswith("extra-") and value != ["0"]} == {
        f"extra-{world.extra.pk}": ["2"]
    }


def test_a_full_day_is_passed_over_for_the_next_week(client: Client, world: World) -> None:
    pool = make_pool(location=world.location, capacity=1)
    first = order_of(world, tariff=make_tariff(service=pool), when=When(WEDNESDAY, start=TEN, end=TWELVE))
    make_ticket(service=pool, period=hours("08", "21", date(2026, 12, 2)))
    assert again(client, first).values["day"] == ["2026-12-09"]
    Service.objects.filter(pk=pool.pk).update(horizon_days=5)
    page = again(client, first)
    assert page.values["day"] == ["2026-12-02"]
    assert "но мест тогда нет" in page.html


def test_a_week_begins_when_the_last_one_has_ended(client: Client, world: World) -> None:
    weekly = make_tariff(service=world.service, unit=Unit.WEEK)
    first = order_of(world, tariff=weekly, when=When(WEDNESDAY, units=2))
    assert not lost(again(client, first).values, {"day": "2026-12-09", "units": "2", "tariff": weekly.pk})


def test_a_series_moves_as_a_whole(client: Client, world: World) -> None:
    series = Repeat(weekdays=frozenset({1, 3}), until=date(2026, 12, 3))
    first = order_of(world, when=When(TUESDAY, start=TEN, end=TWELVE), repeat=series)
    assert first.ticket_count == 4
    values = again(client, first).values
    assert not lost(values, {"day": "2026-12-01", "weekdays": ["1", "3"], "until": "2026-12-10", "parts": "1"})


def test_what_is_not_on_sale_is_named_and_left_out(client: Client, world: World) -> None:
    first = order_of(world, when=When(THURSDAY, start=TEN, end=TWELVE), extras={world.extra.pk: 1})
    Extra.objects.update(is_active=False)
    Service.objects.filter(pk=world.service.pk).update(payment_methods=["invoice"])
    page = again(client, first)
    assert f"Не перенесено, сейчас не продаётся: {world.extra.name}, На месте." in page.html
    assert page.values["payment_method"] == ["invoice"]
    Tariff.objects.update(is_active=False)
    page = again(client, first)
    assert f"Из заказа {first.number} сейчас ничего не продаётся." in page.html
    assert not lost(page.values, {"customer": world.key(world.customer), "day": "2026-11-24"})


def test_an_order_of_another_location_is_not_found(client: Client, world: World) -> None:
    elsewhere = make_order(tariff=make_tariff(service=make_pool(location=make_location())))
    for number in (elsewhere.number, 10**17):
        assert client.get(FORM, {"like": number}).status_code == 404
