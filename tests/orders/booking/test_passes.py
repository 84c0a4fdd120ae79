"""Passes: sold, used, given back, refunded, expired; every unit and every rouble is on its books once."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from coworking.domain.catalogue import passes_on_sale
from coworking.domain.setup import set_on_sale
from coworking.models import CancellationStep, Service, Tariff, Unit
from olvery.shared.refusals import Refused
from orders.domain.booking import pass_selling, placing
from orders.domain.booking.deadlines import extend_deadline, reactivate_order
from orders.domain.booking.passes import pass_units
from orders.domain.booking.placing import place_order
from orders.domain.booking.pricing import Discount
from orders.domain.booking.transitions import TransitionRefused
from orders.domain.booking.wish import Booker
from orders.domain.desk import cancelling
from orders.domain.desk.cash import correct_entry
from orders.domain.online.completion import complete_finished
from orders.domain.online.expiry import expire_overdue
from orders.domain.queries.self_check import check_itself
from orders.models import LedgerEntry, Order, Pass
from tests.factories import (
    make_booking_wish,
    make_extra,
    make_location,
    make_order,
    make_pass,
    make_pass_order,
    make_pass_tariff,
    make_pool,
    make_tariff,
    make_user,
    make_wish,
)
from tests.gateways.fake import FakeGateway
from tests.moments import NOW, hours
from tests.orders.booking.changes import plan, r, reasons, when
from tests.orders.conftest import now
from tests.orders.steps import pay, take
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db
LAST_DAY = date(2026, 12, 23)


@pytest.fixture(scope="module")
def capacity() -> int:
    return 8


def entries(of_pass: Pass) -> list[tuple[str, int, int | None]]:
    return list(of_pass.entries.order_by("pk").values_list("kind", "units", "order"))


def left(of_pass: Pass) -> int:
    """Return what is left of a pass, and check that its entries add up to it."""
    there = Pass.objects.get(pk=of_pass.pk)
    assert sum(entry.units for entry in there.entries.all()) == there.left
    return there.left


def booked(tariff: Tariff, owner: User, of_pass: Pass, **wanted: Any) -> Order:
    return make_order(tariff=tariff, customer=owner, pass_id=of_pass.pk, at=now(), **wanted)


# Selling


def test_a_pass_is_an_order_without_tickets_and_granted_when_it_is_paid(
    pool: Service, owner: User, manager: User, clock: Any
) -> None:
    tariff = make_pass_tariff(service=pool, name="10 часов")
    order = make_pass_order(tariff=tariff, customer=owner, by=manager)
    assert (order.status, order.ticket_count, order.pass_units, order.due) == ("confirmed", 0, 10, r("2000"))
    assert list(order.lines.values_list("kind", "title", "amount")) == [("pass", "Опен-спейс, 10 часов", r("2000"))]
    assert not Pass.objects.exists()
    take(order, "500", by=manager)
    assert not Pass.objects.exists()
    clock.shift(timedelta(days=3))
    take(order, "1500", by=manager)
    sold = Pass.objects.get()
    assert (sold.pk, sold.owner, sold.service, sold.unit, sold.units) == (order.pk, owner, pool, "hour", 10)
    assert (sold.price, sold.period.start) == (r("2000"), now())
    assert sold.period.days(pool.location.zone)[1] == LAST_DAY + timedelta(days=3)
    assert Order.objects.get().period == sold.period
    assert entries(sold) == [("granted", 10, None)]
    assert left(sold) == 10


def test_a_pass_that_is_paid_after_its_days_were_over_is_granted(
    pool: Service, owner: User, manager: User, clock: Any
) -> None:
    tariff = make_pass_tariff(service=pool, name="10 часов")
    order, given_up = (make_pass_order(tariff=tariff, customer=owner, by=manager, at=now()) for _sale in range(2))
    clock.move_to(order.period.end + timedelta(days=1))
    assert complete_finished(None, now()) == 0
    cancelling.cancel_order(given_up.pk, by=manager, reason="Планы", at=now())
    take(order, "2000", by=manager)
    sold = Pass.objects.get()
    assert (sold.pk, left(sold), sold.period.start) == (order.pk, 10, now())
    assert list(Order.objects.order_by("pk").values_list("status", flat=True)) == ["confirmed", "cancelled"]
    clock.move_to(sold.period.end)
    with pytest.raises(TransitionRefused) as refusal, transaction.atomic():
        cancelling.cancel_order(order.pk, by=manager, reason="Планы", at=now())
    assert refusal.value.reason == "time_is_over"
    assert complete_finished(None, now()) == 1


def test_a_paid_sale_without_a_pass_is_found(pool: Service, manager: User) -> None:
    order = make_pass_order(tariff=make_pass_tariff(service=pool), by=manager)
    assert check_itself(at=now()).without_pass == ()
    Order.objects.filter(pk=order.pk).update(status="completed", due=0)
    found = check_itself(at=now())
    assert (found.without_pass, found.is_clean) == ((order.pk,), False)


def test_a_pass_is_paid_online(pool: Service, owner: User, gateway: FakeGateway) -> None:
    tariff = make_pass_tariff(service=pool, unit=Unit.DAY)
    order = make_pass_order(tariff=tariff, customer=owner, payment_method="online", at=now())
    assert order.status == "awaiting_payment"
    attempt = pay(order, gateway)
    assert [item["title"] for item in attempt.receipt_items] == [f"Опен-спейс, {tariff.name}"]
    assert (Order.objects.get().status, Pass.objects.get().left) == ("confirmed", 10)


def test_the_time_to_pay_for_a_pass_begins_anew(pool: Service, owner: User, manager: User, clock: Any) -> None:
    order = make_pass_order(
        tariff=make_pass_tariff(service=pool), customer=owner, by=manager, payment_method="online", at=now()
    )
    wait = order.deadline_at - now()
    clock.shift(wait / 2)
    assert extend_deadline(order.number, by=manager, at=now()).deadline_at == now() + wait


def test_a_sale_that_was_not_paid_in_time_is_made_again_with_its_whole_term(
    pool: Service, owner: User, manager: User, gateway: FakeGateway, clock: Any
) -> None:
    sold = {"tariff": make_pass_tariff(service=pool), "customer": owner, "by": manager, "payment_method": "online"}
    order = make_pass_order(**sold, at=now())
    clock.shift(timedelta(days=40))
    assert expire_overdue(None, now()) == 1
    again = reactivate_order(order.pk, by=manager, at=now())
    assert (again.status, again.deadline_at) == ("awaiting_payment", now() + timedelta(hours=24))
    assert again.period.days(pool.location.zone)[1] == now().date() + timedelta(days=29)
    assert not again.events.filter(kind="tickets_restored").exists()
    pay(order, gateway)
    assert (Order.objects.get().status, Pass.objects.get().period.start) == ("confirmed", now())


def test_an_expired_sale_that_was_paid_after_all_is_granted_when_it_is_made_again(
    pool: Service, owner: User, manager: User
) -> None:
    order = make_pass_order(
        tariff=make_pass_tariff(service=pool), customer=owner, by=manager, payment_method="online", at=now()
    )
    Order.objects.update(deadline_at=now())
    assert expire_overdue(None, now()) == 1
    LedgerEntry.objects.create(order=order, kind="charge", method="on_site", amount=r("2000"), at=now(), by=manager)
    assert reactivate_order(order.pk, by=manager, at=now()).status == "confirmed"
    assert left(Pass.objects.get()) == 10


def test_a_sale_is_refused_for_every_reason_at_once(pool: Service, tariff: Tariff) -> None:
    before = saved_rows()
    with pytest.raises(Refused) as refusal:
        make_pass_order(tariff=tariff, customer=make_user(is_active=False), payment_method="")
    assert [one.reason for one in refusal.value.refusals] == ["person_not_chosen", "tariff_not_on_sale"]
    assert saved_rows()["Order"] == before["Order"]


def test_the_same_token_sells_one_pass(pool: Service, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    tariff, confirmed = make_pass_tariff(service=pool), []
    monkeypatch.setattr(placing, "confirm", lambda: confirmed.append(True))
    first = make_pass_order(tariff=tariff, by=manager)
    assert confirmed == []
    assert make_pass_order(tariff=tariff, by=manager, token=first.form_token) == first
    assert confirmed == [True]  # by a standby, before anybody sees it
    with pytest.raises(Refused):
        make_pass_order(tariff=tariff, token=first.form_token)
    assert Order.objects.count() == 1


# Using


def test_an_order_from_a_pass_costs_nothing_and_uses_its_hours(tariff: Tariff, owner: User, bought: Pass) -> None:
    order = booked(tariff, owner, bought, visitor_ids=(None, None), when=when("10", "11:30"))
    assert (order.total, order.due, order.payment_method, order.status) == (r("0"), r("0"), "free", "confirmed")
    assert order.from_pass == bought
    assert (
        list(order.lines.values_list("kind", "quantity", "unit_price", "amount"))
        == [("tariff", r("1.5"), r("0"), r("0"))] * 2
    )
    assert entries(bought) == [("granted", 10, None), ("used", -2, order.pk), ("used", -2, order.pk)]
    assert left(bought) == 6
    assert sum(entry.amount for entry in LedgerEntry.objects.all()) == r("2000")


def test_extras_are_paid_beside_the_pass(tariff: Tariff, owner: User, bought: Pass, gateway: FakeGateway) -> None:
    extra = make_extra(service=tariff.service)
    order = booked(tariff, owner, bought, extras={extra.pk: 1}, payment_method="online")
    assert (order.total, order.status, left(bought)) == (r("150"), "awaiting_payment", 8)
    attempt = pay(order, gateway)
    assert [(item["title"], item["price"]) for item in attempt.receipt_items] == [("Локер", "150.00")]


def test_an_hour_that_has_begun_counts_whole_and_a_day_is_one(pool: Service) -> None:
    hourly, daily = make_tariff(service=pool), make_tariff(service=pool, unit=Unit.DAY)
    zone = pool.location.zone
    assert [pass_units(hourly, hours("10:00", end), zone) for end in ("10:30", "11:00", "11:05")] == [1, 1, 2]
    assert pass_units(daily, hours("08:00", "21:00"), zone) == 1


def refused(tariff: Tariff, customer: User, of_pass: Pass, **wanted: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return why the pass does not pay, and check that nothing was saved."""
    wish = make_wish(tariff=tariff, customer=customer, **{"pass_id": of_pass.pk, **wanted})
    booker, before = Booker.manager(make_user(), tariff.service.location), saved_rows()
    with pytest.raises(Refused) as refusal:
        place_order(wish, booker=booker, at=now())
    assert {**saved_rows(), "User": before["User"]} == before
    assert {one.field for one in refusal.value.refusals} == {"pass_id"}
    return [(one.reason, one.facts) for one in refusal.value.refusals]


def test_a_pass_pays_for_its_owner_its_service_and_its_unit(tariff: Tariff, owner: User, bought: Pass) -> None:
    other = make_tariff(service=make_pool(location=tariff.service.location), price="100")
    daily = make_tariff(service=tariff.service, unit=Unit.DAY)
    assert refused(tariff, make_user(), bought) == [("pass_unknown", {})]
    assert refused(other, owner, bought) == [("pass_other_service", {"services": ["Опен-спейс"]})]
    assert refused(daily, owner, bought) == [("pass_other_unit", {"unit": "hour"})]
    away = make_pass(service=make_pool(location=make_location()), customer=owner)
    assert refused(tariff, owner, away) == [("pass_unknown", {})]


def test_a_pass_pays_for_its_further_services_from_one_balance(
    pool: Service, tariff: Tariff, owner: User, manager: User, clock: Any
) -> None:
    studio, rooms = (make_pool(location=pool.location, name=name, capacity=2) for name in ("Студия", "Комнаты"))
    CancellationStep.objects.create(service=studio, hours_before=24, percent=50)
    of_both = make_pass(service=pool, customer=owner, by=manager, also_services=[studio.pk], at=now())
    there, elsewhere = make_tariff(service=studio), make_tariff(service=rooms)
    first, second = booked(tariff, owner, of_both), booked(there, owner, of_both)
    assert refused(elsewhere, owner, of_both) == [("pass_other_service", {"services": ["Опен-спейс", "Студия"]})]
    daily = make_tariff(service=studio, unit=Unit.DAY)
    assert refused(daily, owner, of_both) == [("pass_other_unit", {"unit": "hour"})]
    uses = [("used", -2, first.pk), ("used", -2, second.pk)]
    assert (entries(of_both), first.total, second.total) == ([("granted", 10, None), *uses], 0, 0)
    cancelling.cancel_order(second.pk, by=manager, reason="Планы", at=now())
    back = [("returned", 2, second.pk), ("kept", -1, second.pk)]  # by the terms of the studio
    assert entries(of_both) == [("granted", 10, None), *uses, *back]
    assert left(of_both) == 7


def test_a_booking_from_a_pass_moves_to_a_further_service_of_it(
    pool: Service, tariff: Tariff, owner: User, manager: User, clock: Any
) -> None:
    studio, rooms = (make_pool(location=pool.location, name=name, capacity=2) for name in ("Студия", "Комнаты"))
    of_both = make_pass(service=pool, customer=owner, by=manager, also_services=[studio.pk])
    order = booked(tariff, owner, of_both)
    found = plan(order, by=manager, tariff_id=make_tariff(service=studio).pk, when=when("10", "13"))
    assert (found.of_pass.needed, reasons(found)) == (1, [])
    assert reasons(plan(order, by=manager, tariff_id=make_tariff(service=rooms).pk)) == ["pass_other_service"]


def test_a_pass_keeps_the_services_that_were_shown_when_it_was_sold(pool: Service, owner: User, manager: User) -> None:
    studio = make_pool(location=pool.location, name="Студия")
    tariff = make_pass_tariff(service=pool, also_services=[studio.pk])
    sale = make_pass_order(tariff=tariff, customer=owner, by=manager)
    Tariff.objects.filter(pk=tariff.pk).update(also_services=[])
    take(sale, "2000", by=manager)
    assert Pass.objects.get().service_ids == [pool.pk, studio.pk]
    shown, before = pass_selling.PassTerms(10, 30, r("2000"), frozenset({studio.pk})), saved_rows()
    with pytest.raises(Refused) as refusal:
        make_pass_order(tariff=tariff, customer=owner, by=manager, shown=shown)
    assert [(one.reason, one.facts) for one in refusal.value.refusals] == [
        ("pass_services_changed", {"services": ["Опен-спейс"]})
    ]
    assert saved_rows() == before


def test_only_a_pass_pays_for_further_services(pool: Service) -> None:
    with pytest.raises(IntegrityError, match="tariff_pays_for_others_as_a_pass"), transaction.atomic():
        make_tariff(service=pool, also_services=[make_pool(location=pool.location).pk])


def test_an_archived_service_is_named_no_more_and_the_pass_pays_for_the_other(
    pool: Service, owner: User, manager: User, clock: Any
) -> None:
    studio = make_pool(location=pool.location, name="Студия")
    of_both = make_pass(service=pool, customer=owner, by=manager, also_services=[studio.pk])
    set_on_sale(studio.pk, is_active=False, by=manager, at=NOW)
    assert Pass.objects.with_services().get().service_names == ["Опен-спейс"]
    assert [one.also_names for one in passes_on_sale(pool.location, at=NOW)] == [[]]
    set_on_sale(studio.pk, is_active=True, by=manager, at=NOW)
    set_on_sale(pool.pk, is_active=False, by=manager, at=NOW)
    booked(make_tariff(service=studio), owner, of_both)
    assert (left(of_both), passes_on_sale(pool.location, at=NOW)) == (8, [])


def test_a_pass_pays_for_what_is_left_of_it(tariff: Tariff, owner: User, bought: Pass) -> None:
    facts = {"left": 10, "needed": 12, "unit": "hour"}
    both = (
        make_booking_wish(tariff=tariff, when=when("9", "20")),
        make_booking_wish(tariff=tariff, when=when("8", "9")),
    )
    assert refused(tariff, owner, bought, bookings=tuple(both)) == [("pass_too_little", facts)]


def test_a_pass_pays_while_it_is_good(tariff: Tariff, owner: User, bought: Pass, clock: Any) -> None:
    then = LAST_DAY + timedelta(days=1)
    assert refused(tariff, owner, bought, when=when(day=then)) == [("pass_over_by_then", {"day": LAST_DAY})]
    assert booked(tariff, owner, bought, when=when(day=LAST_DAY)).from_pass == bought
    clock.move_to(bought.period.end)
    assert refused(tariff, owner, bought, when=when(day=LAST_DAY + timedelta(days=2)))[-1] == (
        "pass_over_by_then",
        {"day": LAST_DAY},
    )


def test_a_pass_pays_for_nothing_while_its_sale_owes(tariff: Tariff, owner: User, manager: User, bought: Pass) -> None:
    order = booked(tariff, owner, bought)
    taken = LedgerEntry.objects.get()
    correct_entry(taken.pk, r("500"), reason="Ошибка", token=uuid.uuid4(), by=manager, at=now())
    assert refused(tariff, owner, bought) == [("pass_unpaid", {})]
    assert reasons(plan(order, by=manager, when=when("10", "15"))) == ["pass_unpaid"]
    cancelling.cancel_order(order.pk, by=manager, reason="Планы", at=now())
    take(bought.order, "1500", by=manager)
    assert (left(bought), booked(tariff, owner, bought).from_pass) == (10, bought)


def test_a_pass_is_refused_beside_a_discount(tariff: Tariff, owner: User, bought: Pass) -> None:
    tenth = Discount(r("10"), is_percent=True)
    no = refused(tariff, owner, bought, discount=tenth, discount_reason="Друг")
    assert no == [("pass_beside_discount", {})]
