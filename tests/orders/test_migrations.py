"""What migrations make of rows that were written before: each known text, and what nobody knows."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from coworking.models import PaymentMethod
from orders.domain.money.facts import Difference, DifferenceField, Drift, Facts, Mismatch, Reply, facts_as_json
from orders.models import IssuedInvoice, LedgerEntry, Message, Order, PaymentAttempt, ProviderRequest, Refund
from tests.factories import make_order
from tests.moments import NOW

pytestmark = pytest.mark.django_db

SECOND = datetime(2026, 11, 25, 6, tzinfo=UTC)
DEADLINE = SECOND.replace(microsecond=250)


@pytest.fixture
def column() -> Callable[[str, str], None]:
    """Take back a column that is gone, for the length of a test. Call it before rows are written."""

    def add(table: str, definition: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE {table} ADD COLUMN {definition}")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # an order is written before its tickets

    return add


def run(migration: str, statement: str) -> None:
    """Run a statement of a migration over all rows."""
    text = getattr(import_module(f"orders.migrations.{migration}"), statement)
    with connection.cursor() as cursor:
        cursor.execute(text, {"first": 1, "last": 10**9})


def fill(table: str, pk: int, **texts: str) -> None:
    with connection.cursor() as cursor:
        for name, text in texts.items():
            cursor.execute(f"UPDATE {table} SET {name} = %s WHERE id = %s", [text, pk])


@pytest.fixture
def order(column: Callable[[str, str], None]) -> Order:
    column("orders_message", "about varchar(40) NOT NULL DEFAULT ''")
    order = make_order()
    Message.objects.all().delete()
    Order.objects.update(deadline_at=DEADLINE)
    return order


def paid(order: Order) -> PaymentAttempt:
    return PaymentAttempt.objects.create(
        order=order, number=1, amount=600, status="succeeded", provider_id="1", settled_at=NOW
    )


KEYS = ("attempt", "entry", "refund", "invoice", "deadline_at", "asked_at")


@pytest.mark.parametrize(
    ("kind", "about", "keys"),
    [
        ("created", "", {}),
        ("paid", "payment {attempt}", {"attempt": "attempt"}),
        ("paid", "entry {entry}", {"entry": "entry"}),
        ("refunded", "entry {entry}", {"entry": "entry"}),
        ("refunded", "refund {refund}", {"refund": "refund"}),
        ("invoice", "{invoice}", {"invoice": "invoice"}),
        ("deadline", "2026-11-25T06:00:00+00:00", {"deadline_at": DEADLINE}),
        ("expired", "2026-11-25T09:00:01+03:00", {"deadline_at": SECOND.replace(second=1)}),
        ("link", "2026-11-25T06:00:00+00:00", {"asked_at": SECOND}),
        ("paid", "reactivated 2026-11-25T06:00:00+00:00", {"asked_at": SECOND}),
        ("paid", "payment 404", {"asked_at": NOW}),
        ("paid", "the other day", {"asked_at": NOW}),
    ],
)
def test_what_a_letter_was_about_becomes_a_key(kind: str, about: str, keys: dict[str, object], order: Order) -> None:
    attempt = paid(order)
    rows = {
        "attempt": attempt,
        "entry": LedgerEntry.objects.create(
            order=order, kind="charge", method=PaymentMethod.ON_SITE, amount=600, at=NOW
        ),
        "refund": Refund.objects.create(attempt=attempt, amount=100, source="staff"),
        "invoice": IssuedInvoice.objects.create(order=order, amount=600, contents={}, issued_by=order.created_by),
    }
    letter = Message.objects.create(order=order, kind=kind, to="a@example.com", created_at=NOW)
    fill("orders_message", letter.pk, about=about.format(**{name: row.pk for name, row in rows.items()}))
    for _time in range(2):
        run("0025_fill_message_keys", "FILL")
        letter.refresh_from_db()
        named = {name: getattr(letter, name) for name in KEYS if getattr(letter, name)}
        assert named == {name: rows.get(str(value), value) for name, value in keys.items()}


# Cases of the money desk

ID, OTHER_ID = "2a000000-000f-5000-8000-000000000001", "2a000000-000f-5000-8000-000000000002"
ATTEMPT = SimpleNamespace(pk=7, provider_id=ID, amount="600.00")
REFUND = SimpleNamespace(pk=5, provider_id=OTHER_ID, amount="100.00", attempt=ATTEMPT)
Field = DifferenceField


def mismatch(*differences: tuple[DifferenceField, str, str]) -> Mismatch:
    return Mismatch(differences=tuple(Difference(*facts) for facts in differences))


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("amount 6.00", mismatch((Field.AMOUNT, "600.00", "6.00"))),
        (
            "shop 12, amount 6.00, currency USD, test False",
            mismatch(
                (Field.SHOP, "100500", "12"),
                (Field.AMOUNT, "600.00", "6.00"),
                (Field.CURRENCY, "RUB", "USD"),
                (Field.TEST, "True", "False"),
            ),
        ),
        (f"id {OTHER_ID}", mismatch((Field.ID, ID, OTHER_ID))),
        ("unknown to the provider", mismatch((Field.ID, ID, ""))),
        ("canceled after a success", mismatch((Field.STATUS, "succeeded", "canceled"))),
        ("page https://evil.example/?a=1", mismatch((Field.PAGE, "", "https://evil.example/?a=1"))),
        ("metadata {'payment_id': '8', 'env': 'test'}", mismatch((Field.ATTEMPT, "7", "8"))),
        ("metadata {}", mismatch((Field.ATTEMPT, "7", ""), (Field.ENVIRONMENT, "test", ""))),
        ("metadata {'payment_id': '8', 'cms_na", Mismatch(text="metadata {'payment_id': '8', 'cms_na")),
        ("amount 6.00, moon full", Mismatch(text="amount 6.00, moon full")),
        ("someone called", Mismatch(text="someone called")),
    ],
)
def test_what_differed_of_a_payment_becomes_facts(text: str, facts: Mismatch, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = "100500", "test_1"
    settings.YOOKASSA_ENVIRONMENT = "test"
    migration = import_module("orders.migrations.0029_fill_case_facts")
    stored = migration.mismatch_of(text, migration.ours_of(ATTEMPT))
    assert (stored, Mismatch.from_json(stored)) == (facts_as_json(facts), facts)


@pytest.mark.parametrize(
    ("kind", "about", "text", "facts"),
    [
        ("mismatch", {"refund": REFUND}, "amount 90.00 RUB", mismatch((Field.AMOUNT, "100.00", "90.00"))),
        ("mismatch", {"refund": REFUND}, "amount 100.00 EUR", mismatch((Field.CURRENCY, "RUB", "EUR"))),
        ("mismatch", {"refund": REFUND}, f"refund {ID} of {ID}", mismatch((Field.REFUND, OTHER_ID, ID))),
        ("mismatch", {"refund": REFUND}, f"refund {OTHER_ID} of {ID}", Mismatch(text=f"refund {OTHER_ID} of {ID}")),
        ("drift", {"attempt": ATTEMPT}, "600.00 / -450.00", Drift(Decimal("600.00"), Decimal("-450.00"))),
        ("drift", {"attempt": ATTEMPT}, "more or less", Reply(text="more or less")),
        ("refund_failed", {"refund": REFUND}, "insufficient_funds", Reply(code="insufficient_funds")),
        ("refund_failed", {"refund": REFUND}, "400: no such", Reply(text="400: no such")),
        ("receipt_failed", {"refund": REFUND}, "bad_words", Reply(text="bad_words")),
        ("misconfigured", {}, "401: no such key", Reply(text="401: no such key")),
        ("unknown_payment", {"provider_id": ID}, ID, None),
        ("debt", {}, "", None),
    ],
)
def test_what_a_case_said_becomes_facts(kind: str, about: dict[str, Any], text: str, facts: Facts | None) -> None:
    known = {"attempt": None, "refund": None, "provider_id": None, **about}
    migration = import_module("orders.migrations.0029_fill_case_facts")
    assert migration.facts_of(SimpleNamespace(kind=kind, details=text, **known)) == facts_as_json(facts)


# Reasons that nobody typed


@pytest.mark.parametrize(
    ("source", "reason", "kept"),
    [
        ("late_payment", "Оплачен слишком поздно", ""),
        ("late_payment", "Paid too late", ""),
        ("duplicate", "Оплачен дважды", ""),
        ("duplicate", "По просьбе гостя", "По просьбе гостя"),
        ("staff", "Оплачен дважды", "Оплачен дважды"),
    ],
)
def test_a_reason_that_the_source_tells_goes_and_what_was_typed_stays(source: str, reason: str, kept: str) -> None:
    refund = Refund.objects.create(attempt=paid(make_order()), amount=100, source=source, reason=reason)
    run("0034_refund_source_says_why", "EMPTY")
    refund.refresh_from_db()
    assert refund.reason == kept


# Codes of receipts


def test_positions_of_a_receipt_take_their_codes_from_what_was_sent(column: Callable[[str, str], None]) -> None:
    column("orders_paymentattempt", "receipt_mode varchar(30) NOT NULL DEFAULT 'advance'")
    sent, lost = (PaymentAttempt.objects.create(order=make_order(), number=1, amount=600) for _each in range(2))
    position = {"title": "Час", "quantity": "1", "price": "300", "measure": "hour"}
    PaymentAttempt.objects.filter(pk=sent.pk).update(receipt_items=[position, {**position, "title": "Локер"}])
    PaymentAttempt.objects.filter(pk=lost.pk).update(receipt_items=[position])
    items = [
        {"vat_code": 11, "payment_mode": "full_prepayment", "payment_subject": "service"},
        {"vat_code": 3, "payment_mode": "full_prepayment", "payment_subject": "commodity"},
    ]
    body = json.dumps({"receipt": {"items": items, "tax_system_code": 2}})
    ProviderRequest.objects.create(attempt=sent, path="/payments", body=body)
    for _twice in range(2):
        run("0043_fill_receipt_codes", "FILL")
    sent.refresh_from_db()
    lost.refresh_from_db()
    assert (sent.tax_system, sent.receipt_items) == (
        2,
        [
            {**position, "vat_code": 11, "subject": "service", "mode": "full_prepayment"},
            {**position, "title": "Локер", "vat_code": 3, "subject": "commodity", "mode": "full_prepayment"},
        ],
    )
    assert (lost.tax_system, lost.receipt_items) == (
        None,
        [{**position, "vat_code": 1, "subject": "service", "mode": "advance"}],
    )
