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
from orders.domain.money.cases import settle_case
from orders.domain.online.gateway import NotSent, OutcomeUnknown
from orders.domain.online.sums import Sums, last_sums
from orders.domain.online.sweep import Swept, sweep, swept_at
from orders.domain.queries.day import Awaited, Flow, awaited_by_link, day_report
from orders.models import CaseKind, MoneyCase, Order, PaymentAttempt, Refund
from tests.factories import make_order, make_pool, make_tariff
from tests.gateways.fake import FakeGateway
from tests.moments import THURSDAY, TUESDAY, WEDNESDAY
from tests.orders.conftest import now
from tests.orders.steps import pay, press_pay, refund, seen, send_all, take
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


def test_a_sweep_finds_nothing_where_all_is_the_same(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    refund(order, gateway, "100", by=manager)
    send_all(gateway)
    before = saved_rows()
    assert swept_at() is None
    assert sweep(gateway, at=now()) == Swept(seen=2, different=0)
    assert saved_rows() == before
    assert swept_at() == now()
    assert last_sums() == Sums(now(), now() - 2 * DAY, 1, SUM - 100, SUM - 100)


def test_a_sweep_takes_a_payment_whose_news_never_came(order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    assert sweep(gateway, at=now()) == Swept(seen=1, different=1)
    after = seen(order)
    assert (after.status, after.payments, after.cases) == ("confirmed", ["succeeded"], [])
    assert sweep(gateway, at=now()).different == 0


def test_a_sweep_binds_a_payment_whose_creation_was_never_answered(order: Order, gateway: FakeGateway) -> None:
    gateway.fail_next(OutcomeUnknown("no answer"), when="after", path="/payments")
    attempt = press_pay(order, gateway)
    assert attempt.provider_id is None
    assert sweep(gateway, at=now()).different == 1
    attempt.refresh_from_db()
    assert (attempt.status, attempt.provider_id is None) == ("pending", False)


def test_a_sweep_shows_a_payment_that_names_no_order_here(order: Order, gateway: FakeGateway, manager: User) -> None:
    attempt = press_pay(order, gateway)
    provider_id = attempt.provider_id or ""
    gateway.alter(provider_id, metadata={"env": "test", "payment_id": "999999"})
    PaymentAttempt.objects.filter(pk=attempt.pk).update(provider_id=None)
    for _ in range(2):
        assert sweep(gateway, at=now()).different == 1
    case = MoneyCase.objects.get()
    assert (case.kind, case.order, case.provider_id, case.amount) == ("unknown_payment", None, provider_id, SUM)

    settle(CaseKind.UNKNOWN_PAYMENT, manager)
    assert sweep(gateway, at=now()).different == 0
    assert open_kinds() == []


def test_a_sweep_leaves_the_payments_of_another_copy_of_the_site_alone(
    order: Order, gateway: FakeGateway, settings: Any
) -> None:
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    gateway.external_refund(attempt.provider_id or "", Decimal("100"))
    order.attempts.update(provider_id=None)
    settings.YOOKASSA_ENVIRONMENT = "another"
    before = saved_rows()
    assert sweep(gateway, at=now()) == Swept(seen=2, different=0)
    assert saved_rows() == before


def test_a_sweep_writes_down_a_refund_of_the_cabinet(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    gateway.external_refund(attempt.provider_id or "", Decimal("150.00"))
    sweep(gateway, at=now())
    after = seen(order)
    assert after.refunds == [("external", "succeeded", Decimal("150.00"))]
    assert after.cases == ["external_refund"]
    assert sweep(gateway, at=now()).different == 0


def test_a_sweep_takes_a_refund_that_the_bank_refused(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    gateway.refunds_stay_pending = True
    refund(order, gateway, "100", by=manager)
    send_all(gateway)
    gateway.settle_refund(Refund.objects.get().provider_id or "", "canceled", "rejected_by_payee")
    assert sweep(gateway, at=now()).different == 1
    assert (seen(order).refunds[0][1], open_kinds()) == ("canceled", ["refund_failed"])


def test_sums_that_differ_open_a_case_that_closes_when_they_agree(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    provider_id = pay(order, gateway).provider_id or ""
    gateway.alter(provider_id, refunded=Decimal("150.00"))
    assert sweep(gateway, at=now()).different == 1
    case = MoneyCase.objects.get()
    assert (case.kind, case.order, case.amount) == ("drift", order, Decimal(-150))
    assert case.facts == {"ours": "600.00", "theirs": "450.00"}

    gateway.alter(provider_id, refunded=Decimal("0.00"))
    assert sweep(gateway, at=now()).different == 0
    assert open_kinds() == []


def test_a_settled_difference_comes_back_only_when_it_changes(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    provider_id = pay(order, gateway).provider_id or ""
    gateway.alter(provider_id, refunded=Decimal("150.00"))
    sweep(gateway, at=now())
    settle(CaseKind.DRIFT, manager)
    assert sweep(gateway, at=now()).different == 0
    gateway.alter(provider_id, refunded=Decimal("160.00"))
    assert sweep(gateway, at=now()).different == 1
    assert open_kinds() == ["drift"]


def test_money_that_moves_while_a_sweep_asks_is_no_difference(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    begun = now()
    clock.shift(MINUTE)
    refund(order, gateway, "100", by=manager)
    send_all(gateway)
    gateway.alter(order.attempts.get().provider_id or "", refunded=Decimal(0))  # as listed a minute ago
    assert sweep(gateway, at=begun).different == 0
    assert open_kinds() == []


def test_a_settled_mismatch_is_not_brought_up_again(order: Order, gateway: FakeGateway, manager: User) -> None:
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    gateway.alter(attempt.provider_id or "", amount=Decimal("700.00"))
    sweep(gateway, at=now())
    assert open_kinds() == ["mismatch"]
    settle(CaseKind.MISMATCH, manager)
    assert sweep(gateway, at=now()).different == 0
    assert open_kinds() == []


def test_a_dry_sweep_counts_the_same_and_changes_nothing(order: Order, tariff: Tariff, gateway: FakeGateway) -> None:
    first = pay(order, gateway)
    gateway.external_refund(first.provider_id or "", Decimal("150.00"))
    second = make_order(tariff=tariff, payment_method="online", when=ON_THURSDAY)
    gateway.pay(press_pay(second, gateway).provider_id or "")
    before = saved_rows()
    dry = sweep(gateway, at=now(), dry_run=True)
    assert dry.different >= 2
    assert saved_rows() == before
    assert swept_at() is None
    assert all(sent.method == "GET" for sent in gateway.journal[-2:])


def test_a_sweep_that_broke_off_does_not_count(order: Order, gateway: FakeGateway) -> None:
    gateway.fail_next(NotSent("refused"), path="/refunds")
    with pytest.raises(NotSent):
        sweep(gateway, at=now())
    assert swept_at() is None


def test_a_payment_that_says_nothing_certain_does_not_stop_the_sweep_behind_it(
    order: Order, tariff: Tariff, gateway: FakeGateway
) -> None:
    older = press_pay(make_order(tariff=tariff, when=ON_THURSDAY, payment_method="online"), gateway)
    strange = press_pay(order, gateway)
    for attempt in (older, strange):
        gateway.pay(attempt.provider_id or "")
    # By the lists, the newest first, nothing of it went back.
    gateway.alter(strange.provider_id or "", refunded=Decimal("100.00"))
    with pytest.raises(OutcomeUnknown):
        sweep(gateway, at=now())
    assert (seen(order).status, seen(older.order).status, swept_at()) == ("awaiting_payment", "confirmed", None)


def test_a_sweep_looks_back_two_days(order: Order, gateway: FakeGateway, clock: time_machine.Coordinates) -> None:
    press_pay(order, gateway)
    clock.shift(2 * DAY + MINUTE)
    assert sweep(gateway, at=now()) == Swept(seen=0, different=0)


# A day


def test_the_day_adds_up_to_its_ledger(
    order: Order, tariff: Tariff, location: Location, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "100", by=manager)
    send_all(gateway)
    others = [make_order(tariff=make_tariff(service=make_pool(location=location)), by=manager) for _ in range(3)]
    take(others[0], "600", by=manager)
    take(others[1], "250", by=manager, method=PaymentMethod.INVOICE, document="118")
    take(others[2], "600", by=manager, moved_at=now() - DAY)
    take(make_order(), "600", by=manager)  # at another location

    report = day_report(location, TUESDAY)
    assert report.totals == {
        "online": Flow(charged=SUM, charges=1, returned=Decimal(-100), refunds=1),
        "on_site": Flow(charged=SUM, charges=1),
        "invoice": Flow(charged=Decimal(250), charges=1),
    }
    assert [flow.net for flow in report.totals.values()] == [Decimal(500), SUM, Decimal(250)]
    assert report.total.net == sum(entry.amount for entry in report.entries) == Decimal(1350)
    assert (report.total.charges, report.total.refunds) == (3, 1)
    assert [entry.order for entry in day_report(location, TUESDAY - DAY).entries] == [others[2]]
    assert day_report(location, WEDNESDAY).entries == []


def test_links_are_awaited_until_their_deadline(
    order: Order, location: Location, clock: time_machine.Coordinates, gateway: FakeGateway
) -> None:
    assert awaited_by_link(location, at=now()) == Awaited(SUM, 1, order.deadline_at)
    press_pay(order, gateway)
    clock.shift(DAY)
    assert awaited_by_link(location, at=now()) == Awaited(Decimal(0), 0, None)


def test_a_settled_difference_of_a_refund_is_not_brought_up_again(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    refund(order, gateway, "100", by=manager)
    send_all(gateway)
    asked = Refund.objects.get()
    gateway._refunds[asked.provider_id] = replace(gateway._refunds[asked.provider_id], status="canceled")
    sweep(gateway, at=now())
    assert open_kinds()[0] == "mismatch"
    settle(CaseKind.MISMATCH, manager)
    before = saved_rows()
    sweep(gateway, at=now())
    assert saved_rows() == before


def test_a_settled_refund_that_went_through_twice_is_not_brought_up_again(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    gateway.refunds_stay_pending = True
    refund(order, gateway, "600", by=manager)
    send_all(gateway)
    Refund.objects.update(status="canceled")
    refund(order, gateway, "600", by=manager)
    gateway.settle_refund(Refund.objects.earliest("pk").provider_id or "", "succeeded")
    sweep(gateway, at=now())
    assert open_kinds() == ["mismatch"]
    settle(CaseKind.MISMATCH, manager)
    before = saved_rows()
    assert sweep(gateway, at=now()).different == 0
    assert saved_rows() == before


def test_a_refund_that_was_refused_in_the_cabinet_is_no_difference(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    gateway.refunds_stay_pending = True
    told = gateway.external_refund(attempt.provider_id or "", Decimal(100))
    gateway._refunds[told.id] = replace(told, status="canceled")
    gateway.alter(attempt.provider_id or "", refunded=Decimal("0.00"))
    before = saved_rows()
    assert sweep(gateway, at=now()).different == 0
    assert saved_rows() == before


def test_a_list_that_is_older_than_our_books_is_asked_for_anew(
    order: Order, gateway: FakeGateway, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = pay(order, gateway)
    before_the_refund = list(gateway.payments_since(now() - timedelta(hours=1)))
    refund(order, gateway, "100", by=manager)
    send_all(gateway)
    monkeypatch.setattr(gateway, "payments_since", lambda *asked, **named: iter(before_the_refund))
    assert sweep(gateway, at=now() + timedelta(seconds=1)).different == 0
    assert open_kinds() == []
    gateway.alter(attempt.provider_id or "", refunded=Decimal("0.00"))
    assert sweep(gateway, at=now() + timedelta(seconds=1)).different == 1
    assert open_kinds() == ["drift"]
