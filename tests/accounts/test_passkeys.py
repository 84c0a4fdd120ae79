"""Passkeys without a browser: whatever is sent in place of one is refused as a wrong code is."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.cache import cache
from django.test import Client
from fido2.cose import ES256
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from accounts.models import User
from tests.accounts.test_second_factor import FACTORS, PASSWORD, kinds, sign_in
from tests.factories import make_location, make_manager
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

SITE = sha256(b"testserver").digest()
KEY_ID = b"k" * 16
WINDOW, ADDED = f"{FACTORS}authenticate/", f"{FACTORS}keys/add/"


class Device:
    """A passkey in software, as of a phone."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    def made(self, challenge: str) -> dict[str, Any]:
        """Return what a browser sends to register the passkey."""
        data = AttestedCredentialData.create(Aaguid.NONE, KEY_ID, ES256.from_cryptography_key(self.key.public_key()))
        attestation = AttestationObject.create("none", AuthenticatorData.create(SITE, 0x45, 0, data), {})
        return _credential(_client("webauthn.create", challenge), attestationObject=attestation)

    def signed(self, challenge: str) -> dict[str, Any]:
        """Return what a browser sends to sign in."""
        told, client = AuthenticatorData.create(SITE, 0x05, 1), _client("webauthn.get", challenge)
        signature = self.key.sign(bytes(told) + client.hash, ec.ECDSA(hashes.SHA256()))
        return _credential(client, authenticatorData=told, signature=signature)


def _client(kind: str, challenge: str) -> CollectedClientData:
    return CollectedClientData.create(kind, challenge, "https://testserver")


def _text(told: bytes) -> str:
    return urlsafe_b64encode(told).decode().rstrip("=")


def _credential(client: CollectedClientData, **parts: bytes) -> dict[str, Any]:
    response = {name: _text(bytes(part)) for name, part in {"clientDataJSON": client, **parts}.items()}
    return {"id": _text(KEY_ID), "rawId": _text(KEY_ID), "type": "public-key", "response": response}


def _with(credential: dict[str, Any], **parts: str) -> dict[str, Any]:
    return {**credential, "response": {**credential["response"], **parts}}


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    cache.clear()


def asked(client: Client, page: str, options: str) -> str:
    """Return the challenge of a page."""
    return challenge_of(client.get(page), options)


def challenge_of(answer: Any, options: str) -> str:
    return str(answer.context["js_data"][options]["publicKey"]["challenge"])


def send(client: Client, page: str, credential: object) -> Any:
    typed = credential if isinstance(credential, str) else json.dumps(credential)
    return client.post(page, {"credential": typed, "name": "Ноутбук"})


def a_manager_about_to_add_one() -> tuple[User, Client]:
    person = make_manager(location=make_location(), password=PASSWORD)
    client = sign_in(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return person, client


def a_manager_with_a_passkey() -> tuple[User, Client, Device]:
    person, client = a_manager_about_to_add_one()
    device = Device()
    send(client, ADDED, device.made(asked(client, ADDED, "creation_options")))
    assert Authenticator.objects.filter(user=person, type="webauthn").exists()
    return person, client, device


def unreadable(good: dict[str, Any]) -> list[object]:
    """Return what no browser sends."""
    return [
        *("", "null", "{", "1", '"a"', "[" * 100_000, {"id": "a"}, {**good, "rawId": None}, {**good, "response": []}),
        *({name: part for name, part in good.items() if name != "rawId"}, {**good, "id": "b", "rawId": "b"}),
        *(_with(good, clientDataJSON=told) for told in ("", "a", "é", "bnVsbA", "W10", "W1tbW1tb" * 20_000)),
        _with(good, authenticatorData=_text(SITE + b"\xc5" + b"\0" * 22), attestationObject=_text(b"\xa0")),
    ]


def test_whatever_is_sent_in_place_of_a_new_passkey_is_refused_on_the_page() -> None:
    _person, client = a_manager_about_to_add_one()
    good = Device().made(asked(client, ADDED, "creation_options"))
    before = saved_rows()
    for bad in [*unreadable(good), {**good, "more": "\0"}, _with(good, attestationObject="W10")]:
        answer = send(client, ADDED, bad)
        assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["credential"]), bad
    assert saved_rows() == before


def test_whatever_is_sent_in_place_of_a_passkey_counts_as_a_wrong_code() -> None:
    person, client, device = a_manager_with_a_passkey()
    thief, before = sign_in(person), kinds(person)
    good = device.signed(asked(thief, WINDOW, "request_options"))
    strange = Device().signed(asked(thief, WINDOW, "request_options"))
    for bad in unreadable(good):
        cache.clear()
        answer = send(thief, WINDOW, bad)
        assert (answer.status_code, bool(answer.context["webauthn_form"].errors)) == (200, True), bad
        assert send(client, f"{FACTORS}keys/reauthenticate/", bad).status_code == 302, bad
    cache.clear()
    tried = [send(thief, WINDOW, strange).context["webauthn_form"].errors for _try in range(6)]
    codes = [errors.as_data()["credential"][0].code for errors in tried]
    assert codes == ["incorrect_code"] * 5 + ["too_many_login_attempts"]
    assert kinds(person)[len(before) :][-5:] == [("failed", "webauthn")] * 5
    assert thief.get("/manage/orders/").headers["Location"].startswith("/accounts/login/")


def test_a_passkey_signs_in_after_some_tries() -> None:
    person, _client, device = a_manager_with_a_passkey()
    client = sign_in(person)
    for _try in range(4):
        send(client, WINDOW, {"id": "a"})
    assert send(client, WINDOW, device.signed(asked(client, WINDOW, "request_options"))).status_code == 302
    assert client.get("/manage/orders/").status_code == 200
    assert kinds(person)[-5:] == [("failed", "webauthn")] * 4 + [("signed_in", "password webauthn")]


def test_the_page_that_refused_a_passkey_takes_the_next_one_without_being_loaded_anew() -> None:
    person, client = a_manager_about_to_add_one()
    device = Device()
    refused = send(client, ADDED, Device().made(_text(b"of another page")))
    assert refused.context["form"].errors
    assert send(client, ADDED, device.made(challenge_of(refused, "creation_options"))).status_code == 302
    assert Authenticator.objects.filter(user=person, type="webauthn").count() == 1

    anew = sign_in(person)
    refused = send(anew, WINDOW, device.signed(asked(client, f"{FACTORS}keys/reauthenticate/", "request_options")))
    assert refused.context["webauthn_form"].errors
    assert send(anew, WINDOW, device.signed(challenge_of(refused, "request_options"))).status_code == 302
    assert anew.get("/manage/orders/").status_code == 200
