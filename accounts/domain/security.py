"""Recording and reading security events of accounts."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.db import transaction

from accounts.models import RoleEvent, SecurityEvent, SecurityKind, User

LOCK_OUT_SECONDS = 5 * 60  # the span of the rate limit for failures
SHOWN = 50


@dataclass(frozen=True)
class Origin:
    """Where a request came from: the client's address and user agent."""

    address: str | None
    client: str


def record(kind: SecurityKind, *, person: User | None, origin: Origin, at: datetime, method: str = "") -> SecurityEvent:
    """Record an event of a person, or of an unknown one."""
    return SecurityEvent.objects.create(
        kind=kind, person=person, method=method, address=origin.address, client=origin.client[:200], at=at
    )


def record_lock_out(*, person: User | None, origin: Origin, at: datetime, method: str) -> None:
    """Record a lock-out, once, however many attempts follow."""
    # In the cache, like the counts: events of unknown people are many, and no index finds those of an address.
    if cache.add(f"lock-out:{person.pk if person else 0}:{origin.address}", 1, LOCK_OUT_SECONDS):
        record(SecurityKind.LOCKED_OUT, person=person, origin=origin, at=at, method=method)


def sessions_of(person: User) -> list[UserSession]:
    """Return the sessions in which a person is signed in, newest first, and delete expired ones."""
    return sorted(UserSession.objects.purge_and_list(person), key=lambda session: session.created_at, reverse=True)


@transaction.atomic
def end_sessions(person: User, *, origin: Origin, at: datetime) -> None:
    """Sign a person out everywhere, including here."""
    for session in UserSession.objects.filter(user=person):
        session.end()
    record(SecurityKind.ENDED, person=person, origin=origin, at=at)


@transaction.atomic
def end_session(person: User, session: UserSession, *, origin: Origin, at: datetime) -> None:
    """Sign a person out on one device."""
    session.end()
    record(SecurityKind.SESSION_ENDED, person=person, origin=origin, at=at)


@transaction.atomic
def end_others(person: User, *, but: str, origin: Origin, at: datetime) -> None:
    """Sign a person out everywhere except in the session with this key."""
    for session in UserSession.objects.filter(user=person).exclude(session_key=but):
        session.end()
    record(SecurityKind.OTHERS_ENDED, person=person, origin=origin, at=at)


def lock_factors(person_id: int) -> None:
    """Let nobody else use or change the factors of a person until the commit."""
    User.objects.select_for_update(no_key=True).get(pk=person_id)


@transaction.atomic
def reset_factor(factor: Authenticator, *, origin: Origin, at: datetime) -> None:
    """Delete a second factor, recovery codes without any other factor, and the sessions of the person."""
    person, method = factor.user, str(factor.type)
    lock_factors(person.pk)
    factor.delete()
    delete_dangling_recovery_codes(person)
    record(SecurityKind.FACTOR_REMOVED, person=person, origin=origin, at=at, method=method)
    end_sessions(person, origin=origin, at=at)


def record_rights(changes: list[RoleEvent]) -> None:
    """Record changes of rights among the events of the people they are about."""
    SecurityEvent.objects.bulk_create(
        SecurityEvent(kind=SecurityKind.RIGHTS, person_id=change.person_id, role_event=change, at=change.at)
        for change in changes
    )


def latest_events(person: User) -> list[SecurityEvent]:
    """Return the last SHOWN events of a person and of records merged into theirs, newest first."""
    events = SecurityEvent.objects.filter(person__in=User.objects.records_of(person.pk)).select_related(
        "role_event__by", "role_event__location"
    )
    return list(events.order_by("-pk")[:SHOWN])
