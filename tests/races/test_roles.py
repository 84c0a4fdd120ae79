"""Roles given and taken at once: the location is left with an administrator, and nobody erased gets a role."""

import threading
from typing import Any

import pytest

from accounts.models import Membership, Role, RoleEvent, User
from coworking.domain import locks, people
from coworking.domain.people import Invitee, RoleRefused
from coworking.models import Location
from orders.domain.desk import erasing
from tests.factories import make_location, make_member, make_user
from tests.moments import NOW
from tests.races.guards import TIMEOUT, at_once, meet_after


def take_each_others_role() -> list[Any]:
    location = make_location()
    first, second = (make_member(location=location, role=Role.LOCATION_ADMINISTRATOR) for _n in range(2))
    held = {person: Membership.objects.get(user=person).pk for person in (first, second)}
    return at_once(
        [
            lambda: people.take_role(held[second], location.pk, by=first, at=NOW),
            lambda: people.take_role(held[first], location.pk, by=second, at=NOW),
        ]
    )


def test_of_two_who_take_each_others_role_one_stays() -> None:
    results = take_each_others_role()
    assert sorted(type(one).__name__ for one in results) == ["Membership", "RoleRefused"]
    (refused,) = [one for one in results if isinstance(one, RoleRefused)]
    assert refused.reason == "administrator_no_more"
    assert (Membership.objects.count(), RoleEvent.objects.count()) == (1, 1)


def test_control_without_the_lock_nobody_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "lock_location", lambda pk: Location.objects.get(pk=pk))
    meet_after(monkeypatch, people, "_refuse_unless_administrator", 2)
    results = take_each_others_role()
    assert [type(one) for one in results] == [Membership, Membership]
    assert (Membership.objects.count(), RoleEvent.objects.count()) == (0, 2)


def give_role_while_erased(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a role to somebody whose erasure begins as soon as they are found; return what became of it."""
    location, person = make_location(), make_user(last_name="Орлова", email="o@example.com")
    by, other = (make_member(location=location, role=Role.LOCATION_ADMINISTRATOR) for _n in range(2))
    asked = erasing.ask(person, at=NOW)
    found, erased = threading.Event(), threading.Event()
    find = people.person_of_contact

    def find_slowly(**contact: Any) -> User:
        known = find(**contact)
        found.set()
        erased.wait(TIMEOUT)
        return known

    monkeypatch.setattr(people, "person_of_contact", find_slowly)

    def erase() -> None:
        found.wait(TIMEOUT)
        erasing.erase(asked, by=other, location_id=location.pk, at=NOW)
        erased.set()

    invitee = Invitee(last_name="Орлова", first_name="Мария", email="o@example.com")
    given, done = at_once([lambda: people.give_role(location.pk, invitee, Role.RENTAL_MANAGER, by=by, at=NOW), erase])
    assert done is None
    return given


def test_somebody_who_is_being_erased_gets_no_role(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = give_role_while_erased(monkeypatch)
    assert isinstance(refused, RoleRefused)
    assert (refused.reason, Membership.objects.filter(user__erased_at__isnull=False).exists()) == (
        "email_of_another",
        False,
    )


def test_control_without_the_lock_somebody_erased_has_a_role(monkeypatch: pytest.MonkeyPatch) -> None:
    known: list[User] = []
    find = people.person_of_contact

    def find_and_keep(**contact: Any) -> User:
        known.append(find(**contact))
        return known[0]

    monkeypatch.setattr(people, "person_of_contact", find_and_keep)
    monkeypatch.setattr(locks, "lock_person", lambda _pk: known[0])
    assert isinstance(give_role_while_erased(monkeypatch), User)
    assert Membership.objects.filter(user__erased_at__isnull=False).count() == 1
