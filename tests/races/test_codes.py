"""A code can be tried three times, however many attempts come at once."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account import forms as allauth_forms
from django.core.cache import cache
from django.test import Client

from accounts import contact_codes
from accounts import forms as account_forms
from accounts.contact_codes import MOST_TRIES
from tests.factories import make_user
from tests.races.guards import at_once, meet_after

AT_ONCE = 6
PHONE = "+79162044821"
SIGN_IN, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"
Compared = list[str]


@pytest.fixture(autouse=True)
def gateway(settings: Any) -> None:
    cache.clear()
    settings.SMS_SENDER = f"{__name__}.drop"


def drop(phone: str, text: str) -> None:
    """Send nothing: nobody reads the code."""


def signing_in() -> tuple[Client, str]:
    """Ask for a code that signs in; return the browser and where the code is typed."""
    make_user(phone=PHONE)
    client = Client()
    assert client.post(SIGN_IN, {"login": PHONE}).headers["Location"] == CONFIRM
    return client, CONFIRM


def changing_a_phone() -> tuple[Client, str]:
    """Ask for a code that proves a phone; return the browser and where the code is typed."""
    client = Client()
    client.force_login(make_user())
    page = client.post("/my/profile/phone/", {"phone": PHONE}).headers["Location"]
    return client, page


def guess_at_once(client: Client, page: str) -> list[Any]:
    """Type wrong codes in windows of one browser at the same moment."""

    def guess(number: int) -> int:
        window = Client()
        window.cookies = client.cookies
        return window.post(page, {"code": f"x{number}"}).status_code

    return at_once([lambda number=number: guess(number) for number in range(AT_ONCE)])  # type: ignore[misc]


def counted(monkeypatch: pytest.MonkeyPatch) -> Compared:
    """Return a list that gets every code that is compared."""
    compared: Compared = []
    for module in (contact_codes, allauth_forms):

        def compare(*, actual: str, expected: str, former: Callable[..., bool] = module.compare_user_code) -> bool:
            compared.append(actual)
            return former(actual=actual, expected=expected)

        monkeypatch.setattr(module, "compare_user_code", compare)
    return compared


PLACES = pytest.mark.parametrize("asked", [signing_in, changing_a_phone])


@PLACES
def test_three_of_many_attempts_at_once_are_checked(monkeypatch: pytest.MonkeyPatch, asked: Callable[[], Any]) -> None:
    client, page = asked()
    compared = counted(monkeypatch)
    results = guess_at_once(client, page)
    assert [one for one in results if not isinstance(one, int)] == []
    assert len(set(compared)) == len(compared) == MOST_TRIES
    guess_at_once(client, page)
    assert len(compared) == MOST_TRIES


@PLACES
def test_control_counted_in_the_session_alone_all_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, asked: Callable[[], Any]
) -> None:
    client, page = asked()
    compared = counted(monkeypatch)
    for module in (contact_codes, account_forms):
        monkeypatch.setattr(module, "takes_try", lambda _state: True)
    meet_after(monkeypatch, contact_codes if asked is changing_a_phone else allauth_forms, "compare_user_code", AT_ONCE)
    guess_at_once(client, page)
    assert len(compared) == AT_ONCE
