"""Giving and taking roles: by an administrator of the location, with a history, never their own."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Membership, Role, RoleEvent, SecurityEvent, User
from coworking.domain import people
from coworking.domain.people import Invitee, RoleRefused
from coworking.models import Location
from tests.factories import make_location, make_manager, make_member, make_user
from tests.moments import NOW

pytestmark = pytest.mark.django_db

ADMINISTRATOR, MANAGER = Role.LOCATION_ADMINISTRATOR, Role.RENTAL_MANAGER


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def by(location: Location) -> User:
    return make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)


def invitee(**wanted: Any) -> Invitee:
    return Invitee(**{"last_name": "Орлова", "first_name": "Мария", "email": "o@example.com", **wanted})


def stored() -> list[Any]:
    models = (User, Membership, RoleEvent, SecurityEvent)
    return [list(model.objects.order_by("pk").values()) for model in models]  # type: ignore[attr-defined]


def history() -> list[tuple[Any, ...]]:
    return list(RoleEvent.objects.order_by("pk").values_list("person", "action", "right", "location", "by", "at"))


def test_a_role_is_given_to_somebody_new_and_taken_away_again(location: Location, by: User) -> None:
    person = people.give_role(location.pk, invitee(), MANAGER, by=by, at=NOW)
    assert (person.full_name, person.email, person.created_by) == ("Орлова Мария", "o@example.com", by)
    held = Membership.objects.get(user=person, location=location, role=MANAGER)
    assert people.take_role(held.pk, location.pk, by=by, at=NOW).user == person
    assert not Membership.objects.filter(user=person).exists()
    facts = (MANAGER.value, location.pk, by.pk, NOW)
    assert history() == [(person.pk, "granted", *facts), (person.pk, "revoked", *facts)]
    assert SecurityEvent.objects.filter(person=person).count() == 2


def test_a_role_is_given_to_whose_e_mail_it_is(location: Location, by: User) -> None:
    known = make_user(last_name="Фёдорова", email="f@example.com")
    asked = invitee(last_name="федорова", email="f@example.com")
    assert people.give_role(location.pk, asked, ADMINISTRATOR, by=by, at=NOW) == known
    assert people.give_role(location.pk, asked, MANAGER, by=by, at=NOW) == known
    assert set(Membership.objects.filter(user=known).values_list("role", flat=True)) == {ADMINISTRATOR, MANAGER}
    assert [held.user for held in people.team_of(location)].count(known) == 2


@pytest.mark.parametrize(
    ("reason", "asked"),
    [
        ("own_role", lambda by: invitee(last_name=by.last_name, email=by.email)),
        ("email_of_another", lambda _by: invitee(email=make_user(last_name="Другова", email="d@example.com").email)),
        (
            "email_of_another",
            lambda _by: invitee(email=make_user(last_name="Орлова", email="i@example.com", is_active=False).email),
        ),
        (
            "role_of_support",
            lambda _by: invitee(email=make_user(last_name="Орлова", email="s@example.com", is_staff=True).email),
        ),
    ],
)
def test_people_who_cannot_have_a_role_are_refused(
    location: Location, by: User, reason: str, asked: Callable[[User], Invitee]
) -> None:
    User.objects.filter(pk=by.pk).update(email="by@example.com")
    by.refresh_from_db()
    wanted = asked(by)
    before = stored()
    with pytest.raises(RoleRefused, match=reason):
        people.give_role(location.pk, wanted, MANAGER, by=by, at=NOW)
    assert stored() == before


def test_a_role_is_held_once(location: Location, by: User) -> None:
    people.give_role(location.pk, invitee(), MANAGER, by=by, at=NOW)
    before = stored()
    with pytest.raises(RoleRefused, match="role_held"):
        people.give_role(location.pk, invitee(), MANAGER, by=by, at=NOW)
    assert stored() == before


def test_nobody_takes_an_own_role_one_of_the_support_or_one_of_elsewhere(location: Location, by: User) -> None:
    support = make_manager(location=location, is_staff=True)
    elsewhere = make_manager(location=make_location())
    before = stored()
    for held, reason in (
        (Membership.objects.get(user=by), "own_role"),
        (Membership.objects.get(user=support), "role_of_support"),
        (Membership.objects.get(user=elsewhere), "role_gone"),
    ):
        with pytest.raises(RoleRefused, match=reason):
            people.take_role(held.pk, location.pk, by=by, at=NOW)
        assert stored() == before


def test_only_an_administrator_of_the_location_gives_and_takes(location: Location, by: User) -> None:
    manager, other = (
        make_manager(location=location),
        make_member(location=make_location(), role=Role.LOCATION_ADMINISTRATOR),
    )
    before = stored()
    for stranger in (manager, other):
        with pytest.raises(RoleRefused, match="administrator_no_more"):
            people.give_role(location.pk, invitee(), MANAGER, by=stranger, at=NOW)
        with pytest.raises(RoleRefused, match="administrator_no_more"):
            people.take_role(Membership.objects.get(user=by).pk, location.pk, by=stranger, at=NOW)
    assert stored() == before
