"""Merging two records of one person: everything moves to one, the other stays as a name without contacts."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import connection
from django.db.models import QuerySet

from accounts.domain import access_log, calendar_feeds, security
from accounts.domain.security import Origin
from accounts.models import Erasure, PersonMerge, Screen, SearchCount, SecurityKind, User
from coworking.domain import waiting as line
from coworking.models import Location, Ticket, WaitingStatus, WaitingVisitor, WaitingWish
from olvery.shared.refusals import Refusal, Refused
from orders.domain import locks
from orders.domain.desk import companies
from orders.models import EventKind, Handover, Order, OrderEvent, OrderLine, Pass

NAMES = ("last_name", "first_name", "middle_name")
# What may be taken from the merged record, by form field.
TAKEN = {"name": NAMES, "phone": ("phone",), "email": ("email",)}
Moved = dict[str, list[int]]


class MergeRefused(Refusal):
    """The two records cannot be merged, or not in this way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeWish:
    """Which record is kept, and which of the other's name and contacts it takes; `seen` is the state that was shown."""

    kept_id: int
    gone_id: int
    taken: Collection[str]
    reason: str
    seen: str
    is_one_person: bool


def obstacles(kept: User, gone: User, *, by: User, location: Location) -> list[Refusal]:
    """Return why two records cannot be merged. Five queries at most."""
    pair = (kept, gone)
    if kept == gone:
        return [MergeRefused("merge_same")]
    if any(person.merged_into_id or person.erased_at for person in pair):
        return [MergeRefused("merge_over")]
    found: list[Refusal] = [MergeRefused("merge_own")] if by in pair else []
    rights = [person.short_name for person in pair if _has_rights(person)]
    if rights:
        found.append(MergeRefused("merge_rights", name=rights[0]))
    if Authenticator.objects.filter(user=gone).exists():
        found.append(MergeRefused("merge_factor"))
    if Erasure.objects.filter(person__in=pair, withdrawn_at=None).exists():
        found.append(MergeRefused("merge_erasure"))
    if not _is_of(location, pair):
        found.append(MergeRefused("merge_elsewhere"))
    return found


def _has_rights(person: User) -> bool:
    return person.is_staff or person.is_superuser or person.memberships.exists()


def _is_of(location: Location, pair: Collection[User]) -> bool:
    """Whether one of the two has booked at this location, or neither has anywhere."""
    orders = Order.objects.filter(customer__in=pair).values("location")
    tickets = Ticket.objects.filter(visitor__in=pair).values("location")
    booked = set(orders.union(tickets).values_list("location", flat=True))
    return not booked or location.pk in booked


def are_both_used(kept: User, gone: User) -> bool:
    """Whether both records have been signed in to: then it must be certain that they are one person."""
    return bool(kept.last_login and gone.last_login)


def seen_as(kept: User, gone: User) -> str:
    """Return a fingerprint of names and contacts, to tell whether they are still as they were shown."""
    return "|".join(str(getattr(person, name)) for person in (kept, gone) for name in (*NAMES, "phone", "email"))


def merge(wish: MergeWish, *, by: User, location: Location, at: datetime) -> PersonMerge:
    """Merge two records and return what moved. Raises Refused, Busy.

    A concurrent order of the merged record is saved before, and moves, or after, and is refused: see the trigger
    order_not_of_erased_person.
    """
    with locks.short_waits(), links_may_move():
        people = locks.lock_people([wish.kept_id, wish.gone_id])
        kept, gone = people[wish.kept_id], people[wish.gone_id]
        _refuse(kept, gone, wish, by=by, location=location)
        contacts, own = _contacts_of(gone), _contacts_of(kept)
        was_claim = gone.phone_is_claim
        # Reminders stay off if they were switched off under either record.
        kept.wants_reminders = kept.wants_reminders and gone.wants_reminders
        moved = _move(kept, gone, by=by, at=at)
        _close(gone, kept, at=at)
        _take(kept, gone, contacts, taken=wish.taken, was_claim=was_claim, at=at)
        replaced = {name: own[name] for name, value in _contacts_of(kept).items() if own[name] not in ("", value)}
        done = PersonMerge.objects.create(
            kept=kept,
            gone=gone,
            reason=wish.reason,
            contacts=contacts,
            replaced=replaced,
            moved=moved,
            by=by,
            at=at,
        )
        _record(done, by=by, at=at)
        access_log.record(
            [kept.pk, gone.pk], by=by, location_id=location.pk, screen=Screen.MERGE, number=done.pk, at=at
        )
    return done


def _contacts_of(person: User) -> dict[str, str]:
    return {name: str(getattr(person, name) or "") for name in (*NAMES, "company", "phone", "email")}


def _refuse(kept: User, gone: User, wish: MergeWish, *, by: User, location: Location) -> None:
    found = obstacles(kept, gone, by=by, location=location)
    if not found and seen_as(kept, gone) != wish.seen:
        found.append(MergeRefused("merge_changed"))
    if not found and are_both_used(kept, gone) and not wish.is_one_person:
        found.append(MergeRefused("merge_unsure", field="is_one_person"))
    if found:
        raise Refused(found)


@contextmanager
def links_may_move() -> Iterator[None]:
    """Let tickets keep their codes, and orders of former company members move, until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('olvery.merging', 'on', true)")
    yield


def _move(kept: User, gone: User, *, by: User, at: datetime) -> Moved:
    """Move everything from one record to the other, and return the keys of what moved."""
    moved = {"companies": companies.replace_person(gone, kept, by=by, at=at)}
    orders = Order.objects.of_customer(gone)
    moved["orders"] = _keys(orders)
    orders.filter(created_by=gone).update(created_by=kept)
    orders.update(customer=kept)
    tickets = Ticket.objects.of_visitor(gone)
    moved["tickets"] = _keys(tickets)
    tickets.update(visitor=kept)
    passes = Pass.objects.of_owner(gone)
    moved["passes"] = _keys(passes)
    passes.update(owner=kept)
    Handover.objects.filter(to=gone).update(to=kept)
    Handover.objects.filter(former=gone).update(former=kept)
    # `by` is the customer: a ticket passed on to another record of theirs becomes their own.
    Handover.objects.filter(by=gone).update(by=kept)
    moved["wishes"], moved["withdrawn"] = _move_waiting(kept, gone, by=by, at=at)
    return moved


def _keys(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _move_waiting(kept: User, gone: User, *, by: User, at: datetime) -> tuple[list[int], list[int]]:
    """Move wishes on the waiting list; if both records wait for the same, the later wish leaves the line."""
    wishes = WaitingWish.objects.of_customer(gone)
    keys, withdrawn = _keys(wishes), []
    for wish in wishes.waiting():
        twin = WaitingWish.objects.waiting().of_customer(kept).filter(service=wish.service_id, period=wish.period)
        if known := twin.first():
            later = max(known, wish, key=lambda one: one.pk)
            line.leave(later, WaitingStatus.WITHDRAWN, by=by, at=at)
            withdrawn.append(later.pk)
    WaitingVisitor.objects.filter(person=gone).update(person=kept)
    wishes.filter(created_by=gone).update(created_by=kept)
    wishes.update(customer=kept)
    return keys, withdrawn


def _close(gone: User, kept: User, *, at: datetime) -> None:
    """Remove everything from a record except its name, so that nobody can sign in to it."""
    calendar_feeds.pass_on(gone, kept)
    security.end_sessions(gone, origin=Origin(None, ""), at=at)
    for model in (EmailAddress, SearchCount):
        model.objects.filter(user=gone).delete()
    gone.phone = gone.email = None
    gone.is_active = gone.wants_reminders = gone.phone_is_claim = False
    gone.merged_into = kept
    gone.set_unusable_password()
    gone.save()
    User.objects.filter(merged_into=gone).update(merged_into=kept)


def _take(
    kept: User, gone: User, contacts: dict[str, str], *, taken: Collection[str], was_claim: bool, at: datetime
) -> None:
    """Give the kept record what was chosen of the other's name and contacts."""
    before = kept.email, kept.phone
    for name in (name for choice in sorted(taken) for name in TAKEN[choice]):
        setattr(kept, name, contacts[name] or None if name in ("phone", "email") else contacts[name])
    if "phone" in taken:
        kept.phone_is_claim = was_claim
    kept.company = kept.company or contacts["company"]
    kept.consent_at = kept.consent_at or gone.consent_at
    _remember_activity(kept, gone)
    kept.save()
    if kept.email != before[0]:
        EmailAddress.objects.filter(user=kept).exclude(email=kept.email or "").delete()
        security.record(SecurityKind.EMAIL, person=kept, origin=Origin(None, ""), at=at)
    if kept.phone != before[1]:
        security.record(SecurityKind.PHONE, person=kept, origin=Origin(None, ""), at=at)


def _remember_activity(kept: User, gone: User) -> None:
    """Keep the later of both dates of last activity: retention counts from it."""
    kept.last_login = max(filter(None, (kept.last_login, gone.last_login)), default=None)
    last = max(one.active_at or one.date_joined for one in (kept, gone))
    if last > kept.date_joined:
        kept.active_at = last


def _record(done: PersonMerge, *, by: User, at: datetime) -> None:
    """Record in the history of every order that its customer or a visitor is now another record."""
    moved = done.moved
    of_tickets = OrderLine.objects.filter(ticket__in=moved["tickets"]).values_list("order", flat=True)
    numbers = sorted({*moved["orders"], *of_tickets})
    OrderEvent.objects.bulk_create(
        OrderEvent(order_id=number, kind=EventKind.MERGED, by=by, at=at, reason=done.reason, data={"person": done.pk})
        for number in numbers
    )
