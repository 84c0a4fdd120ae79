"""Two administrators take each other's role; without the lock the location would be left with none."""

from typing import Any

import pytest

from accounts.models import Membership, Role, RoleEvent
from coworking.domain import locks, people
from coworking.domain.people import RoleRefused
from coworking.models import Location
from tests.factories import make_location, make_member
from tests.moments import NOW
from tests.races.guards import at_once, meet_after


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
