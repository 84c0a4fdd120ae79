"""A person is renamed while an order and a ticket for them are being saved: the lists have the new name."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import transaction

from accounts.models import User
from coworking.models import Tariff, Ticket
from orders.models import Order
from tests.factories import make_order, make_user
from tests.races.guards import TIMEOUT, at_once, until_another_waits

NEW_NAME = " сидоров иван петрович"


def keys() -> set[str]:
    """Return the names by which orders and tickets are found."""
    return {*Order.objects.values_list("name_key", flat=True), *Ticket.objects.values_list("name_key", flat=True)}


def rename_while_saving(tariff: Tariff, person: User, *, waits: bool) -> list[Any]:
    """Save an order of a person and, before it is committed, another name; `waits` says whether that has to wait."""
    saved, renamed = threading.Event(), threading.Event()

    def save() -> None:
        with transaction.atomic():
            make_order(tariff=tariff, customer=person, by=person)
            saved.set()
            if waits:
                until_another_waits()
            else:
                assert renamed.wait(TIMEOUT)

    def rename() -> None:
        assert saved.wait(TIMEOUT)
        User.objects.filter(pk=person.pk).update(name_key=NEW_NAME)
        renamed.set()

    return at_once([save, rename])


def test_a_new_name_reaches_the_order_and_the_ticket_that_are_being_saved(tariff: Tariff) -> None:
    person = make_user()
    assert rename_while_saving(tariff, person, waits=True) == [None, None]
    assert keys() == {NEW_NAME}


def test_control_without_the_lock_the_old_name_stays(tariff: Tariff, without_locks: Callable[[], None]) -> None:
    person = make_user()
    without_locks()
    assert rename_while_saving(tariff, person, waits=False) == [None, None]
    assert keys() == {person.name_key}


def test_other_changes_of_the_person_do_not_wait(tariff: Tariff) -> None:
    person = make_user()
    done = threading.Event()

    def save() -> None:
        with transaction.atomic():
            make_order(tariff=tariff, customer=person, by=person)
            assert at_once([lambda: User.objects.filter(pk=person.pk).update(company="ООО «Ромашка»")]) == [1]
            done.set()

    assert at_once([save]) == [None]
    assert done.is_set()
