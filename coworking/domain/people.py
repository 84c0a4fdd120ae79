"""The staff of a location: its administrators give and revoke roles."""

from dataclasses import dataclass
from datetime import datetime

from accounts.domain import roles
from accounts.domain.people import person_of_contact
from accounts.domain.search_limit import count_search
from accounts.models import Membership, Role, RoleEvent, User
from coworking.domain import locks
from coworking.models import Location
from olvery.shared.refusals import Refusal

SHOWN_EVENTS = 20


class RoleRefused(Refusal):
    """The role cannot be given or revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """The person who is to get a role."""

    last_name: str
    first_name: str
    email: str


def team_of(location: Location) -> list[Membership]:
    """Return the roles held at a location, with their people, by name."""
    held = Membership.objects.filter(location=location.pk).select_related("user")
    return list(held.order_by("user__last_name", "user__first_name", "user_id", "role"))


def role_events_of(location: Location) -> list[RoleEvent]:
    """Return who was given or lost which role at a location, newest first."""
    events = RoleEvent.objects.filter(location=location.pk).select_related("person", "by")
    return list(events.order_by("-pk")[:SHOWN_EVENTS])


def give_role(location_id: int, invitee: Invitee, role: Role, *, by: User, at: datetime) -> User:
    """Give a role to the owner of an e-mail, registering a new person if needed, and return them.

    Raises RoleRefused, SearchLimited, Busy.
    """
    count_search(by, at=at)  # a refusal reveals whether an e-mail is known
    with locks.short_waits():
        location = locks.lock_location(location_id)
        _refuse_unless_administrator(location, by)
        person = person_of_contact(
            phone=None,
            email=invitee.email,
            last_name=invitee.last_name,
            first_name=invitee.first_name,
            by=by,
            at=at,
        )
        person = locks.lock_person(person.pk)
        if _as_read(person.last_name) != _as_read(invitee.last_name) or not person.is_active:
            raise RoleRefused("email_of_another", field="email")
        _refuse_own_and_support(person, by)
        before = roles.rights_of({person.pk})
        _membership, is_new = Membership.objects.get_or_create(user=person, location=location, role=role)
        if not is_new:
            raise RoleRefused("role_held", field="role")
        roles.record_changes({person.pk}, before=before, by=by, at=at)
    return person


def take_role(membership_id: int, location_id: int, *, by: User, at: datetime) -> Membership:
    """Revoke a role and return it. It takes effect with the person's next request.

    Raises RoleRefused, Busy.
    """
    with locks.short_waits():
        location = locks.lock_location(location_id)
        _refuse_unless_administrator(location, by)
        membership = Membership.objects.select_related("user").filter(pk=membership_id, location=location).first()
        if membership is None:
            raise RoleRefused("role_gone")
        _refuse_own_and_support(membership.user, by)
        before = roles.lock_rights({membership.user_id})
        membership.delete()
        roles.record_changes({membership.user_id}, before=before, by=by, at=at)
    return membership


def _refuse_unless_administrator(location: Location, by: User) -> None:
    """Refuse an administrator who has just lost the role: of two who revoke each other's, one stays."""
    if not Membership.objects.filter(user=by, location=location, role=Role.LOCATION_ADMINISTRATOR).exists():
        raise RoleRefused("administrator_no_more")


def _refuse_own_and_support(person: User, by: User) -> None:
    if person == by:
        raise RoleRefused("own_role", field="email")
    if person.is_staff or person.is_superuser:
        raise RoleRefused("role_of_support", field="email")


def _as_read(name: str) -> str:
    return name.casefold().replace("ё", "е").strip()
