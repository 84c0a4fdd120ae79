"""A program that sends a request again before it was answered gets what the first one gets."""

from typing import Any

import pytest

from orders.domain.programs import repeats
from orders.domain.programs.tokens import make_token
from orders.models import ApiRequest, ApiToken, Scope
from tests.factories import make_location, make_manager
from tests.moments import NOW
from tests.races.guards import at_once, meet_after, without_constraint

SENDINGS = 4


def make_program() -> ApiToken:
    location = make_location()
    holder = make_manager(location=location)
    token, _secret = make_token(location=location, holder=holder, name="Сайт", scopes=Scope, expires_at=None, at=NOW)
    return token


def send_together(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Send one request several times; each looks for the key before any writes it."""
    token = make_program()
    meet_after(monkeypatch, repeats, "known_request", SENDINGS)
    return at_once([lambda: repeats.form_token_of(token, "key-of-a-site", request=b"one", at=NOW)] * SENDINGS)


def test_one_request_sent_at_once_is_guarded_by_one_token(monkeypatch: pytest.MonkeyPatch) -> None:
    [first, *others] = send_together(monkeypatch)
    assert others == [first] * (SENDINGS - 1)
    assert ApiRequest.objects.get().form_token == first


def test_control_without_the_constraint_each_sending_is_a_request_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with without_constraint("orders_apirequest", "api_request_once_a_key"):
        assert len(set(send_together(monkeypatch))) == SENDINGS
        assert ApiRequest.objects.count() == SENDINGS
