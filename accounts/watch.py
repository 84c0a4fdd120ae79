"""Records what allauth and Django report about signing in."""

from typing import Any

from allauth.account import signals
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as factor_signals
from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest
from django.utils import timezone

from accounts.domain import security
from accounts.domain.security import Origin
from accounts.models import SecurityKind, User


def origin_of(request: HttpRequest) -> Origin:
    """Return where a request came from, past our own proxies."""
    return Origin(get_adapter().get_client_ip(request), request.headers.get("User-Agent", ""))


def person_with(*, email: str = "", phone: str = "", **_others: Any) -> User | None:
    """Return the person with this e-mail or phone, as typed."""
    if phone:
        return get_adapter().get_user_by_phone(phone)
    return User.objects.filter(email=email.strip().lower()).first() if email and "\0" not in email else None


def note(kind: SecurityKind, request: HttpRequest, person: User | None, *, method: str = "") -> None:
    """Record an event of a request."""
    security.record(kind, person=person, origin=origin_of(request), at=timezone.now(), method=method)


def note_lock_out(request: HttpRequest, person: User | None, *, method: str) -> None:
    """Record that a client was locked out."""
    security.record_lock_out(person=person, origin=origin_of(request), at=timezone.now(), method=method)


def signed_in(request: HttpRequest, user: User, **_others: Any) -> None:
    """Record a sign-in with the steps it took."""
    records = get_authentication_records(request, user)
    steps = ["text" if one.get("phone") else str(one.get("type") or one["method"]) for one in records]
    note(SecurityKind.SIGNED_IN, request, user, method=" ".join(steps))


def password_refused(request: HttpRequest | None, credentials: dict[str, Any], **_others: Any) -> None:
    """Record a wrong password."""
    if request is not None:
        note(SecurityKind.FAILED, request, person_with(**credentials), method="password")


def code_refused(request: HttpRequest, user: User, **_others: Any) -> None:
    """Record a wrong code from a letter or a text message."""
    is_by_text = bool(request._login_stage.state.get("phone"))  # type: ignore[attr-defined]
    note(SecurityKind.FAILED, request, user, method="text" if is_by_text else "code")


def password_changed(request: HttpRequest, user: User, **_others: Any) -> None:
    """Record a changed password."""
    note(SecurityKind.PASSWORD, request, user)


def factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_others: Any) -> None:
    """Record a new factor; other sessions, which did not need it, end."""
    note(SecurityKind.FACTOR_ADDED, request, user, method=authenticator.type)
    end_other_sessions(request, user)


def factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_others: Any) -> None:
    """Record a removed factor."""
    note(SecurityKind.FACTOR_REMOVED, request, user, method=authenticator.type)


def factor_refused(request: HttpRequest, user: User, authenticator: Authenticator, **_others: Any) -> None:
    """Record a wrong code of a factor."""
    note(SecurityKind.FAILED, request, user, method=authenticator.type)


def start() -> None:
    """Listen to the signals."""
    user_login_failed.connect(password_refused)
    signals.user_logged_in.connect(signed_in)
    signals.login_code_rejected.connect(code_refused)
    for signal in (signals.password_set, signals.password_changed, signals.password_reset):
        signal.connect(password_changed)
    factor_signals.authenticator_added.connect(factor_added)
    factor_signals.authenticator_removed.connect(factor_removed)
    factor_signals.authentication_failed.connect(factor_refused)
