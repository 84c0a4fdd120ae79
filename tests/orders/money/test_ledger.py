"""The database's guards of money, and the balance of an order."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import User
from orders.domain.money.balance import Balance, balance_in, balance_of, with_sums
from orders.models import (
    IssuedInvoice,
    LedgerEntry,
    MoneyCase,
    OffsetReceipt,
    Order,
    OrderStatus,
    PaymentAttempt,
    PaymentLink,
    ProviderNotification,
    ProviderRequest,
    Refund,
)
from tests.factories import make_user
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import look, pay, press_pay, refund, send_all, take
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

SUM = Decimal("600.00")
ID = "2a000000-000f-5000-8000-00000000aaaa"


def refused(name: str, act: Callable[[], Any]) -> None:
    """Check that the database refuses something by this constraint, and that nothing changed."""
    before = saved_rows()
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    assert getattr(refusal.value.__cause__, "diag").constraint_name == name  # noqa: B009 - psycopg's own
    assert saved_rows() == before


def enter(order: Order, **fields: Any) -> LedgerEntry:
    """Save an entry, bypassing the ledger functions."""
    defaults: dict[str, Any] = {"kind": "charge", "method": "on_site", "amount": SUM, "at": now()}
    return LedgerEntry.objects.create(order=order, **{**defaults, **fields})


# The ledger


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda: LedgerEntry.objects.update(amount=1),
        lambda: LedgerEntry.objects.update(reason="иначе"),
        lambda: LedgerEntry.objects.all().delete(),
    ],
    ids=["another sum", "another reason", "gone"],
)
def test_the_ledger_only_grows(rewrite: Callable[[], Any], desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    before = saved_rows()
    with pytest.raises(DatabaseError), transaction.atomic():
        rewrite()
    assert saved_rows() == before


@pytest.mark.parametrize(
    ("kind", "amount"),
    [("charge", -1), ("charge", 0), ("refund", 1), ("refund", 0), ("correction", 0)],
)
def test_the_sign_of_an_entry_follows_its_kind(kind: str, amount: int, desk_order: Order) -> None:
    entry = enter(desk_order)
    about = {"corrects": entry, "reason": "Опечатка"} if kind == "correction" else {}
    refused("entry_sign_follows_the_kind", lambda: enter(desk_order, kind=kind, amount=amount, **about))


@pytest.mark.parametrize("amount", [-1, 1])
def test_a_correction_goes_either_way(amount: int, desk_order: Order) -> None:
    entry = enter(desk_order)
    assert enter(desk_order, kind="correction", amount=amount, corrects=entry, reason="Опечатка").pk


@pytest.mark.parametrize("missing", ["corrects", "reason"])
def test_a_correction_says_what_and_why(missing: str, desk_order: Order) -> None:
    about = {"corrects": enter(desk_order), "reason": "Опечатка"}
    about[missing] = None if missing == "corrects" else ""
    refused("entry_correction_says_what_and_why", lambda: enter(desk_order, kind="correction", amount=1, **about))


def test_a_payment_is_charged_once(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    refused("entry_one_charge_an_attempt", lambda: enter(order, method="online", attempt=attempt))


def test_a_refund_is_written_down_once(order: Order, gateway: FakeGateway, manager: User) -> None:
    attempt = pay(order, gateway)
    refund(order, gateway, "100", by=manager)
    send_all(gateway)
    again = {"kind": "refund", "amount": -100, "attempt": attempt, "refund": Refund.objects.get()}
    refused("entry_one_a_refund", lambda: enter(order, method="online", **again))


@pytest.mark.parametrize("kind", ["charge", "refund", "correction"])
def test_an_entry_online_names_its_payment(kind: str, desk_order: Order) -> None:
    about = {"corrects": enter(desk_order), "reason": "Опечатка"} if kind == "correction" else {}
    amount = -1 if kind == "refund" else 1
    refused(
        "entry_online_names_the_attempt",
        lambda: enter(desk_order, kind=kind, amount=amount, method="online", **about),
    )


def test_a_refund_online_names_the_refund(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    refused(
        "entry_online_names_the_attempt",
        lambda: enter(order, kind="refund", amount=-1, method="online", attempt=attempt),
    )


def test_a_free_order_moves_no_money(desk_order: Order) -> None:
    refused("entry_moves_money", lambda: enter(desk_order, method="free"))


# Payments


def new_attempt(order: Order, **fields: Any) -> PaymentAttempt:
    return PaymentAttempt.objects.create(order=order, **{"number": 7, "amount": SUM, **fields})


PAID = {"status": "succeeded", "provider_id": ID}


def test_an_order_has_one_active_attempt(order: Order, gateway: FakeGateway) -> None:
    press_pay(order, gateway)
    for status in ("created", "pending"):
        refused("attempt_one_active_an_order", lambda status=status: new_attempt(order, status=status))
    assert new_attempt(order, abandoned_at=now()).pk
    assert new_attempt(order, number=8, status="canceled").pk


def test_an_attempt_has_its_own_number(order: Order, gateway: FakeGateway) -> None:
    press_pay(order, gateway)
    refused("attempt_number_once_an_order", lambda: new_attempt(order, number=1, status="failed"))


@pytest.mark.parametrize("amount", [0, -1])
def test_a_payment_is_of_a_sum(amount: int, order: Order) -> None:
    refused("attempt_amount_above_zero", lambda: new_attempt(order, amount=amount))


@pytest.mark.parametrize("missing", ["provider_id", "settled_at"])
def test_a_paid_attempt_is_known_to_the_provider(missing: str, order: Order) -> None:
    fields = {**PAID, "settled_at": now(), missing: None}
    refused("attempt_succeeded_at_the_provider", lambda: new_attempt(order, **fields))


@pytest.mark.parametrize(
    "change",
    [{"status": "pending"}, {"status": "canceled"}, {"status": "failed"}, {"amount": 1}],
    ids=lambda change: str(next(iter(change.values()))),
)
def test_a_success_is_final(change: dict[str, Any], order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    refused("attempt_success_is_final", lambda: PaymentAttempt.objects.filter(pk=attempt.pk).update(**change))
    PaymentAttempt.objects.filter(pk=attempt.pk).update(receipt="succeeded", mismatch=None)


# Refunds


def new_refund(attempt: PaymentAttempt, amount: str, **fields: Any) -> Refund:
    return Refund.objects.create(attempt=attempt, amount=Decimal(amount), source="staff", **fields)


def test_refunds_stay_within_their_payment(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    refused("refund_within_its_attempt", lambda: new_refund(attempt, "600.01"))
    new_refund(attempt, "250")
    new_refund(attempt, "250", status="pending")
    over = new_refund(attempt, "600", status="canceled")
    refused("refund_within_its_attempt", lambda: new_refund(attempt, "100.01"))
    refused("refund_within_its_attempt", lambda: Refund.objects.filter(pk=over.pk).update(status="requested"))
    last = new_refund(attempt, "100")
    refused("refund_within_its_attempt", lambda: Refund.objects.filter(pk=last.pk).update(amount=101))
    Refund.objects.filter(pk=last.pk).update(status="failed")
    assert new_refund(attempt, "100").pk


@pytest.mark.parametrize("status", ["created", "pending", "canceled", "failed"])
def test_an_attempt_that_was_not_paid_has_no_refund(status: str, order: Order) -> None:
    attempt = new_attempt(order, status=status)
    refused("refund_within_its_attempt", lambda: new_refund(attempt, "0.01"))


def test_a_refund_made_in_the_cabinet_is_a_fact(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    new_refund(attempt, "600")
    done = {"status": "succeeded", "provider_id": ID, "settled_at": now()}
    assert Refund.objects.create(attempt=attempt, amount=600, source="external", **done).pk


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_refund_is_of_a_sum(amount: str, order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    refused("refund_amount_above_zero", lambda: new_refund(attempt, amount))


@pytest.mark.parametrize("missing", ["provider_id", "settled_at"])
def test_a_refund_that_went_through_is_known_to_the_provider(missing: str, order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    fields = {"status": "succeeded", "provider_id": ID, "settled_at": now(), missing: None}
    refused("refund_succeeded_at_the_provider", lambda: new_refund(attempt, "1", **fields))


# Everything else


def test_every_other_rule_has_its_name(order: Order, gateway: FakeGateway, manager: User) -> None:
    attempt = pay(order, gateway)
    refund(order, gateway, "100", by=manager)
    body = {"path": "/payments", "body": "{}"}
    refused("request_is_about_one_thing", lambda: ProviderRequest.objects.create(**body))
    both = {"attempt": new_attempt(order, status="failed"), "refund": Refund.objects.get()}
    refused("request_is_about_one_thing", lambda: ProviderRequest.objects.create(**body, **both))
    refused("offset_receipt_amount_above_zero", lambda: OffsetReceipt.objects.create(attempt=attempt, amount=0))
    refused("order_keeps_no_negative_sum", lambda: Order.objects.update(kept=-1))
    bought = {"buyer_name": "x", "contents": {}, "issued_by": manager, "order": order}
    refused("invoice_amount_above_zero", lambda: IssuedInvoice.objects.create(amount=0, **bought))
    case = {"kind": "drift", "order": order, "attempt": attempt}
    MoneyCase.objects.create(**case)
    refused("case_open_once_a_kind_and_thing", lambda: MoneyCase.objects.create(**case))
    assert MoneyCase.objects.create(**{**case, "kind": "mismatch"}).pk
    of_no_order = {"kind": "unknown_payment", "provider_id": ID}
    MoneyCase.objects.create(**of_no_order)
    refused("case_open_once_a_kind_and_thing", lambda: MoneyCase.objects.create(**of_no_order))
    MoneyCase.objects.update(closed_at=now())
    assert MoneyCase.objects.create(**case).pk
    told = {"event": "payment.succeeded", "object_id": ID, "remote_address": "::1", "body": ""}
    ProviderNotification.objects.create(**told)
    refused("notification_once_an_object", lambda: ProviderNotification.objects.create(**told))


def test_an_order_has_one_link_that_cannot_be_guessed(order: Order) -> None:
    link = PaymentLink.objects.get(order=order)
    assert len(link.token) == 22
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentLink.objects.create(order=order)


# The state of the money


def of(order: Order, *, paying: bool = False, entries: tuple[tuple[str, int], ...], cost: int = 600) -> Balance:
    """Give an order its entries by the desk, a correction naming the entry before; return its balance."""
    last: LedgerEntry | None = None
    for kind, amount in entries:
        about = {"corrects": last, "reason": "Опечатка"} if kind == "correction" else {}
        entry = enter(order, kind=kind, amount=amount, **about)
        last = last if kind == "correction" else entry
    if cost != 600:
        order.lines.create(kind="allowance", title="-", quantity=1, unit_price=cost - 600, amount=cost - 600)
    if paying:
        new_attempt(order)
    return balance_of(order)


def methods_of(order: Order) -> list[str]:
    return [str(one) for one in balance_of(order).paid_by]


@pytest.mark.parametrize(
    ("entries", "methods"),
    [
        ((), []),
        ((("charge", "on_site", 200),), ["on_site"]),
        ((("charge", "on_site", 200), ("charge", "invoice", 100), ("charge", "on_site", 300)), ["on_site", "invoice"]),
        ((("charge", "invoice", 600), ("charge", "on_site", 1)), ["invoice", "on_site"]),
        ((("charge", "on_site", 600), ("refund", "invoice", -600)), ["on_site"]),
        ((("charge", "on_site", 600), ("correction", "on_site", -600)), []),
        ((("charge", "on_site", 600), ("correction", "on_site", -600), ("charge", "invoice", 600)), ["invoice"]),
        ((("charge", "on_site", 60), ("correction", "on_site", 540)), ["on_site"]),
    ],
)
def test_an_order_is_paid_by_the_methods_its_money_came_by(
    entries: tuple[tuple[str, str, int], ...], methods: list[str], desk_order: Order
) -> None:
    first: LedgerEntry | None = None
    for kind, method, amount in entries:
        about = {"corrects": first, "reason": "Опечатка"} if kind == "correction" else {}
        entry = enter(desk_order, kind=kind, method=method, amount=amount, **about)
        first = first or entry
    assert methods_of(desk_order) == methods


def test_what_was_paid_twice_is_no_method_once_it_has_gone_back(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = press_pay(order, gateway)
    take(order, "600", by=manager)
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    assert methods_of(order) == ["on_site", "online"]
    send_all(gateway)
    assert methods_of(order) == ["on_site"]


@pytest.mark.parametrize(
    ("entries", "more", "status", "paid", "due"),
    [
        ((), {}, "unpaid", 0, 600),
        ((), {"paying": True}, "pending", 0, 600),
        ((), {"cost": 0}, "not_required", 0, 0),
        ((), {"cost": 0, "paying": True}, "not_required", 0, 0),
        ((("charge", 200),), {}, "partly_paid", 200, 400),
        ((("charge", 200),), {"paying": True}, "partly_paid", 200, 400),
        ((("charge", 200), ("charge", 400)), {}, "paid", 600, 0),
        ((("charge", 600),), {"paying": True}, "paid", 600, 0),
        ((("charge", 700),), {}, "paid", 700, 0),
        ((("charge", 600), ("refund", -100)), {"cost": 500}, "partly_refunded", 500, 0),
        ((("charge", 600), ("refund", -100)), {}, "partly_refunded", 500, 100),
        ((("charge", 600), ("refund", -600)), {"cost": 0}, "refunded", 0, 0),
        ((("charge", 600), ("correction", -600)), {}, "unpaid", 0, 600),
        ((("charge", 60), ("correction", 540)), {}, "paid", 600, 0),
        ((("charge", 600), ("refund", -600), ("correction", 600)), {}, "paid", 600, 0),
        ((("charge", 600), ("refund", -600), ("correction", 100)), {}, "partly_refunded", 100, 500),
        ((("charge", 600), ("correction", -100), ("refund", -500)), {"cost": 0}, "refunded", 0, 0),
    ],
)
def test_the_payment_status_follows_the_ledger(
    entries: tuple[tuple[str, int], ...], more: dict[str, Any], status: str, paid: int, due: int, desk_order: Order
) -> None:
    money = of(desk_order, entries=entries, **more)
    assert (money.payment_status, money.paid, money.due) == (status, paid, due)


@pytest.mark.parametrize(
    ("status", "kept", "cost"),
    [
        ("awaiting_payment", 0, 600),
        ("confirmed", 0, 600),
        ("completed", 0, 600),
        ("cancelled", 150, 150),
        ("cancelled", 0, 0),
        ("expired", 0, 0),
    ],
)
def test_the_cost_of_an_order_follows_its_status(status: str, kept: int, cost: int, desk_order: Order) -> None:
    enter(desk_order, amount=200)
    Order.objects.update(status=status, kept=kept, deadline_at=now())
    assert balance_of(desk_order) == Balance(
        status=OrderStatus(status),
        kept=Decimal(kept),
        total=SUM,
        paid=Decimal(200),
        returned=Decimal(0),
        returning=Decimal(0),
        sent_back=Decimal(0),
        online=Decimal(0),
        at_desk=Decimal(200),
        is_paying=False,
        paid_by=["on_site"],
    )
    balance = balance_of(desk_order)
    assert (balance.cost, balance.due, balance.excess) == (cost, max(cost - 200, 0), max(200 - cost, 0))


def test_money_on_its_way_back_is_no_excess(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    Order.objects.update(status="cancelled", kept=100)
    for status, amount in (("requested", "100"), ("pending", "150"), ("canceled", "600"), ("failed", "600")):
        new_refund(attempt, amount, status=status)
    balance = balance_of(Order.objects.get())
    assert (balance.returning, balance.excess, balance.due) == (Decimal(250), Decimal(250), 0)


def test_money_of_one_order_is_not_mixed_with_another_one_s(desk_order: Order, django_assert_num_queries: Any) -> None:
    enter(desk_order, amount=600)
    stranger = Order.objects.get()
    stranger.pk, stranger.form_token = None, ID
    stranger.customer = make_user()
    stranger.save()
    new_attempt(stranger)
    with django_assert_num_queries(1):
        found = [balance_in(row) for row in with_sums(Order.objects.order_by("pk"))]
    rows = [(one.charged, one.returned, one.is_paying, one.total, one.at_desk) for one in found]
    assert rows == [(SUM, 0, False, SUM, SUM), (0, 0, True, 0, 0)]
