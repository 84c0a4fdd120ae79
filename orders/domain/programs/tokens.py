"""Tokens of programs: created once, shown once, required with every request."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from django.db.models import Case, Exists, F, OuterRef, Value, When

from accounts.domain.roles import Held
from accounts.models import Membership, Role, User
from coworking.models import Location
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.models import ApiToken, Scope

PREFIX = "olv_"  # lets repository scanners recognise a token published by mistake
SHOWN = 12
PER_MINUTE = 600
MOST_TOKENS = 20  # the most in force for one person at one location


class TooManyTokens(Refusal):
    reason = "too_many_tokens"


class TokenUnknown(Refusal):
    """There is no such token, it has expired, or its holder is no longer a rental manager there."""

    reason = "token_unknown"


class ScopeMissing(Refusal):
    """The token does not have this scope."""

    reason = "scope_missing"


class TokenBusy(Refusal):
    """The token was used too often within this minute."""

    reason = "token_busy"


def make_token(
    *, location: Location, holder: User, name: str, scopes: Iterable[Scope], expires_at: datetime | None, at: datetime
) -> tuple[ApiToken, str]:
    """Create a token and return it with its secret, which cannot be read again. Raises TooManyTokens, Busy."""
    secret = PREFIX + secrets.token_urlsafe(32)
    with locks.short_waits():
        locks.lock_person(holder.pk)
        if ApiToken.objects.in_force(at).filter(location=location, holder=holder).count() >= MOST_TOKENS:
            raise TooManyTokens(most=MOST_TOKENS)
        token = ApiToken.objects.create(
            location=location,
            holder=holder,
            name=name,
            scopes=sorted(scopes),
            digest=_digest(secret),
            hint=secret[:SHOWN],
            expires_at=expires_at,
            made_at=at,
        )
    return token, secret


def revoke(token_id: int, *, location_id: int, by: User, at: datetime) -> bool:
    """Close a token of a location for good. Returns whether it was open until now."""
    tokens = ApiToken.objects.filter(pk=token_id, location=location_id, revoked_at=None)
    return bool(tokens.update(revoked_at=at, revoked_by=by))


def end_with_rights(held: Iterable[Held], by: User, at: datetime, **_signal: object) -> None:
    """Close the tokens of those whose rights changed: nobody remembers what a role that is given back opens."""
    for one in held:
        if one.right == Role.RENTAL_MANAGER:
            tokens = ApiToken.objects.filter(holder=one.person_id, location=one.location_id, revoked_at=None)
            tokens.update(revoked_at=at, revoked_by=by)


def use(secret: str, *, scope: Scope, at: datetime) -> ApiToken:
    """Return the token with its location and holder, and count this use. Two queries.

    Raises TokenUnknown, TokenBusy, ScopeMissing.
    """
    minute = at.replace(second=0, microsecond=0)
    held = Membership.objects.filter(user=OuterRef("holder"), location=OuterRef("location"), role=Role.RENTAL_MANAGER)
    found = ApiToken.objects.in_force(at).filter(Exists(held), digest=_digest(secret), holder__is_active=True)
    token = found.filter(location__is_active=True).select_related("location", "holder").first()
    if token is None:
        raise TokenUnknown
    again = Case(When(used_at=minute, then=F("used_count") + 1), default=Value(1))
    ApiToken.objects.filter(pk=token.pk).update(used_at=minute, used_count=again)
    if token.used_at == minute and token.used_count >= PER_MINUTE:
        raise TokenBusy(most=PER_MINUTE)
    if scope not in token.scopes:
        raise ScopeMissing(scope=scope)
    return token


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
