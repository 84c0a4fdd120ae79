"""A block and an order want the same place at the same moment; the control shows that both would get it.

In a pool the order takes the last free place, and one over an existing block.
"""

import threading
from typing import Any

import pytest
from django.contrib import admin

from accounts.models import User
from coworking.domain import blocking, tickets
from coworking.domain.blocking import PlacesBooked, Target
from coworking.models import Block, Service, Tariff, Ticket
from olvery.shared.refusals import Refused
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker
from orders.models import Order
from tests.admin.pages import address, filled
from tests.factories import (
    make_block,
    make_location,
    make_manager,
    make_pool,
    make_seats,
    make_tariff,
    make_user,
    make_wish,
)
from tests.moments import NOW, hours
from tests.races.guards import TIMEOUT, at_once, unlock, until_another_waits, without_trigger
from tests.views.test_access import client_of

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "Ремонт сейчас"


@pytest.fixture(params=["seat", "pool"])
def numbered(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "seat")


def block_and_book(numbered: bool) -> list[Any]:
    location = make_location()
    manager, customer = make_manager(location=location), make_user()
    wanted: dict[str, Any] = {}
    if numbered:
        tariff: Tariff = make_tariff(service=make_seats(location=location, labels=("A1",)))
    else:
        tariff = make_tariff(service=make_pool(location=location, capacity=2))
        standing = make_block(service=tariff.service, period=hours("9", "15"), is_open_to_managers=True)
        wanted = {"over_block_id": standing.pk, "override_reason": "Гости", "visitor_ids": (None, None)}
    wish = make_wish(tariff=tariff, customer=customer, **wanted)
    service = Service.objects.select_related("location").get(pk=tariff.service_id)
    period = hours("10", "12")
    return at_once(
        [
            lambda: blocking.block([Target(service)], [period], reason=NEW, by=manager, at=NOW),
            lambda: place_order(wish, booker=Booker.manager(manager, location), at=NOW),
        ]
    )


def meet_between_look_and_insert(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without locks, hold both between checking places and the insert. An order checks twice."""
    unlock(monkeypatch)
    both = threading.Barrier(2)
    for module, name, times in ((blocking, "_check", 2), (tickets, "choose_seats", 1)):
        check = getattr(module, name)

        def check_and_meet(*args: Any, check: Any = check, times: int = times, **wanted: Any) -> Any:
            found = check(*args, **wanted)
            for _time in range(times):
                both.wait(TIMEOUT)
            return found

        monkeypatch.setattr(module, name, check_and_meet)


def counts() -> tuple[int, int]:
    return Block.objects.filter(reason=NEW).count(), Order.objects.count()


def assert_one_won(results: list[Any]) -> None:
    blocked, booked = results
    assert isinstance(blocked, list) != isinstance(booked, Order), results
    assert isinstance(blocked, list | PlacesBooked)
    assert isinstance(booked, Order | Refused)
    assert counts() in ((1, 0), (0, 1))
    assert Ticket.objects.count() == (booked.ticket_count if isinstance(booked, Order) else 0)


def test_one_of_a_block_and_an_order_gets_the_place(numbered: bool) -> None:
    assert_one_won(block_and_book(numbered))


def test_the_lock_alone_gives_it_to_one(numbered: bool) -> None:
    with without_trigger("coworking_ticket", "ticket_guard"), without_trigger("coworking_block", "block_guard"):
        assert_one_won(block_and_book(numbered))


def test_the_database_alone_gives_it_to_one(numbered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_between_look_and_insert(monkeypatch)
    assert_one_won(block_and_book(numbered))


def test_control_without_the_guards_both_get_it(numbered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_between_look_and_insert(monkeypatch)
    with without_trigger("coworking_ticket", "ticket_guard"), without_trigger("coworking_block", "block_guard"):
        blocked, booked = block_and_book(numbered)
        assert isinstance(blocked, list)
        assert isinstance(booked, Order)
        assert counts() == (1, 1)


def edited_while_lifted(monkeypatch: pytest.MonkeyPatch) -> Block:
    """Let support save another reason of a block while it is lifted; return what is left of it."""
    block = make_block(service=make_seats(), period=hours("10", "12"))
    support = User.objects.create_superuser("support@example.com", last_name="Ким", first_name="Ольга")
    client, page = client_of(support), admin.site._registry[Block]
    url = address(Block, "change", block.pk)
    typed, save, has_read = filled(client.get(url), reason="Уборка"), page.save_model, threading.Event()

    def save_slowly(*args: Any, **wanted: Any) -> None:
        has_read.set()
        until_another_waits()
        save(*args, **wanted)

    def lift() -> int:
        has_read.wait(TIMEOUT)
        return blocking.lift([block.pk], location_ids=[block.service.location_id], by=support, at=NOW)

    monkeypatch.setattr(page, "save_model", save_slowly)
    edited, lifted = at_once([lambda: client.post(url, typed).status_code, lift])
    assert (edited, lifted) == (302, 1)
    block.refresh_from_db()
    return block


def test_a_block_that_support_edits_meanwhile_stays_lifted(monkeypatch: pytest.MonkeyPatch) -> None:
    block = edited_while_lifted(monkeypatch)
    assert (block.reason, block.lifted_at) == ("Уборка", NOW)


def test_control_without_the_lock_it_stands_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(admin.site._registry[Block]), "get_object", admin.ModelAdmin.get_object)
    block = edited_while_lifted(monkeypatch)
    assert (block.reason, block.lifted_at) == ("Уборка", None)
