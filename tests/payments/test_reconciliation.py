"""Comparing our books with the provider's, and with what orders cost."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Location, PaymentMethod, Tariff
from orders.domain.cases import open_case, settle_case
from orders.domain.gateway import NotSent, OutcomeUnknown
from orders.domain.lifecycle import complete_finished
from orders.domain.reconciliation import (
    Awaited,
    Swept,
    awaited_by_link,
    check_balances,
    day_report,
    sweep,
    swept_at,
)
from orders.gateways.fake import FakeGateway
from orders.models import CaseKind, MoneyCase, Order, Payment, Refund
from tests.factories import make_order, make_pool, make_tariff
from tests.moments import THURSDAY, TUESDAY, WEDNESDAY
from tests.payments.conftest import now
from tests.payments.steps import cancel, give_back, pay, press_pay, refund, seen, send_all, take
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SUM = Decimal("600.00")
ON_THURSDAY = When(day=THURSDAY, start=time(10), end=time(12))


def open_kinds() -> list[str]:
    return sorted(MoneyCase.objects.open().values_list("kind", flat=True))


def settle(kind: CaseKind, by: User) -> None:
    settle_case(MoneyCase.objects.open().get(kind=kind), resolution="Так и должно быть", by=by, at=now())


# The provider's lists


def test_a_sweep_finds_nothing_where_all_is_the_same(order: Order, till: FakeGateway, manager: User) -> None:
    pay(order, till)
    refund(order, till, "100", by=manager)
    send_all(till)
    before = saved_rows()
    assert swept_at() is None
    assert sweep(till, at=now()) == Swept(seen=2, different=0)
    assert saved_rows() == before
    assert swept_at() == now()


def test_a_sweep_takes_a_payment_whose_news_never_came(order: Order, till: FakeGateway) -> None:
    payment = press_pay(order, till)
    till.pay(payment.provider_id or "")
    assert sweep(till, at=now()) == Swept(seen=1, different=1)
    after = seen(order)
    assert (after.status, after.payments, after.cases) == ("confirmed", ["succeeded"], [])
    assert sweep(till, at=now()).different == 0


def test_a_sweep_binds_a_payment_whose_creation_was_never_answered(order: Order, till: FakeGateway) -> None:
    till.fail_next(OutcomeUnknown("no answer"), when="after", path="/payments")
    payment = press_pay(order, till)
    assert payment.provider_id is None
    assert sweep(till, at=now()).different == 1
    payment.refresh_from_db()
    assert (payment.status, payment.provider_id is None) == ("pending", False)


def test_a_sweep_shows_a_payment_that_names_no_order_here(order: Order, till: FakeGateway, manager: User) -> None:
    payment = press_pay(order, till)
    provider_id = payment.provider_id or ""
    till.alter(provider_id, metadata={"env": "test", "payment_id": "999999"})
    Payment.objects.filter(pk=payment.pk).update(provider_id=None)
    for _ in range(2):
        assert sweep(till, at=now()).different == 1
    case = MoneyCase.objects.get()
    assert (case.kind, case.order, case.details, case.amount) == ("unknown_payment", None, provider_id, SUM)

    settle(CaseKind.UNKNOWN_PAYMENT, manager)
    assert sweep(till, at=now()).different == 0
    assert open_kinds() == []


def test_a_sweep_leaves_the_payments_of_another_copy_of_the_site_alone(
    order: Order, till: FakeGateway, settings: Any
) -> None:
    payment = press_pay(order, till)
    till.pay(payment.provider_id or "")
    till.external_refund(payment.provider_id or "", Decimal("100"))
    order.payments.update(provider_id=None)
    settings.YOOKASSA_ENVIRONMENT = "another"
    before = saved_rows()
    assert sweep(till, at=now()) == Swept(seen=2, different=0)
    assert saved_rows() == before


def test_a_sweep_writes_down_a_refund_of_the_cabinet(order: Order, till: FakeGateway) -> None:
    payment = pay(order, till)
    till.external_refund(payment.provider_id or "", Decimal("150.00"))
    sweep(till, at=now())
    after = seen(order)
    assert after.refunds == [("external", "succeeded", Decimal("150.00"))]
    assert after.cases == ["external_refund"]
    assert sweep(till, at=now()).different == 0


def test_a_sweep_takes_a_refund_that_the_bank_refused(order: Order, till: FakeGateway, manager: User) -> None:
    pay(order, till)
    till.refunds_stay_pending = True
    refund(order, till, "100", by=manager)
    send_all(till)
    till.settle_refund(Refund.objects.get().provider_id or "", "canceled", "rejected_by_payee")
    assert sweep(till, at=now()).different == 1
    assert (seen(order).refunds[0][1], open_kinds()) == ("canceled", ["refund_failed"])


def test_sums_that_differ_open_a_case_that_closes_when_they_agree(
    order: Order, till: FakeGateway, manager: User
) -> None:
    provider_id = pay(order, till).provider_id or ""
    till.alter(provider_id, refunded=Decimal("150.00"))
    assert sweep(till, at=now()).different == 1
    case = MoneyCase.objects.get()
    assert (case.kind, case.order, case.amount, case.details) == ("drift", order, Decimal(-150), "600.00 / 450.00")

    till.alter(provider_id, refunded=Decimal("0.00"))
    assert sweep(till, at=now()).different == 0
    assert open_kinds() == []


def test_a_settled_difference_comes_back_only_when_it_changes(order: Order, till: FakeGateway, manager: User) -> None:
    provider_id = pay(order, till).provider_id or ""
    till.alter(provider_id, refunded=Decimal("150.00"))
    sweep(till, at=now())
    settle(CaseKind.DRIFT, manager)
    assert sweep(till, at=now()).different == 0
    till.alter(provider_id, refunded=Decimal("160.00"))
    assert sweep(till, at=now()).different == 1
    assert open_kinds() == ["drift"]


def test_money_that_moves_while_a_sweep_asks_is_no_difference(
    order: Order, till: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, till)
    begun = now()
    clock.shift(MINUTE)
    refund(order, till, "100", by=manager)
    send_all(till)
    till.alter(order.payments.get().provider_id or "", refunded=Decimal(0))  # as listed a minute ago
    assert sweep(till, at=begun).different == 0
    assert open_kinds() == []


def test_a_settled_mismatch_is_not_brought_up_again(order: Order, till: FakeGateway, manager: User) -> None:
    payment = press_pay(order, till)
    till.pay(payment.provider_id or "")
    till.alter(payment.provider_id or "", amount=Decimal("700.00"))
    sweep(till, at=now())
    assert open_kinds() == ["mismatch"]
    settle(CaseKind.MISMATCH, manager)
    assert sweep(till, at=now()).different == 0
    assert open_kinds() == []


def test_a_dry_sweep_counts_the_same_and_changes_nothing(order: Order, tariff: Tariff, till: FakeGateway) -> None:
    first = pay(order, till)
    till.external_refund(first.provider_id or "", Decimal("150.00"))
    second = make_order(tariff=tariff, payment_method="online", when=ON_THURSDAY)
    till.pay(press_pay(second, till).provider_id or "")
    before = saved_rows()
    dry = sweep(till, at=now(), dry_run=True)
    assert dry.different >= 2
    assert saved_rows() == before
    assert swept_at() is None
    assert all(sent.method == "GET" for sent in till.journal[-2:])


def test_a_sweep_that_broke_off_does_not_count(order: Order, till: FakeGateway) -> None:
    till.fail_next(NotSent("refused"), path="/refunds")
    with pytest.raises(NotSent):
        sweep(till, at=now())
    assert swept_at() is None


def test_a_sweep_looks_back_two_days(order: Order, till: FakeGateway, clock: time_machine.Coordinates) -> None:
    press_pay(order, till)
    clock.shift(2 * DAY + MINUTE)
    assert sweep(till, at=now()) == Swept(seen=0, different=0)


# What orders cost


def test_an_unpaid_visit_is_a_debt_until_it_is_paid(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    assert check_balances(at=now()) == 0
    clock.shift(2 * DAY)
    complete_finished(None, now())
    assert check_balances(at=now()) == 1
    case = MoneyCase.objects.get()
    assert (case.kind, case.order, case.amount) == ("debt", desk_order, SUM)
    assert check_balances(at=now()) == 1
    assert MoneyCase.objects.count() == 1

    take(desk_order, "200", by=manager)
    check_balances(at=now())
    assert [case.amount for case in MoneyCase.objects.open()] == [Decimal(400)]
    take(desk_order, "400", by=manager)
    assert check_balances(at=now()) == 0
    assert open_kinds() == []


def test_money_beyond_the_cost_is_to_be_returned_until_it_is(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    take(desk_order, "600", by=manager)
    cancel(desk_order, None, by=manager, returned="600")
    MoneyCase.objects.all().delete()
    assert check_balances(at=now()) == 1
    assert open_kinds() == ["to_return"]
    give_back(desk_order, "600", by=manager)
    assert check_balances(at=now()) == 0
    assert open_kinds() == []


def test_money_on_its_way_back_is_not_to_be_returned_again(order: Order, till: FakeGateway, manager: User) -> None:
    pay(order, till)
    till.refunds_stay_pending = True
    cancel(order, till, by=manager, returned="600")
    send_all(till)
    assert check_balances(at=now()) == 0
    assert open_kinds() == []


def test_a_settled_debt_stays_settled_until_money_moves(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    clock.shift(2 * DAY)
    complete_finished(None, now())
    check_balances(at=now())
    settle(CaseKind.DEBT, manager)
    assert check_balances(at=now()) == 0
    assert open_kinds() == []

    clock.shift(HOUR)
    take(desk_order, "200", by=manager)
    assert check_balances(at=now()) == 1
    assert [case.amount for case in MoneyCase.objects.open()] == [Decimal(400)]


def test_what_comes_up_anew_after_it_was_settled_is_not_closed_silently(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    clock.shift(2 * DAY)
    complete_finished(None, now())
    check_balances(at=now())
    settle(CaseKind.DEBT, manager)
    open_case(CaseKind.DEBT, at=now(), order=desk_order, amount=SUM)
    check_balances(at=now())
    assert open_kinds() == ["debt"]


def test_an_old_debt_does_not_close_by_itself(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    clock.shift(2 * DAY)
    complete_finished(None, now())
    check_balances(at=now())
    clock.shift(100 * DAY)
    assert check_balances(at=now()) == 1
    assert open_kinds() == ["debt"]


def test_a_dry_check_of_balances_changes_nothing(desk_order: Order, clock: time_machine.Coordinates) -> None:
    clock.shift(2 * DAY)
    complete_finished(None, now())
    before = saved_rows()
    assert check_balances(at=now(), dry_run=True) == 1
    assert saved_rows() == before


# A day


def test_the_day_adds_up_to_its_ledger(
    order: Order, tariff: Tariff, location: Location, till: FakeGateway, manager: User
) -> None:
    pay(order, till)
    refund(order, till, "100", by=manager)
    send_all(till)
    others = [make_order(tariff=make_tariff(service=make_pool(location=location)), by=manager) for _ in range(3)]
    take(others[0], "600", by=manager)
    take(others[1], "250", by=manager, method=PaymentMethod.INVOICE, document="118")
    take(others[2], "600", by=manager, moved_at=now() - DAY)
    take(make_order(), "600", by=manager)  # at another location

    report = day_report(location, TUESDAY)
    figures = [(t.method, t.charged, t.charges, t.returned, t.refunds, t.corrected, t.net) for t in report.totals]
    assert figures == [
        ("online", SUM, 1, Decimal(-100), 1, Decimal(0), Decimal(500)),
        ("on_site", SUM, 1, Decimal(0), 0, Decimal(0), SUM),
        ("invoice", Decimal(250), 1, Decimal(0), 0, Decimal(0), Decimal(250)),
    ]
    assert report.total.net == sum(entry.amount for entry in report.entries) == Decimal(1350)
    assert (report.total.charges, report.total.refunds) == (3, 1)
    assert [entry.order for entry in day_report(location, TUESDAY - DAY).entries] == [others[2]]
    assert day_report(location, WEDNESDAY).entries == []


def test_links_are_awaited_until_their_deadline(
    order: Order, location: Location, clock: time_machine.Coordinates, till: FakeGateway
) -> None:
    assert awaited_by_link(location, at=now()) == Awaited(SUM, 1, order.pay_by)
    press_pay(order, till)
    clock.shift(DAY)
    assert awaited_by_link(location, at=now()) == Awaited(Decimal(0), 0, None)


def test_a_settled_difference_of_a_refund_is_not_brought_up_again(
    order: Order, till: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    pay(order, till)
    refund(order, till, "100", by=manager)
    send_all(till)
    asked = Refund.objects.get()
    till._refunds[asked.provider_id] = replace(till._refunds[asked.provider_id], status="canceled")
    sweep(till, at=now())
    assert open_kinds()[0] == "mismatch"
    settle(CaseKind.MISMATCH, manager)
    before = saved_rows()
    sweep(till, at=now())
    assert saved_rows() == before


def test_a_refund_that_was_refused_in_the_cabinet_is_no_difference(order: Order, till: FakeGateway) -> None:
    payment = pay(order, till)
    till.refunds_stay_pending = True
    told = till.external_refund(payment.provider_id or "", Decimal(100))
    till._refunds[told.id] = replace(told, status="canceled")
    till.alter(payment.provider_id or "", refunded=Decimal("0.00"))
    before = saved_rows()
    assert sweep(till, at=now()).different == 0
    assert saved_rows() == before


def test_a_list_that_is_older_than_our_books_is_asked_for_anew(
    order: Order, till: FakeGateway, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = pay(order, till)
    before_the_refund = list(till.payments_since(now() - timedelta(hours=1)))
    refund(order, till, "100", by=manager)
    send_all(till)
    monkeypatch.setattr(till, "payments_since", lambda *asked, **named: iter(before_the_refund))
    assert sweep(till, at=now() + timedelta(seconds=1)).different == 0
    assert open_kinds() == []
    till.alter(payment.provider_id or "", refunded=Decimal("0.00"))
    assert sweep(till, at=now() + timedelta(seconds=1)).different == 1
    assert open_kinds() == ["drift"]
