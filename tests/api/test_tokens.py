"""What gives a program access, and to what."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Role
from coworking.domain import people
from coworking.models import Tariff
from orders.domain.programs import tokens
from orders.models import ApiToken, Scope
from tests.api.conftest import Ask
from tests.factories import make_member, make_order
from tests.moments import NOW
from tests.snapshots import saved_rows
from tests.views.test_access import API, routes

# URL → the scope it requires.
SCOPES = {
    "services": Scope.SERVICES,
    "services/1/free-hours?day=2026-11-25": Scope.SERVICES,
    "tariffs/1/free-days?day=2026-11-25": Scope.SERVICES,
    "orders": Scope.ORDERS_READ,
    "orders/1": Scope.ORDERS_READ,
    "orders/1/payments": Scope.ORDERS_READ,
    "tickets": Scope.ORDERS_READ,
    "tickets/1": Scope.ORDERS_READ,
    "people?search=пе": Scope.PEOPLE,
}
SENT = {
    "quotes": Scope.ORDERS_WRITE,
    "orders": Scope.ORDERS_WRITE,
    "orders/1/cancel": Scope.ORDERS_WRITE,
    "orders/1/payments": Scope.PAYMENTS,
    "people": Scope.PEOPLE,
}


def asked(path: str, secret: str, *, sent: Any = None) -> Any:
    client = Client(headers={"authorization": f"Bearer {secret}"})
    path = f"/api/v1/{path}"
    return client.get(path) if sent is None else client.post(path, sent, content_type="application/json")


def test_every_address_of_the_api_stands_in_the_tables() -> None:
    """The rest is the public description, and the URL that redirects to it."""
    known = {re.sub(r"\b1\b", "<>", path.partition("?")[0]) for path in (*SCOPES, *SENT)}
    found = {re.sub(r"<\w+>", "<>", route.removeprefix(API)) for route in routes() if route.startswith(API)}
    assert found == known | {"", "openapi.json"}


def test_the_secret_is_not_stored(made: tuple[ApiToken, str]) -> None:
    token, secret = made
    stored = ApiToken.objects.values().get(pk=token.pk)
    assert secret.startswith(stored["hint"])
    assert not any(secret in str(value) for value in stored.values())


@pytest.mark.parametrize("path", [*SCOPES, *SENT])
def test_every_address_wants_a_token(path: str) -> None:
    for secret in ("", "olv_made-up"):
        for answer in (asked(path, secret), asked(path, secret, sent={})):
            assert answer.status_code in (401, 405)
            if answer.status_code == 401:
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                assert answer.json()["type"] == "urn:olvery:problem:token_unknown"


def test_every_address_wants_its_scope(tariff: Tariff, token: ApiToken, ask: Ask) -> None:
    for path, scope, sent in [*((p, s, None) for p, s in SCOPES.items()), *((p, s, {}) for p, s in SENT.items())]:
        ApiToken.objects.update(scopes=[other for other in Scope if other != scope])
        answer: Any = ask(path, sent)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:olvery:problem:scope_missing"), path
        ApiToken.objects.update(scopes=[scope])
        assert ask(path, sent).status_code in (200, 404, 422), path


@pytest.mark.parametrize("end", ["revoked", "expired", "role", "person", "location"])
def test_a_token_ends_with_its_right(ask: Ask, token: ApiToken, end: str) -> None:
    match end:
        case "revoked":
            assert tokens.revoke(token.pk, location_id=token.location_id, by=token.holder, at=NOW)
        case "expired":
            ApiToken.objects.update(expires_at=NOW)
        case "role":
            Membership.objects.filter(user=token.holder).delete()
        case "person":
            type(token.holder).objects.filter(pk=token.holder_id).update(is_active=False)
        case "location":
            type(token.location).objects.filter(pk=token.location_id).update(is_active=False)
    assert ask("services").status_code == 401


def test_a_role_that_is_given_back_opens_nothing_to_the_tokens_of_before(ask: Ask, token: ApiToken) -> None:
    location, holder = token.location, token.holder
    role = Membership.objects.get(user=holder)
    boss = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    again = people.Invitee(last_name=holder.last_name, first_name=holder.first_name, email=str(holder.email))
    assert ask("services").status_code == 200
    people.take_role(role.pk, location.pk, by=boss, at=NOW)
    people.give_role(location.pk, again, Role.RENTAL_MANAGER, by=boss, at=NOW)
    assert ask("services").status_code == 401
    assert ApiToken.objects.get(pk=token.pk).revoked_by == boss


def test_too_many_requests_of_a_minute_are_put_off(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "PER_MINUTE", 2)
    answers = [ask("services") for _n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "60"


def test_nobody_collects_tokens(token: ApiToken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_TOKENS", 1)
    with pytest.raises(tokens.TooManyTokens):
        tokens.make_token(
            location=token.location, holder=token.holder, name="Ещё", scopes=[Scope.SERVICES], expires_at=None, at=NOW
        )
    assert ApiToken.objects.count() == 1


def test_a_session_opens_nothing_here(token: ApiToken, tariff: Tariff) -> None:
    order = make_order(tariff=tariff)
    client = Client()
    client.force_login(token.holder)
    before = saved_rows()
    assert client.get(f"/api/v1/orders/{order.number}").status_code == 401
    assert client.post(f"/api/v1/orders/{order.number}/cancel", {"reason": "x"}, "application/json").status_code == 401
    assert saved_rows() == before
