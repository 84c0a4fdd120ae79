"""Units returned to a pass, and refunds of a pass; every unit and every rouble is on the books once."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from coworking.models import PaymentMethod, Service, Tariff, Unit
from olvery.shared.refusals import Refused
from orders.domain import locks
from orders.domain.booking.deadlines import reactivate_order
from orders.domain.desk import cancelling
from orders.domain.desk.change_undoing import UndoRefused, undo_change
from orders.domain.money.balance import balance_of
from orders.domain.online.completion import complete_finished
from orders.domain.online.expiry import expire_overdue
from orders.domain.online.refunds import RefundRefused
from orders.letters import compose
from orders.models import Message, Order, OrderLine, Pass, PassEntry
from orders.wording_changes import change_text
from orders.wording_passes import given_back_text
from tests.factories import (
    make_extra,
    make_pass,
    make_pass_order,
    make_pass_tariff,
    make_tariff,
)
from tests.gateways.fake import FakeGateway
from tests.moments import NOW
from tests.orders.booking.changes import change, plan, r, reasons, when
from tests.orders.booking.test_passes import LAST_DAY, booked, entries, left
from tests.orders.conftest import now
from tests.orders.steps import give_back, pay, plain, refund

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def capacity() -> int:
    return 8


def told(order: Order) -> list[str]:
    """Return the lines of the letter about the last change, up to those about codes."""
    letter = plain(compose.compose(Message.objects.filter(order=order, kind="changed").latest("pk")))
    return letter[: letter.index("Код прежний.") + len("Код прежний.")].splitlines()


# Returning units


@pytest.mark.usefixtures("policy")
@pytest.mark.parametrize(
    ("notice", "kept"), [(timedelta(hours=25), 0), (timedelta(hours=3), 2), (timedelta(hours=1), 3)]
)
def test_cancelling_gives_back_by_the_terms_and_keeps_what_is_begun(
    tariff: Tariff, owner: User, manager: User, bought: Pass, clock: Any, notice: timedelta, kept: int
) -> None:
    order = booked(tariff, owner, bought, when=when("10", "13"))
    clock.move_to(order.period.start - notice)
    cancelling.cancel_order(order.pk, by=manager, reason="Планы", at=now())
    after = [("used", -3, order.pk), ("returned", 3, order.pk)]
    assert entries(bought)[1:] == [*after, *([("kept", -kept, order.pk)] if kept else [])]
    assert left(bought) == 10 - kept


def test_an_order_that_is_not_paid_in_time_gives_all_back_and_uses_it_again(
    tariff: Tariff, owner: User, manager: User, bought: Pass
) -> None:
    extra = make_extra(service=tariff.service)
    order = booked(tariff, owner, bought, extras={extra.pk: 1}, payment_method="online")
    Order.objects.filter(pk=order.pk).update(deadline_at=now())
    assert (expire_overdue(None, now()), left(bought)) == (1, 10)
    reactivate_order(order.pk, by=manager, at=now())
    assert left(bought) == 8


@pytest.mark.usefixtures("policy")
def test_an_order_that_is_not_paid_gives_all_back_whenever_it_is_shortened_or_cancelled(
    tariff: Tariff, owner: User, manager: User, bought: Pass, clock: Any
) -> None:
    extra = make_extra(service=tariff.service)
    order = booked(tariff, owner, bought, extras={extra.pk: 1}, payment_method="online", when=when("10", "14"))
    clock.move_to(order.period.start - timedelta(hours=1))
    change(order, by=manager, when=when("10", "12"))
    assert left(bought) == 8
    cancelling.cancel_order(order.pk, by=manager, reason="Планы", at=now())
    assert (left(bought), [kind for kind, *_rest in entries(bought)]) == (
        10,
        ["granted", "used", "returned", "returned"],
    )


@pytest.mark.usefixtures("policy")
def test_a_longer_ticket_uses_more_and_a_shorter_one_gives_back_by_the_terms(
    tariff: Tariff, owner: User, manager: User, bought: Pass, clock: Any
) -> None:
    order = booked(tariff, owner, bought)
    change(order, by=manager, when=when("10", "15"))
    assert left(bought) == 5
    assert told(order)[-3:] == ["Ещё с абонемента: 3 часа.", "", "Код прежний."]
    assert balance_of(order).total == r("0")
    clock.move_to(order.period.start - timedelta(hours=3))
    shorter = plan(order, by=manager, when=when("10", "12"))
    assert given_back_text(shorter.of_pass, "hour") == "1 час вернётся в абонемент, 2 часа останутся списанными"
    change(order, by=manager, when=when("10", "12"))
    assert told(order)[-3:] == ["1 час вернётся в абонемент, 2 часа останутся списанными.", "", "Код прежний."]
    assert change_text(order.events.filter(kind="changed").latest("pk").data, order.location.zone).endswith(
        " · 1 час вернётся в абонемент, 2 часа останутся списанными"
    )
    assert (left(bought), entries(bought)[-2:]) == (6, [("returned", 3, order.pk), ("kept", -2, order.pk)])
    cancelling.cancel_order(order.pk, by=manager, reason="Планы", at=now())
    assert left(bought) == 7


def test_a_change_is_refused_that_the_pass_does_not_pay(
    tariff: Tariff, owner: User, manager: User, bought: Pass
) -> None:
    order = booked(tariff, owner, bought)
    daily = make_tariff(service=tariff.service, unit=Unit.DAY)
    assert reasons(plan(order, by=manager, when=when("8", "19"))) == ["pass_too_little"]
    assert reasons(plan(order, by=manager, tariff_id=daily.pk)) == ["pass_other_unit"]
    assert reasons(plan(order, by=manager, when=when(day=LAST_DAY + timedelta(days=1)))) == ["pass_over_by_then"]


def test_undoing_a_change_undoes_its_entries_unless_they_are_used_since(
    tariff: Tariff, owner: User, manager: User, bought: Pass
) -> None:
    order = booked(tariff, owner, bought, when=when("8", "16"))
    undo_change(order.pk, change(order, by=manager, when=when("8", "10")).pk, by=manager, at=now())
    assert left(bought) == 2
    shorter = change(order, by=manager, when=when("8", "10"))
    booked(tariff, owner, bought, when=when("10", "13"))
    with pytest.raises(UndoRefused) as refusal, transaction.atomic():
        undo_change(order.pk, shorter.pk, by=manager, at=now())
    assert (refusal.value.reason, left(bought)) == ("undo_pass_used", 5)


# The money of the pass


def test_cancelling_the_sale_returns_what_is_unused_and_ends_the_pass(
    tariff: Tariff, owner: User, manager: User, bought: Pass
) -> None:
    order = booked(tariff, owner, bought, when=when("10", "13"))
    sale = bought.order
    with pytest.raises(RefundRefused) as refusal, transaction.atomic():
        cancelling.cancel_order(sale.pk, by=manager, reason="Планы", at=now(), returned=r("1400.01"))
    assert refusal.value.facts == {"most": r("1400")}
    cancelling.cancel_order(sale.pk, by=manager, reason="Планы", at=now())
    assert (balance_of(Order.objects.get(pk=sale.pk)).excess, Pass.objects.get().ended_at) == (r("1400"), now())
    assert (left(bought), entries(bought)[-1]) == (0, ("refunded", -7, None))
    cancelling.cancel_order(order.pk, by=manager, reason="Планы", at=now())
    assert left(bought) == 0


def test_a_refund_takes_the_units_it_pays_for_and_no_more_than_are_unused(
    tariff: Tariff, owner: User, pool: Service, manager: User, gateway: FakeGateway
) -> None:
    order = make_pass_order(tariff=make_pass_tariff(service=pool), customer=owner, payment_method="online", at=now())
    pay(order, gateway)
    bought = Pass.objects.get()
    booked(tariff, owner, bought, when=when("10", "13"))
    with pytest.raises(RefundRefused) as refusal, transaction.atomic():
        refund(order, gateway, "1400.01", by=manager)
    assert (refusal.value.facts, left(bought)) == ({"most": r("1400")}, 7)
    refund(order, gateway, "250", by=manager)
    assert (left(bought), entries(bought)[-1]) == (5, ("refunded", -2, None))


def test_a_refund_at_the_desk_takes_units_too(bought: Pass, manager: User) -> None:
    give_back(bought.order, "200", by=manager)
    assert (left(bought), bought.order.lines.last().kind) == (9, "allowance")


@pytest.mark.parametrize(("amount", "hours"), [("33.33", 1), ("33.34", 2), ("66.67", 2), ("1000", 30)])
def test_a_refund_takes_no_more_units_than_were_sold_for_it(
    pool: Service, manager: User, clock: Any, amount: str, hours: int
) -> None:
    sold = make_pass(service=pool, by=manager, units=30, price="1000")
    give_back(sold.order, amount, by=manager)
    assert left(sold) == 30 - hours


@pytest.mark.parametrize("cancel", [partial(cancelling.cancel_as_shown, shown=r("2000")), cancelling.cancel_unattended])
def test_a_pass_is_held_before_anyone_looks_at_what_goes_back(
    bought: Pass, manager: User, monkeypatch: pytest.MonkeyPatch, cancel: Any
) -> None:
    done = []
    for module, name in ((locks, "lock_pass"), (cancelling, "terms_of")):
        what = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a, _what=what, **k: (done.append(_what.__name__), _what(*a, **k))[1])
    cancel(bought.pk, by=manager, reason="Планы", at=now())
    assert done[:2] == ["lock_pass", "terms_of"]


def test_a_shorter_ticket_gives_nothing_back_to_a_pass_that_has_ended(
    tariff: Tariff, owner: User, manager: User, bought: Pass
) -> None:
    order = booked(tariff, owner, bought)
    cancelling.cancel_order(bought.pk, by=manager, reason="Планы", at=now())
    before = entries(bought)
    shorter = plan(order, by=manager, when=when("10", "11"))
    assert (shorter.of_pass.returned, shorter.of_pass.kept) == (0, 1)
    change(order, by=manager, when=when("10", "11"))
    assert entries(bought) == before


def test_unused_units_are_lost_when_the_pass_expires(bought: Pass, clock: Any) -> None:
    clock.move_to(bought.period.end - timedelta(seconds=1))
    assert complete_finished(None, now()) == 0
    clock.move_to(bought.period.end)
    assert complete_finished(None, now()) == 1
    assert entries(bought) == [("granted", 10, None), ("expired", -10, None)]
    there = Pass.objects.get()
    assert (there.left, there.ended_at, there.order.status) == (0, now(), "completed")


def test_the_order_of_a_pass_takes_no_tickets(bought: Pass, tariff: Tariff, manager: User) -> None:
    sale = Order.objects.select_related("location").get(pk=bought.pk)
    assert "pass_has_no_tickets" in reasons(plan(sale, by=manager, ticket=1, when=when()))


# The last word


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("pass_not_overdrawn", {"kind": "used", "units": -11}),
        ("pass_entry_has_the_sign_of_its_kind", {"kind": "used", "units": 1}),
        ("pass_entry_of_a_use_names_its_order", {"kind": "used", "units": -1, "order": None}),
        ("pass_granted_once", {"kind": "granted", "units": 1, "order": None}),
        ("pass_entry_of_the_pass_of_its_order", {"kind": "used", "units": -1, "order": "sale"}),
        ("pass_used_within_its_period", {"kind": "used", "units": -1, "at": "end"}),
    ],
)
def test_the_database_keeps_the_books(
    tariff: Tariff, owner: User, bought: Pass, constraint: str, fields: dict[str, Any]
) -> None:
    order = booked(tariff, owner, bought)
    known = {"sale": bought.order, "end": bought.period.end}
    row = {"of_pass": bought, "order": order, "at": NOW, **{k: known.get(v, v) for k, v in fields.items()}}
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        PassEntry.objects.create(**row)
    assert error.value.__cause__.diag.constraint_name == constraint
    assert left(bought) == 8


def test_nothing_is_entered_into_a_pass_that_has_ended(tariff: Tariff, owner: User, bought: Pass) -> None:
    order = booked(tariff, owner, bought)
    PassEntry.objects.create(of_pass=bought, kind="expired", units=-8, at=NOW)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        PassEntry.objects.create(of_pass=bought, kind="returned", units=2, order=order, at=NOW)
    assert error.value.__cause__.diag.constraint_name == "pass_entry_of_a_pass_that_lasts"


def test_entries_are_neither_changed_nor_deleted(bought: Pass) -> None:
    for statement in ("UPDATE orders_passentry SET units = 5", "DELETE FROM orders_passentry"):
        with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(statement)
    assert left(bought) == 10


def test_the_methods_are_those_of_the_service(pool: Service) -> None:
    pool.payment_methods = [PaymentMethod.INVOICE]
    pool.save()
    with pytest.raises(Refused) as refusal:
        make_pass_order(tariff=make_pass_tariff(service=pool))
    assert [one.reason for one in refusal.value.refusals] == ["method_not_offered"]
    assert not OrderLine.objects.exists()
