"""Concurrent programs: a repeated request gets the first answer, and limits are kept."""

from collections.abc import Callable
from typing import Any

import pytest

from orders.domain import locks
from orders.domain.programs import repeats, tokens, webhooks
from orders.domain.programs.tokens import TooManyTokens, make_token
from orders.domain.programs.webhooks import TooManyWebhooks, make_webhook
from orders.models import ApiRequest, ApiToken, EventKind, Scope, Webhook
from tests.factories import make_location, make_manager
from tests.moments import NOW
from tests.races.guards import at_once, meet_after, meet_before, without_constraint

SENDINGS = 4


def make_program() -> ApiToken:
    location = make_location()
    holder = make_manager(location=location)
    token, _secret = make_token(location=location, holder=holder, name="Сайт", scopes=Scope, expires_at=None, at=NOW)
    return token


def send_together(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Send one request several times; each looks up the key before any writes it."""
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


# No more than allowed


def make_tokens(count: int) -> list[Any]:
    """Create tokens of one manager at the same moment."""
    location = make_location()
    facts: dict[str, Any] = {"location": location, "holder": make_manager(location=location), "name": "Сайт"}
    return at_once([lambda: make_token(**facts, scopes=Scope, expires_at=None, at=NOW)] * count)


def make_webhooks(count: int) -> list[Any]:
    """Create webhooks of one location at the same moment."""
    location = make_location()
    facts: dict[str, Any] = {"location": location, "address": "https://crm.example.org/", "at": NOW}
    by = make_manager(location=location)
    return at_once([lambda: make_webhook(**facts, kinds=[EventKind.PAID], by=by)] * count)


LIMITED = pytest.mark.parametrize(
    ("make", "model", "refused"),
    [
        pytest.param(make_tokens, ApiToken, TooManyTokens, id="tokens"),
        pytest.param(make_webhooks, Webhook, TooManyWebhooks, id="webhooks"),
    ],
)


@pytest.fixture
def _one_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_TOKENS", 1)
    monkeypatch.setattr(webhooks, "MOST_WEBHOOKS", 1)


@LIMITED
@pytest.mark.usefixtures("_one_of_each")
def test_concurrent_creation_does_not_exceed_the_limit(
    make: Callable[[int], list[Any]], model: Any, refused: type[Exception]
) -> None:
    results = make(SENDINGS)
    assert [type(one) for one in results].count(refused) == SENDINGS - 1
    assert model.objects.count() == 1


@LIMITED
@pytest.mark.usefixtures("_one_of_each")
def test_control_without_the_lock_there_are_more(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[int], list[Any]], model: Any, refused: type[Exception]
) -> None:
    for name in ("lock_person", "lock_location"):
        monkeypatch.setattr(locks, name, lambda _pk: None)
    meet_before(monkeypatch, model.objects, "create", SENDINGS)
    assert refused not in [type(one) for one in make(SENDINGS)]
    assert model.objects.count() == SENDINGS
