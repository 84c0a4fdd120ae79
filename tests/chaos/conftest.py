"""Books that add up: three orders, two of them paid, one with a partial refund, and one expired.

They are played once per module, within a transaction that is never committed; each test changes them within a
savepoint. The provider's answers are changed by patching, because it forgets nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from bench.chaos import books
from bench.chaos.letters import END
from bench.chaos.settling import settle
from bench.chaos.stage import crowd, set_up
from olvery.yookassa_sandbox import Sandbox
from orders import gateways
from orders.domain.desk import refunding
from orders.domain.online import payments, sending
from orders.models import Order, PaymentAttempt, Refund

GUARDED = ("coworking_ticket", "coworking_service", "orders_paymentattempt", "orders_refund")


@dataclass(frozen=True)
class World:
    """What happened, at the provider and here."""

    sandbox: Sandbox
    mail: Path
    returned: Order
    paid: Order
    expired: Order

    def differences(self, *, worker_kills: int = 0) -> list[str]:
        """Compare all books."""
        return books.differences(self.sandbox, mail=self.mail, worker_kills=worker_kills)

    @property
    def attempt(self) -> PaymentAttempt:
        """The payment without refunds."""
        return PaymentAttempt.objects.get(order=self.paid)

    @property
    def refund(self) -> Refund:
        """The part that went back."""
        return Refund.objects.get()


@pytest.fixture(scope="module")
def played(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Play it, and check that it adds up."""
    mail = tmp_path_factory.mktemp("mail")
    with django_db_blocker.unblock(), transaction.atomic(), Sandbox(webhooks="manual") as sandbox:
        with override_settings(**shop_at(sandbox, mail)):
            played = _play(sandbox, mail)
            assert played.differences() == []
            connection.check_constraints()  # otherwise each test would check these rows at its end
            yield played
            gateways.gateway().close()  # type: ignore[attr-defined] # the real one holds connections
            gateways._yookassa.cache_clear()
        transaction.set_rollback(True)


@pytest.fixture
def world(played: World, db: None, tmp_path: Path) -> World:
    """The same, to be spoiled by one test."""
    return replace(played, mail=_one_file_a_letter(played.mail, tmp_path / "mail"))


@pytest.fixture
def unguarded(world: World) -> World:
    """The same, with the guards of the database off: what they forbid can be planted."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        # It enforces nothing: it fills columns.
        cursor.execute("ALTER TABLE coworking_ticket ENABLE TRIGGER ticket_list_keys")
        cursor.execute("ALTER TABLE coworking_ticket DROP CONSTRAINT ticket_seat_not_shared")
    return world


def _one_file_a_letter(source: Path, target: Path) -> Path:
    """Copy letters; those of one second may share a file of the backend."""
    target.mkdir()
    letters = (text for file in sorted(source.glob("*.log")) for text in file.read_bytes().split(END)[:-1])
    for number, text in enumerate(letters):
        (target / f"{number:03}.log").write_bytes(text + END)
    return target


def shop_at(sandbox: Sandbox, mail: Path) -> dict[str, Any]:
    return {
        "YOOKASSA_SHOP_ID": "100500",
        "YOOKASSA_SECRET_KEY": "test_sandbox",
        "YOOKASSA_API_URL": sandbox.api_url,
        "YOOKASSA_CHECKOUT_HOSTS": [sandbox.base_url.removeprefix("http://")],
        "YOOKASSA_ENVIRONMENT": "chaos",
        "YOOKASSA_RECEIPTS": False,  # they are asked about for an hour
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": str(mail),
    }


def _play(sandbox: Sandbox, mail: Path) -> World:
    cache.clear()
    stage, shop = set_up(), gateways.gateway()
    returned, paid, expired = (Order.objects.get(pk=number) for number in crowd(stage, 3, Random(1)))
    for order in (returned, paid):
        pay(order, sandbox)
    at, manager = timezone.now(), stage.manager
    refunding.refund_online(returned.pk, Decimal(100), reason="Уступка", by=manager, gateway=shop, at=at)
    assert settle(sandbox, Random(1)) == []
    return World(sandbox, mail, *(Order.objects.get(pk=order.pk) for order in (returned, paid, expired)))


def pay(order: Order, sandbox: Sandbox) -> PaymentAttempt:
    """Pay an order as a customer does."""
    shop = gateways.gateway()
    attempt = payments.start_payment(order.pk, shop, email=order.email, at=timezone.now())
    sending.send_request(attempt.provider_request.pk, shop, at=timezone.now())
    attempt.refresh_from_db()
    sandbox.pay(attempt.provider_id or "")
    return payments.look_at(attempt, shop, at=timezone.now())
