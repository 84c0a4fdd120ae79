import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from coworking.domain.rules import BadPeriod, RuleBroken, TimeMissing, When
from coworking.domain.tickets import NoSuchSeat, SeatsTaken, SeatTaken
from coworking.models import Location, Seat, Service, Tariff
from olvery.shared.refusals import Refusal
from orders.domain.booking.booking_offer import ForeignSeat
from orders.domain.booking.offer import (
    EmailMissing,
    ForeignExtra,
    MethodRefused,
    PriceChanged,
    ReasonMissing,
    UnknownChoice,
)
from orders.domain.booking.placing import place_order
from orders.domain.booking.pricing import Discount, DiscountRefused, ExtraRefused
from orders.domain.booking.wish import Booker
from orders.models import Order, OrderEvent
from orders.wording import event_text
from tests.factories import (
    make_extra,
    make_pool,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
    make_wish,
    seat_of,
)
from tests.moments import NOW, SUNDAY, TUESDAY, WEDNESDAY, hours
from tests.orders.booking.asking import at_hours, refusals

pytestmark = pytest.mark.django_db


# Refused: records named by the form


@pytest.mark.parametrize("make", [lambda: 10**9, lambda: 10**30, lambda: make_user(is_active=False).pk])
def test_a_customer_who_is_unknown_or_switched_off(
    make: Any, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer, customer_id=make())
    assert refusals(request, location=location, by=manager) == [(UnknownChoice, "customer")]


@pytest.mark.parametrize("make", [lambda: 10**9, lambda: 10**30, lambda: make_user(is_active=False).pk])
def test_a_visitor_who_is_unknown_or_switched_off(
    make: Any, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer, visitor_ids=(None, make()))
    assert refusals(request, location=location, by=manager) == [(UnknownChoice, "visitor-1")]


def test_a_tariff_that_is_unknown(location: Location, tariff: Tariff, manager: User, customer: User) -> None:
    for tariff_id in (10**9, 10**30, -1):
        request = make_wish(tariff=tariff, customer=customer, tariff_id=tariff_id)
        assert refusals(request, location=location, by=manager) == [(UnknownChoice, "tariff")]


def test_a_service_of_another_location(location: Location, manager: User, customer: User) -> None:
    request = make_wish(tariff=make_tariff(), customer=customer)
    assert refusals(request, location=location, by=manager) == [(UnknownChoice, "tariff")]


@pytest.mark.parametrize("model", [Tariff, Service])
def test_a_tariff_or_a_service_that_is_switched_off(
    model: Any, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    model.objects.update(is_active=False)
    request = make_wish(tariff=tariff, customer=customer)
    assert refusals(request, location=location, by=manager) == [(UnknownChoice, "tariff")]


def test_an_extra_that_is_unknown_switched_off_or_of_another_service(
    location: Location, pool: Service, tariff: Tariff, manager: User, customer: User
) -> None:
    off = make_extra(service=pool, is_active=False)
    foreign = make_extra(service=make_pool(location=location))
    for extra_id in (10**9, 10**30, off.pk, foreign.pk):
        request = make_wish(tariff=tariff, customer=customer, extras={extra_id: 1})
        assert refusals(request, location=location, by=manager) == [(ForeignExtra, "extras")]


@pytest.mark.parametrize("quantity", [6, -1])
def test_a_quantity_of_an_extra_that_is_not_sold(
    quantity: int, location: Location, pool: Service, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer, extras={make_extra(service=pool).pk: quantity})
    assert refusals(request, location=location, by=manager) == [(ExtraRefused, "extras")]


def test_an_order_of_no_places(location: Location, tariff: Tariff, manager: User, customer: User) -> None:
    request = make_wish(tariff=tariff, customer=customer, visitor_ids=())
    assert [field for _kind, field in refusals(request, location=location, by=manager)] == ["places"]


# Refused: the time


@pytest.mark.parametrize(
    ("when", "kind", "field"),
    [
        (at_hours("12", "10"), BadPeriod, "end"),
        (at_hours("10", "10"), BadPeriod, "end"),
        (at_hours("10:10", "12"), BadPeriod, "start"),
        (When(day=WEDNESDAY), TimeMissing, "start"),
        (at_hours("10", "12", day=TUESDAY - timedelta(days=1)), RuleBroken, "day"),
        (at_hours("08", "10", day=TUESDAY), RuleBroken, "start"),
        (at_hours("07", "10"), RuleBroken, "start"),
        (at_hours("20", "22"), RuleBroken, "end"),
        (at_hours("10", "12", day=SUNDAY), RuleBroken, "day"),
        (at_hours("10", "12", day=WEDNESDAY + timedelta(days=91)), RuleBroken, "day"),
        (at_hours("08", "20:30"), RuleBroken, "end"),
    ],
)
def test_a_time_that_is_not_sold(
    when: When, kind: type[Refusal], field: str, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer, when=when)
    assert refusals(request, location=location, by=manager) == [(kind, field)]


def test_a_rule_that_may_be_overridden_is_overridden_with_a_reason_that_is_kept(
    location: Location, pool: Service, manager: User, customer: User
) -> None:
    short = make_tariff(service=pool, min_units=4)
    request = make_wish(tariff=short, customer=customer)
    assert refusals(request, location=location, by=manager) == [(RuleBroken, "end")]

    order = place_order(
        replace(request, override_reason="Просьба директора"), booker=Booker.manager(manager, location), at=NOW
    )

    event = OrderEvent.objects.get(kind="rule_overridden")
    assert (event.order, event.by, event.at, event.reason) == (order, manager, NOW, "Просьба директора")
    assert event.data == {"rule": "length", "reason": "too_short", "facts": {"unit": "hour", "least": 4}}
    assert event_text(event, location.zone) == "Не меньше: 4\u00a0часа."


def test_a_rule_that_nobody_overrides_stays_whatever_the_reason(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    for when, field in ((at_hours("07", "10"), "start"), (at_hours("08", "08:30", day=TUESDAY), "start")):
        request = make_wish(tariff=tariff, customer=customer, when=when, override_reason="Очень просят")
        assert refusals(request, location=location, by=manager) == [(RuleBroken, field)]


def test_a_reason_where_no_rule_is_broken_leaves_no_trace(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer, override_reason="На всякий случай")
    place_order(request, booker=Booker.manager(manager, location), at=NOW)
    assert list(OrderEvent.objects.values_list("kind", flat=True)) == ["created"]


# Refused: the places


def test_more_places_than_the_service_has(location: Location, tariff: Tariff, manager: User, customer: User) -> None:
    request = make_wish(tariff=tariff, customer=customer, visitor_ids=(None,) * 5)
    assert refusals(request, location=location, by=manager) == [(SeatsTaken, "places")]


def test_a_pool_that_is_full(location: Location, pool: Service, tariff: Tariff, manager: User, customer: User) -> None:
    for _n in range(4):
        make_ticket(service=pool, period=hours("11", "13"))
    request = make_wish(tariff=tariff, customer=customer, override_reason="Потеснимся")
    assert refusals(request, location=location, by=manager) == [(SeatsTaken, "places")]


def test_a_seat_that_is_taken_or_is_not_there(location: Location, manager: User, customer: User) -> None:
    service, other = make_seats(location=location, labels=["A1", "A2", "A3"]), make_seats(location=location)
    Seat.objects.filter(service=service, label="A3").update(is_active=False)
    make_ticket(service=service, seat=seat_of(service, "A1"), period=hours("11", "13"))
    tariff = make_tariff(service=service)
    for seat_ids, kind in (
        ((seat_of(service, "A1").pk,), SeatTaken),
        ((seat_of(service, "A3").pk,), NoSuchSeat),
        ((seat_of(other, "A1").pk,), ForeignSeat),
        ((10**9,), ForeignSeat),
        ((10**30,), ForeignSeat),
        ((seat_of(service, "A1").pk, seat_of(service, "A2").pk), NoSuchSeat),
    ):
        refused = refusals(
            make_wish(tariff=tariff, customer=customer, seat_ids=seat_ids), location=location, by=manager
        )
        assert refused == [(kind, "seats")]


# Refused: the money


def test_a_price_that_is_not_the_one_shown(location: Location, tariff: Tariff, manager: User, customer: User) -> None:
    request = make_wish(tariff=tariff, customer=customer, shown_total=Decimal("599.99"))
    assert refusals(request, location=location, by=manager) == [(PriceChanged, "shown_total")]
    assert place_order(replace(request, shown_total=Decimal(600)), booker=Booker.manager(manager, location), at=NOW)


@pytest.mark.parametrize("discount", [Discount(Decimal(21), is_percent=True), Discount(Decimal(121), is_percent=False)])
def test_a_discount_above_the_limit(
    discount: Discount, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer, discount=discount, discount_reason="Друг")
    assert refusals(request, location=location, by=manager) == [(DiscountRefused, "discount")]


@pytest.mark.parametrize("is_percent", [True, False])
def test_a_discount_below_zero(
    is_percent: bool, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    discount = Discount(Decimal(-5), is_percent=is_percent)
    request = make_wish(tariff=tariff, customer=customer, discount=discount, discount_reason="Ошибка")
    assert refusals(request, location=location, by=manager) == [(DiscountRefused, "discount")]


def test_a_discount_without_a_reason(location: Location, tariff: Tariff, manager: User, customer: User) -> None:
    request = make_wish(tariff=tariff, customer=customer, discount=Discount(Decimal(5), is_percent=True))
    assert refusals(request, location=location, by=manager) == [(ReasonMissing, "discount_reason")]


@pytest.mark.parametrize("method", ["", "barter", "free", "invoice"])
def test_a_method_that_the_service_does_not_take(
    method: str, location: Location, pool: Service, tariff: Tariff, manager: User, customer: User
) -> None:
    Service.objects.filter(pk=pool.pk).update(payment_methods=["online", "on_site"])
    request = make_wish(tariff=tariff, customer=customer, payment_method=method)
    assert refusals(request, location=location, by=manager) == [(MethodRefused, "payment_method")]


@pytest.mark.usefixtures("shop")
def test_online_payment_without_an_e_mail(location: Location, tariff: Tariff, manager: User, customer: User) -> None:
    request = make_wish(tariff=tariff, customer=customer, payment_method="online", email="")
    assert refusals(request, location=location, by=manager) == [(EmailMissing, "email")]


def test_online_payment_without_a_shop(
    location: Location, tariff: Tariff, manager: User, customer: User, settings: Any
) -> None:
    settings.YOOKASSA_SHOP_ID = ""
    request = make_wish(tariff=tariff, customer=customer, payment_method="online")
    assert refusals(request, location=location, by=manager) == [(MethodRefused, "payment_method")]


# Refused: more than one thing


@pytest.mark.usefixtures("shop")
def test_everything_that_is_wrong_is_told_at_once(location: Location, tariff: Tariff, manager: User) -> None:
    request = make_wish(
        tariff=tariff,
        customer=make_user(),
        customer_id=10**9,
        email="",
        visitor_ids=(None, 10**9),
        when=at_hours("07", "10"),
        extras={10**9: 1},
        discount=Discount(Decimal(5), is_percent=True),
        payment_method="online",
        shown_total=Decimal(1),
    )
    assert refusals(request, location=location, by=manager) == [
        (UnknownChoice, "customer"),
        (UnknownChoice, "visitor-1"),
        (RuleBroken, "start"),
        (ReasonMissing, "discount_reason"),
        (ForeignExtra, "extras"),
        (EmailMissing, "email"),
        (PriceChanged, "shown_total"),
    ]


def test_a_new_form_after_a_refusal_is_placed_with_the_same_token(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    token = uuid.uuid4()
    bad = make_wish(tariff=tariff, customer=customer, token=token, payment_method="")
    assert refusals(bad, location=location, by=manager) == [(MethodRefused, "payment_method")]
    order = place_order(replace(bad, payment_method="on_site"), booker=Booker.manager(manager, location), at=NOW)
    assert (order.form_token, Order.objects.count()) == (token, 1)
