"""What migrations make of rows that were written before: each known text, and what nobody knows."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import connection

from coworking.models import PaymentMethod
from orders.models import IssuedInvoice, LedgerEntry, Message, Order, PaymentAttempt, Refund
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
        run("0031_fill_message_keys", "FILL")
        letter.refresh_from_db()
        named = {name: getattr(letter, name) for name in KEYS if getattr(letter, name)}
        assert named == {name: rows.get(str(value), value) for name, value in keys.items()}
