"""Factors that are added, removed or used at once. The controls show what came of it."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.base import forms as factor_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.webauthn.internal import auth as passkeys
from django.core.cache import cache
from django.test import Client

from accounts import factors
from accounts.domain import security
from accounts.factors import FactorAdapter
from accounts.models import SecurityEvent, User
from tests.accounts.test_second_factor import FACTORS, PASSWORD, SECRET, code_of, sign_in, with_app
from tests.factories import make_location, make_manager
from tests.moments import NOW
from tests.races.guards import (
    TIMEOUT,
    at_once,
    hold_until_another_waits,
    meet_after,
    meet_before,
    until_another_waits,
)


@pytest.fixture(autouse=True)
def _required(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    cache.clear()


def remove_both() -> tuple[User, list[Any]]:
    """Remove the app and the passkey of a manager in two windows of one browser; return where these led."""
    person = make_manager(location=make_location(), password=PASSWORD)
    client = with_app(person)
    next_code = format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + 1))  # the current one has signed in
    client.post(f"{FACTORS}reauthenticate/", {"code": next_code})
    key = Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"name": "Ключ"})

    def press(address: str) -> Any:
        window = Client()
        window.cookies = client.cookies
        return window.post(address).status_code

    calls = [f"{FACTORS}app/remove/", f"{FACTORS}keys/{key.pk}/remove/"]
    return person, at_once([lambda address=address: press(address) for address in calls])  # type: ignore[misc]


def left(person: User) -> tuple[int, int]:
    """Return how many factors a person has, and of how many removals they were notified."""
    removed = SecurityEvent.objects.filter(person=person, kind="factor_off")
    return Authenticator.objects.filter(user=person, type__in=factors.FACTORS).count(), removed.count()


def test_one_of_two_factors_removed_at_once_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_until_another_waits(monkeypatch, FactorAdapter, "can_delete_authenticator")
    person, statuses = remove_both()
    # The app is refused on its page, the key on the one that it leads back to.
    assert statuses in ([302, 302], [200, 302])
    assert left(person) == (1, 1)


def test_control_without_the_lock_both_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "lock_factors", lambda _person_id: None)
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
    monkeypatch.setattr(security, "lock_factors", lambda _person_id: None)
    # It counts tries one after the other, and refuses whoever waits for a second.
    monkeypatch.setattr(totp_forms, "check_rate_limit", lambda _person, **_kind: lambda: None)
    meet_before(monkeypatch, TOTP, "activate", 2)
    person, answers = connect_twice()
    assert sorted(answers) == [(302, f"{FACTORS}codes/"), (500, None)]
    assert Authenticator.objects.filter(user=person, type="totp").count() == 1


def add_key_twice(monkeypatch: pytest.MonkeyPatch) -> tuple[User, list[Any]]:
    """Add a first passkey by two presses, which brings recovery codes; return what each press was answered."""
    person = make_manager(location=make_location(), password=PASSWORD)
    client = sign_in(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for step in ("parse_registration_response", "complete_registration"):  # no device here signs a challenge
        monkeypatch.setattr(passkeys, step, lambda _credential: None)

    def press() -> Any:
        window = Client(raise_request_exception=False)
        window.cookies = client.cookies
        return window.post(f"{FACTORS}keys/add/", {"credential": '{"id": "1"}'}).headers.get("Location")

    return person, at_once([press, press])


def test_a_first_passkey_that_is_added_by_two_presses_brings_codes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_until_another_waits(monkeypatch, RecoveryCodes, "generate_seed")
    person, answers = add_key_twice(monkeypatch)
    assert sorted(answers) == [FACTORS, f"{FACTORS}codes/"]
    assert Authenticator.objects.filter(user=person, type="recovery_codes").count() == 1


def test_control_without_the_lock_one_of_the_presses_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "lock_factors", lambda _person_id: None)
    meet_before(monkeypatch, RecoveryCodes, "generate_seed", 2)
    _person, answers = add_key_twice(monkeypatch)
    assert sorted(answers, key=str) == [f"{FACTORS}codes/", None]


def sign_in_while_reset(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, ...]:
    """Reset an app at the moment its code is used; return what the browser was answered, and its way on."""
    person = make_manager(location=make_location(), password=PASSWORD)
    app = TOTP.activate(person, SECRET).instance
    browser, is_right = Client(raise_request_exception=False), threading.Event()
    sign_in(person, browser)
    use = factor_forms.post_authentication

    def use_slowly(*args: Any, **wanted: Any) -> None:
        is_right.set()
        until_another_waits()
        use(*args, **wanted)

    monkeypatch.setattr(factor_forms, "post_authentication", use_slowly)

    def reset() -> None:
        is_right.wait(TIMEOUT)
        security.reset_factor(app, origin=security.Origin(None, ""), at=NOW)

    calls: list[Callable[[], Any]] = [
        lambda: browser.post(f"{FACTORS}authenticate/", {"code": code_of(SECRET)}).status_code,
        reset,
    ]
    answer, done = at_once(calls)
    assert done is None
    assert not Authenticator.objects.filter(user=person).exists()
    return answer, browser.get("/manage/orders/").headers["Location"]


def test_an_app_that_is_reset_while_its_code_is_used_leaves_nobody_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sign_in_while_reset(monkeypatch) == (302, "/accounts/login/?next=/manage/orders/")


def test_control_without_the_lock_its_code_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "lock_factors", lambda _person_id: None)
    assert sign_in_while_reset(monkeypatch)[0] == 500
