"""Two factors removed at once, one stays; an app connected by two presses. The controls show what came of it."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from accounts import factors
from accounts.factors import FactorAdapter
from accounts.models import SecurityEvent, User
from tests.accounts.test_second_factor import FACTORS, PASSWORD, SECRET, code_of, sign_in, with_app
from tests.factories import make_location, make_manager
from tests.races.guards import at_once, hold_until_another_waits, meet_after, meet_before


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


def connect_twice() -> tuple[User, list[Any]]:
    """Press «Подключить» twice over a slow line; return what each press was answered."""
    person = make_manager(location=make_location(), password=PASSWORD)
    client = sign_in(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    code = code_of(client.get(f"{FACTORS}app/add/").context["form"].secret)

    def press() -> Any:
        window = Client(raise_request_exception=False)
        window.cookies = client.cookies
        answer = window.post(f"{FACTORS}app/add/", {"code": code})
        return answer.status_code, answer.headers.get("Location")

    return person, at_once([press, press])


def test_an_app_that_is_connected_by_two_presses_is_connected_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_until_another_waits(monkeypatch, TOTP, "activate")
    person, answers = connect_twice()
    assert sorted(answers) == [(302, FACTORS), (302, f"{FACTORS}codes/")]
    assert Authenticator.objects.filter(user=person, type="totp").count() == 1


def test_control_without_the_lock_the_second_press_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factors, "lock_factors", lambda _person: None)
    # It counts tries one after the other, and refuses whoever waits for a second.
    monkeypatch.setattr(totp_forms, "check_rate_limit", lambda _person, **_kind: lambda: None)
    meet_before(monkeypatch, TOTP, "activate", 2)
    person, answers = connect_twice()
    assert sorted(answers) == [(302, f"{FACTORS}codes/"), (500, None)]
    assert Authenticator.objects.filter(user=person, type="totp").count() == 1
