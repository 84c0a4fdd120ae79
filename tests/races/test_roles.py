"""Roles given and taken at once: an administrator stays, nobody erased gets a role, and each is recorded once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from accounts.domain import roles
from accounts.models import Membership, Role, RoleEvent, User
from coworking.domain import locks, people
from coworking.domain.people import Invitee, RoleRefused
from coworking.models import Location
from orders.domain.desk import erasing
from tests.factories import make_location, make_member, make_user
from tests.moments import NOW
from tests.races.guards import TIMEOUT, at_once, meet_after, until_another_waits


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


def test_one_of_two_who_revoke_each_others_role_stays() -> None:
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
    """Give a role to somebody whose erasure begins as soon as they are found; return the outcome."""
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


def take_both_roles(monkeypatch: pytest.MonkeyPatch, first_waits_until: Callable[[], object]) -> list[tuple[int, int]]:
    """Revoke a person's roles at two locations at once; return where each was recorded as revoked by whom.

    The second is recorded once the first is committed.
    """
    person, turns, committed = (
        make_user(),
        iter((first_waits_until, lambda: committed.wait(TIMEOUT))),
        threading.Event(),
    )
    held = [Membership.objects.create(user=person, location=make_location(), role=Role.RENTAL_MANAGER) for _n in "12"]
    bosses = [make_member(location=one.location, role=Role.LOCATION_ADMINISTRATOR) for one in held]
    record = roles.record_changes

    def record_in_turn(*changed: Any, **facts: Any) -> None:
        next(turns)()
        record(*changed, **facts)

    def take(number: int) -> Membership:
        one = held[number]
        taken = people.take_role(one.pk, one.location_id, by=bosses[number], at=NOW)
        committed.set()
        return taken

    monkeypatch.setattr(roles, "record_changes", record_in_turn)
    assert [type(one) for one in at_once([lambda: take(0), lambda: take(1)])] == [Membership, Membership]
    places, takers = [one.location_id for one in held], [boss.pk for boss in bosses]
    events = RoleEvent.objects.filter(person=person).values_list("location", "by")
    return sorted((places.index(location), takers.index(by)) for location, by in events)


def test_roles_revoked_at_once_name_who_revoked_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert take_both_roles(monkeypatch, until_another_waits) == [(0, 0), (1, 1)]


def test_control_without_the_lock_one_is_recorded_by_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles, "lock_rights", roles.rights_of)
    meet_after(monkeypatch, roles, "lock_rights", 2)
    assert len(take_both_roles(monkeypatch, lambda: None)) == 3
