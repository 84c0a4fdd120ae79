"""Promo codes through the offer: for whom they are valid, and how their uses are counted."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from coworking.models import CancellationStep, Location, Tariff
from olvery.shared.refusals import Refused
from orders.domain.booking.deadlines import reactivate_order
from orders.domain.booking.placing import place_order
from orders.domain.booking.pricing import Discount
from orders.domain.booking.wish import Booker
from orders.domain.desk import cancelling
from orders.domain.desk.change_undoing import undo_change
from orders.domain.money.promo_uses import PromoRefused
from orders.domain.money.standing import standing
from orders.domain.online.expiry import expire_overdue
from orders.models import Order, OrderEvent, PromoCode, PromoUse
from tests.factories import (
    make_booking_wish,
    make_extra,
    make_location,
    make_order,
    make_pool,
    make_promo_code,
    make_tariff,
    make_user,
    make_wish,
)
from tests.gateways.fake import FakeGateway
from tests.moments import NOW, THURSDAY, TUESDAY, WEDNESDAY
from tests.orders.booking.changes import change, lines, r, units, when
from tests.orders.conftest import now
from tests.orders.steps import give_back, look, pay, press_pay, refund, seen, take
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db
ONE = units("1")


@pytest.fixture(scope="module")
def capacity() -> int:
    return 8


@pytest.fixture
def code(location: Location) -> PromoCode:
    return make_promo_code(location=location)


def uses(order: Order) -> list[int]:
    return list(PromoUse.objects.filter(order=order).order_by("pk").values_list("count", flat=True))


def used(code: PromoCode) -> int:
    return PromoCode.objects.get(pk=code.pk).used


def refused(tariff: Tariff, *, customer: User | None = None, **wanted: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Return why an order is refused, and check that nothing was saved."""
    wish = make_wish(tariff=tariff, customer=customer or make_user(), **{"promo_code": "весна 10", **wanted})
    booker, before = Booker.manager(make_user(), tariff.service.location), saved_rows()
    with pytest.raises(Refused) as refusal:
        place_order(wish, booker=booker, at=NOW)
    assert {**saved_rows(), "User": before["User"]} == before
    assert not PromoUse.objects.exists()
    return [(one.reason, one.field, one.facts) for one in refusal.value.refusals]


@pytest.mark.parametrize("typed", ["ВЕСНА-10", " весна 10 ", "BECHA10", "весна—10"])
def test_a_code_is_known_however_it_is_written(tariff: Tariff, code: PromoCode, typed: str) -> None:
    order = make_order(tariff=tariff, promo_code=typed)
    assert (order.promo_code, order.total) == (code, r("540"))


def test_an_order_with_a_code_says_which_and_how_much(tariff: Tariff, manager: User, code: PromoCode) -> None:
    extra = make_extra(service=tariff.service, price="0.05")
    order = make_order(tariff=tariff, by=manager, promo_code="весна10", extras={extra.pk: 1})
    assert [(one.kind, one.title, one.amount) for one in order.lines.order_by("pk")][-1] == (
        "discount",
        "ВЕСНА-10 10\u00a0%",
        r("-60.01"),
    )
    assert (order.total, uses(order), used(code)) == (r("540.04"), [1], 1)
    created = OrderEvent.objects.get(order=order)
    assert (created.kind, created.data["promo_code"]) == ("created", "ВЕСНА-10")
    assert list(PromoUse.objects.values_list("code", "order", "by", "at")) == [(code.pk, order.pk, manager.pk, NOW)]


@pytest.mark.parametrize(("value", "total"), [("250.55", "349.45"), ("600", "0"), ("5000", "0")])
def test_a_sum_takes_no_more_than_the_price(location: Location, tariff: Tariff, value: str, total: str) -> None:
    code = make_promo_code(location=location, value=value, is_percent=False)
    order = make_order(tariff=tariff, promo_code=code.code)
    assert (order.total, order.payment_method) == (r(total), "free" if total == "0" else "on_site")
    assert order.lines.get(kind="discount").title == "ВЕСНА-10"


OTHER_DAYS = [0, 1, 3, 4, 5, 6]
REFUSALS: dict[str, tuple[dict[str, Any], tuple[str, dict[str, Any]]]] = {
    "archived": ({"is_active": False}, ("promo_over", {})),
    "over": ({"ends_on": TUESDAY - timedelta(days=1)}, ("promo_over", {})),
    "early": ({"starts_on": WEDNESDAY}, ("promo_too_early", {"day": WEDNESDAY})),
    "other services": ({"service_ids": [0]}, ("promo_other_services", {"services": ["Опен-спейс"]})),
    "other days": ({"weekdays": OTHER_DAYS}, ("promo_other_days", {"weekdays": OTHER_DAYS})),
}


@pytest.mark.parametrize("which", REFUSALS)
def test_a_code_is_refused_where_it_does_not_hold(location: Location, tariff: Tariff, which: str) -> None:
    fields, (reason, facts) = REFUSALS[which]
    make_promo_code(location=location, **fields)
    assert refused(tariff) == [(reason, "promo_code", facts)]


def test_a_code_holds_on_its_first_and_its_last_day(location: Location, tariff: Tariff) -> None:
    """The order is placed on Tuesday, of a Wednesday."""
    make_promo_code(
        location=location,
        starts_on=TUESDAY,
        ends_on=TUESDAY,
        weekdays=[WEDNESDAY.weekday()],
        service_ids=[tariff.service_id],
    )
    assert make_order(tariff=tariff, promo_code="ВЕСНА-10").total == r("540")


def test_a_code_is_unknown_at_another_location(tariff: Tariff) -> None:
    make_promo_code(location=make_location())
    assert refused(tariff) == [("promo_unknown", "promo_code", {})]


def test_a_code_of_one_service_is_refused_beside_another(location: Location, tariff: Tariff) -> None:
    room = make_tariff(service=make_pool(location=location, name="Переговорная"))
    make_promo_code(location=location, service_ids=[tariff.service_id])
    both = (make_booking_wish(tariff=tariff), make_booking_wish(tariff=room))
    facts = {"services": ["Переговорная"]}
    assert refused(tariff, bookings=both) == [("promo_other_services", "promo_code", facts)]


def test_a_code_is_refused_beside_a_manual_discount(tariff: Tariff, code: PromoCode) -> None:
    tenth = Discount(Decimal(10), is_percent=True)
    no = refused(tariff, discount=tenth, discount_reason="Друг")
    assert no == [("promo_beside_discount", "promo_code", {})]


def test_a_code_of_what_costs_nothing_is_refused(location: Location, code: PromoCode) -> None:
    free = make_tariff(service=make_pool(location=location), price="0")
    assert refused(free) == [("promo_gives_nothing", "promo_code", {})]


def test_a_code_is_used_up_in_all_and_by_each_customer(location: Location, tariff: Tariff) -> None:
    customer = make_user()
    code = make_promo_code(location=location, most_uses=2, most_uses_each=1)
    make_order(tariff=tariff, customer=customer, promo_code=code.code)
    wish = make_wish(tariff=tariff, customer=customer, promo_code=code.code)
    with pytest.raises(Refused) as own:
        place_order(wish, booker=Booker.customer(customer, location), at=NOW)
    assert [(one.reason, one.facts) for one in own.value.refusals] == [("promo_used_by_customer", {"most": 1})]
    make_order(tariff=tariff, promo_code=code.code)
    with pytest.raises(Refused) as in_all:
        make_order(tariff=tariff, promo_code=code.code)
    assert [one.reason for one in in_all.value.refusals] == ["promo_used_up"]
    assert (Order.objects.count(), used(code)) == (2, 2)


# Giving a use back, and taking it again


def test_cancelling_before_the_start_gives_the_use_back(
    tariff: Tariff, manager: User, code: PromoCode, clock: Any
) -> None:
    order = make_order(tariff=tariff, by=manager, promo_code=code.code)
    cancelling.cancel_order(order.pk, by=manager, reason="Планы", at=now())
    assert (uses(order), used(code)) == ([1, -1], 0)


def test_a_use_of_an_order_that_had_begun_is_kept(tariff: Tariff, manager: User, code: PromoCode, clock: Any) -> None:
    order = make_order(tariff=tariff, by=manager, promo_code=code.code)
    clock.move_to(order.period.start)
    cancelling.cancel_order(order.pk, by=manager, reason="Планы", at=now())
    assert (uses(order), used(code)) == ([1], 1)


@pytest.fixture
def expired(location: Location, tariff: Tariff, manager: User, clock: Any) -> Order:
    """An order of the only use of a code, not paid in time."""
    code = make_promo_code(location=location, most_uses=1)
    order = make_order(tariff=tariff, by=manager, promo_code=code.code, payment_method="online", at=now())
    Order.objects.filter(pk=order.pk).update(deadline_at=now())
    assert expire_overdue(None, now()) == 1
    assert (uses(order), used(code)) == ([1, -1], 0)
    return order


def test_an_expired_order_takes_its_use_again(expired: Order, manager: User) -> None:
    reactivate_order(expired.pk, by=manager, at=now())
    assert uses(expired) == [1, -1, 1]


def test_an_expired_order_does_not_come_back_beyond_the_limit(expired: Order, tariff: Tariff, manager: User) -> None:
    other = make_order(tariff=tariff, by=manager, promo_code="ВЕСНА-10", at=now())
    before = saved_rows()
    with pytest.raises(PromoRefused) as refusal:
        reactivate_order(expired.pk, by=manager, at=now())
    assert (refusal.value.reason, saved_rows()) == ("promo_used_up", before)
    assert (uses(expired), uses(other)) == ([1, -1], [1])


def test_a_late_payment_of_a_use_that_is_gone_goes_back(
    location: Location, tariff: Tariff, manager: User, gateway: FakeGateway, clock: Any
) -> None:
    code = make_promo_code(location=location, most_uses=1)
    order = make_order(tariff=tariff, by=manager, promo_code=code.code, payment_method="online", at=now())
    clock.shift(timedelta(hours=23, minutes=50))
    attempt = press_pay(order, gateway)
    clock.shift(timedelta(minutes=20))
    assert expire_overdue(gateway, now()) == 1
    make_order(tariff=tariff, by=manager, promo_code=code.code, when=when("12", "14"), at=now())
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    after = seen(order)
    assert (after.status, after.tickets) == ("expired", ["cancelled"])
    assert after.refunds == [("late_payment", "requested", r("540"))]
    assert (uses(order), used(code)) == ([1, -1], 1)


def test_waiving_the_whole_price_before_the_start_gives_the_use_back(
    tariff: Tariff, manager: User, code: PromoCode, gateway: FakeGateway
) -> None:
    order = make_order(tariff=tariff, by=manager, promo_code=code.code, payment_method="online", at=now())
    pay(order, gateway)
    refund(order, gateway, "100", by=manager)
    assert uses(order) == [1]
    refund(order, gateway, "440", by=manager)
    assert (uses(order), used(code)) == ([1, -1], 0)


# The discount after a change


def let_off(location: Location, tariff: Tariff, manager: User) -> tuple[PromoCode, Order]:
    """A code for one use, and an order with it that was paid and fully waived before its start."""
    code = make_promo_code(location=location, most_uses=1)
    order = make_order(tariff=tariff, by=manager, promo_code=code.code)
    take(order, "540", by=manager)
    give_back(order, "540", by=manager)
    return code, order


def test_what_was_let_off_whole_takes_a_use_again_when_more_is_bought(
    location: Location, tariff: Tariff, manager: User, clock: Any
) -> None:
    code, order = let_off(location, tariff, manager)
    assert (uses(order), used(code)) == ([1, -1], 0)
    longer = change(order, by=manager, when=when("10", "13"))
    assert (uses(order), used(code)) == ([1, -1, 1], 1)
    undo_change(order.pk, longer.pk, by=manager, at=now())
    assert (uses(order), used(code)) == ([1, -1, 1, -1], 0)


def test_no_more_is_bought_to_what_was_let_off_whole_once_its_use_is_another_s(
    location: Location, tariff: Tariff, manager: User, clock: Any
) -> None:
    code, order = let_off(location, tariff, manager)
    make_order(tariff=tariff, by=manager, promo_code=code.code)
    before = saved_rows()
    with pytest.raises(Refused) as caught:
        change(order, by=manager, when=when("10", "13"))
    assert [refusal.reason for refusal in caught.value.refusals] == ["promo_used_up"]
    assert saved_rows() == before


def test_the_discount_is_that_of_the_sale_whatever_the_code_is_today(
    tariff: Tariff, manager: User, code: PromoCode, clock: Any
) -> None:
    order = make_order(tariff=tariff, by=manager, promo_code=code.code)
    PromoCode.objects.update(value=50, is_active=False, most_uses=1, ends_on=date(2026, 1, 1))
    change(order, by=manager, when=when("10", "13"))
    assert lines(order)[2:] == [("tariff", ONE, r("300")), ("discount", ONE, r("-30"))]
    assert uses(order) == [1]


def test_a_sum_stays_that_sum_when_more_is_bought_and_comes_back_after_less(
    location: Location, tariff: Tariff, manager: User, clock: Any
) -> None:
    code = make_promo_code(location=location, value="100", is_percent=False)
    order = make_order(tariff=tariff, by=manager, promo_code=code.code)

    def discount() -> Decimal:
        stands = standing(order.lines.all())
        return sum((one.amount for one in stands if one.line.kind == "discount"), Decimal())

    change(order, by=manager, when=when("10", "14"))
    assert discount() == r("-100")
    event = change(order, by=manager, when=when("10", "11"))
    assert discount() == r("-25")
    undo_change(order.pk, event.pk, by=manager, at=now())
    assert discount() == r("-100")
    change(order, by=manager, when=when("10", "11"))
    change(order, by=manager, when=when("10", "15"))
    assert discount() == r("-100")


def test_no_more_goes_back_than_was_paid(tariff: Tariff, manager: User, code: PromoCode, clock: Any) -> None:
    CancellationStep.objects.create(service=tariff.service, hours_before=2, percent=100)
    order = make_order(tariff=tariff, by=manager, promo_code=code.code)
    take(order, "540", by=manager)
    terms = cancelling.terms_of(Order.objects.get(pk=order.pk), at=now())
    assert (terms.by_policy, terms.balance.at_hand) == (r("540"), r("540"))


def test_a_code_may_begin_on_a_later_day(location: Location, tariff: Tariff) -> None:
    make_promo_code(location=location, weekdays=[THURSDAY.weekday()])
    assert make_order(tariff=tariff, promo_code="ВЕСНА10", when=when("10", "12", THURSDAY)).total == r("540")
