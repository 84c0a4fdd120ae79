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
from orders.forms import new_token
from orders.models import Order, OrderStatus
from tests.factories import make_extra, make_location, make_order, make_pool, make_tariff, make_ticket, make_user
from tests.moments import THURSDAY, TUESDAY, WEDNESDAY, clock, hours, moment
from tests.orders.booking.changes import change
from tests.views.pages import Page, World, lost, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FORM = "/manage/orders/new/"
TEN, TWELVE = clock("10"), clock("12")


def order_of(world: World, **wish: Any) -> Order:
    return make_order(**{"tariff": world.tariff, "customer": world.customer, "by": world.manager, **wish})


def pick(client: Client, typed: dict[str, str]) -> Any:
    return client.post(f"{FORM}pick/", typed, headers={"HX-Request": "true"})


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
    assert f"Как в заказе {first.number}, на ближайший свободный день: ср, 2\u00a0декабря." in page.html
    assert client.post(FORM, page.values).status_code == 302
    repeated = Order.objects.latest("number")
    assert (repeated.total, repeated.period.start) == (first.total, moment("2026-12-02 10:00"))


def test_the_remaining_extras_are_carried_over(client: Client, world: World) -> None:
    other = make_extra(service=world.service, name="Локер")
    first = order_of(world, when=When(WEDNESDAY, start=TEN, end=TWELVE), extras={world.extra.pk: 1, other.pk: 1})
    change(first, by=world.manager, extras={world.extra.pk: 2})
    values = again(client, first).values
    assert {name: value for name, value in values.items() if name.startswith("extra-") and value != ["0"]} == {
        f"extra-{world.extra.pk}": ["2"]
    }


def test_the_remaining_discount_is_carried_over(client: Client, world: World) -> None:
    first = order_of(
        world,
        when=When(WEDNESDAY, start=TEN, end=TWELVE),
        discount=Discount(Decimal(100), is_percent=False),
        discount_reason="Давний заказчик",
    )
    change(first, by=world.manager, when=When(WEDNESDAY, start=TEN, end=clock("11")))
    assert again(client, first).values["discount"] == ["50.00"]


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


def test_for_a_single_day_only_the_first_is_filled_in(client: Client, world: World) -> None:
    daily = make_tariff(service=world.service, unit=Unit.DAY, name="День", price="1200", position=2)
    first = order_of(world, tariff=daily, when=When(WEDNESDAY, last_day=WEDNESDAY))
    assert not lost(again(client, first).values, {"day": "2026-12-02", "last_day": ""})


def test_an_order_of_another_location_is_not_found(client: Client, world: World) -> None:
    elsewhere = make_order(tariff=make_tariff(service=make_pool(location=make_location())))
    for number in (elsewhere.number, 10**17):
        assert client.get(FORM, {"like": number}).status_code == 404


def test_the_last_booking_of_a_customer_is_offered_until_a_service_is_chosen(client: Client, world: World) -> None:
    tenth = When(WEDNESDAY, start=TEN, end=TWELVE)
    last = order_of(world, when=tenth, payment_method="invoice")
    given_up = order_of(world, when=When(THURSDAY, start=TEN, end=TWELVE))
    Order.objects.filter(pk=given_up.pk).update(status=OrderStatus.CANCELLED)
    order_of(world, when=When(THURSDAY, start=TEN, end=TWELVE), customer=make_user())
    chosen = {"action": f"pick:customer:{world.key(world.customer)}"}
    offer = {"type": "submit", "value": f"like:{last.number}"}

    [button] = [one for one in read(pick(client, chosen)).attrs_of("button", type="submit") if "like" in one["value"]]
    assert button.items() >= offer.items()
    assert not read(pick(client, chosen | {"service": str(world.service.pk)})).attrs_of("button", **offer)
    Order.objects.filter(pk=last.pk).update(ticket_count=2, booking_count=2)
    assert not read(pick(client, chosen)).attrs_of("button", **offer)


def test_an_order_like_the_last_keeps_the_contacts_that_were_typed(client: Client, world: World) -> None:
    last = order_of(world, when=When(WEDNESDAY, start=TEN, end=TWELVE), payment_method="invoice")
    contacts = {"phone": "8 921 555-44-33", "email": "new@example.com", "token": new_token()}
    page = read(client.post(FORM, {"action": f"like:{last.number}", "customer": world.key(world.customer), **contacts}))
    booked = {"service": world.service.pk, "day": "2026-12-02", "start": "10:00", "payment_method": "invoice"}
    assert not lost(page.values, {**contacts, **booked})
    assert "autofocus" in page.attrs_of("input", id="day")[0]

    stranger = {"action": f"like:{last.number}", "customer": world.key(world.visitor), **contacts}
    assert read(client.post(FORM, stranger)).values["email"] == [world.customer.email]
    assert client.post(FORM, {"action": "like:999999"}).status_code == 404
