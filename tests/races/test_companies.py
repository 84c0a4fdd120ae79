"""Somebody leaves a company while an order for it is being made: one comes first, and the other sees it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from accounts.models import CompanyMember
from olvery.shared.refusals import Refused
from orders.domain.booking import placing
from orders.domain.desk import companies
from orders.models import Order
from tests.factories import make_company, make_manager, make_order, make_tariff, make_user
from tests.moments import NOW
from tests.races.guards import TIMEOUT, at_once


def race(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the customer leave after the order was accepted and before it is written; return the outcome."""
    tariff, person = make_tariff(), make_user()
    company = make_company(person)
    manager, member = make_manager(location=tariff.service.location), company.members.get()
    found, gone = threading.Event(), threading.Event()
    write = placing._write

    def write_later(*args: Any) -> Any:
        found.set()
        gone.wait(TIMEOUT)
        return write(*args)

    monkeypatch.setattr(placing, "_write", write_later)

    def leave() -> bool:
        found.wait(TIMEOUT)
        left = companies.remove_member(member, by=manager, at=NOW)
        gone.set()
        return left

    order, left = at_once(
        [lambda: make_order(tariff=tariff, customer=person, by=manager, company_id=company.pk), leave]
    )
    assert (left, CompanyMember.objects.count()) == (True, 0)
    return order


def test_a_former_member_no_longer_orders_for_the_company(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = race(monkeypatch)
    assert isinstance(refused, Refused)
    assert [refusal.reason for refusal in refused.refusals] == ["company_not_of_customer"]
    assert not Order.objects.exists()


def test_control_without_the_trigger_an_order_is_for_a_company_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with _without_trigger():
        assert isinstance(race(monkeypatch), Order)
        assert Order.objects.filter(company__isnull=False).count() == 1


@contextmanager
def _without_trigger() -> Iterator[None]:
    def switch(how: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE orders_order {how} TRIGGER order_of_company_of_its_customer")

    switch("DISABLE")
    try:
        yield
    finally:
        switch("ENABLE")


def test_an_order_locks_its_customer_before_their_company_as_erasing_does() -> None:
    guards = ["order_not_of_erased_person", "order_of_company_of_its_customer"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'orders_order'::regclass AND tgname = ANY(%s) "
            'ORDER BY tgname COLLATE "C"',
            [guards],
        )
        assert [name for (name,) in cursor.fetchall()] == guards
