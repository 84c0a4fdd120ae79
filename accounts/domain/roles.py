"""Recording who granted and revoked which right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal

from accounts.domain import calendar_feeds
from accounts.domain.security import record_rights
from accounts.models import Membership, Right, RoleAction, RoleEvent, User

# Sent with the rights `held` that were granted, revoked or closed with their account, `by` whom and `at`. What a right
# opened for a program ends with it, in the same transaction: granted once more, it opens nothing by itself.
rights_changed = Signal()


@dataclass(frozen=True, order=True)
class Held:
    """A right that a person holds: a role at a location, a right in admin, or a group, by name."""

    person_id: int
    right: str
    location_id: int = 0
    group: str = ""


def rights_of(people: set[int]) -> set[Held]:
    """Return the rights that these people hold. Three queries."""
    return {*_roles(people), *_staff(people), *_groups(people)}


def lock_rights(people: set[int]) -> set[Held]:
    """Return the rights that these people hold, locked until the commit.

    Otherwise the later of two concurrent changes would record both as its own.
    """
    list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))
    return rights_of(people)


def changed(people: set[int], *, before: set[Held]) -> bool:
    """Return whether the rights of these people differ from those `before`."""
    return rights_of(people) != before


def record_changes(people: set[int], *, before: set[Held], by: User, at: datetime) -> None:
    """Record how the rights of these people differ from those `before`, in the transaction that changed them.

    Nobody changes their own rights: the constraint role_event_by_another refuses it.
    """
    after = rights_of(people)
    changes = [(RoleAction.REVOKED, held) for held in sorted(before - after)]
    changes += [(RoleAction.GRANTED, held) for held in sorted(after - before)]
    events = RoleEvent.objects.bulk_create(
        RoleEvent(
            person_id=held.person_id,
            action=action,
            right=held.right,
            location_id=held.location_id or None,
            group=held.group,
            by=by,
            at=at,
        )
        for action, held in changes
    )
    record_rights(events)
    rights_changed.send(sender=User, held=before ^ after, by=by, at=at)


def end_addresses(person: User, *, by: User, at: datetime) -> None:
    """End what works for a person without signing in: their account was closed, or is opened again."""
    calendar_feeds.switch_off(person)
    rights_changed.send(sender=User, held=rights_of({person.pk}), by=by, at=at)


def _roles(people: set[int]) -> Iterator[Held]:
    for user_id, role, location_id in Membership.objects.filter(user__in=people).values_list(
        "user_id", "role", "location_id"
    ):
        yield Held(user_id, str(role), location_id)


def _staff(people: set[int]) -> Iterator[Held]:
    for pk, is_staff, is_superuser in User.objects.filter(pk__in=people).values_list("pk", "is_staff", "is_superuser"):
        if is_staff:
            yield Held(pk, Right.SUPPORT.value)
        if is_superuser:
            yield Held(pk, Right.SUPERUSER.value)


def _groups(people: set[int]) -> Iterator[Held]:
    for pk, name in User.objects.filter(pk__in=people, groups__isnull=False).values_list("pk", "groups__name"):
        yield Held(pk, Right.GROUP.value, group=name)
