"""Two factors of one person removed at once: one stays. The control shows that both would go."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from accounts import factors
from accounts.factors import FactorAdapter
from accounts.models import SecurityEvent, User
from tests.accounts.test_second_factor import FACTORS, PASSWORD, SECRET, with_app
from tests.factories import make_location, make_manager
from tests.races.guards import at_once, hold_until_another_waits, meet_after


@pytest.fixture(autouse=True)
def _required(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    cache.clear()


def remove_both() -> tuple[User, list[Any]]:
    """Remove the app and the passkey of a manager in two windows of one browser; return where these led."""
    person = make_manager(location=make_location(), password=PASSWORD)
    client = with_app(person)
    next_code = format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + 1))  # the one of now has signed in
    client.post(f"{FACTORS}reauthenticate/", {"code": next_code})
    key = Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"name": "Ключ"})

    def press(address: str) -> Any:
        window = Client()
        window.cookies = client.cookies
        return window.post(address).status_code

    calls = [f"{FACTORS}app/remove/", f"{FACTORS}keys/{key.pk}/remove/"]
    return person, at_once([lambda address=address: press(address) for address in calls])  # type: ignore[misc]


def left(person: User) -> tuple[int, int]:
    """Return how many factors a person has, and how many removed ones they were told of."""
    removed = SecurityEvent.objects.filter(person=person, kind="factor_off")
    return Authenticator.objects.filter(user=person, type__in=factors.FACTORS).count(), removed.count()


def test_of_two_factors_that_are_removed_at_once_one_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_until_another_waits(monkeypatch, FactorAdapter, "can_delete_authenticator")
    person, statuses = remove_both()
    # The app is refused on its page, the key on the one that it leads back to.
    assert statuses in ([302, 302], [200, 302])
    assert left(person) == (1, 1)


def test_control_without_the_lock_both_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factors, "lock_factors", lambda _person: None)
    meet_after(monkeypatch, FactorAdapter, "can_delete_authenticator", 2)
    person, statuses = remove_both()
    assert (statuses, left(person)) == ([302, 302], (0, 2))
