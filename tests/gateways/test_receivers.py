"""Posting to an external address over a real connection: the name is checked, and waiting is limited."""

import socket
import ssl
import threading
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.utils import timezone
from requests import adapters

from olvery.shared import outgoing
from orders.domain.programs.webhooks import Answer
from orders.gateways import receivers
from tests.gateways.bad_server import Act, Asked, BadServer, answer, drip, say_nothing

NAME = "crm.example.org"


def certificate(folder: Path) -> Path:
    """Write a certificate of NAME with its key, and return where they are."""
    key, named = generate_private_key(SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now, day = timezone.now(), timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    file = folder / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file


@pytest.fixture
def over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[[Act], Act]:
    """Make the server use TLS with a trusted certificate, and every name resolve to this machine."""
    file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    monkeypatch.setattr(adapters, "DEFAULT_CA_BUNDLE_PATH", str(file))
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    look_up = socket.getaddrinfo

    def found_here(name: str, *args: Any, **kwargs: Any) -> Any:
        return look_up(name if _is_number(name) else "127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", found_here)

    def speaking(act: Act) -> Act:
        def encrypted(server: BadServer, connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as wrapped:
                act(server, wrapped)

        return encrypted

    return speaking


def _is_number(name: str) -> bool:
    try:
        return bool(ip_address(name))
    except ValueError:
        return False


def posted(act: Act, *, name: str = NAME) -> tuple[Answer, list[tuple[str, str, bytes]]]:
    """Post to a server, and return the answer and the requests received."""
    with BadServer(act) as server:
        address = f"https://{name}:{urlsplit(server.url).port}/hook"
        came_back = receivers.post(address, "{}", {"webhook-id": "msg_1"})
        return came_back, [(one.method, one.target, one.body) for one in server.asked]


def test_a_receiver_is_asked_under_its_name(over_tls: Callable[[Act], Act]) -> None:
    asked = [("POST", "/hook", b"{}")]
    assert posted(over_tls(answer(204))) == (Answer(204), asked)
    assert posted(over_tls(answer(302, text="", Location="https://127.0.0.1/"))) == (Answer(302), asked)


def keep_what_comes(server: BadServer, connection: socket.socket) -> None:
    if came := connection.recv(100):
        server.asked.append(Asked("", "", {}, came))


def test_a_certificate_of_another_name_is_told_nothing(over_tls: Callable[[Act], Act]) -> None:
    assert posted(over_tls(keep_what_comes), name="other.example.org") == (Answer(None, "SSLError"), [])


@pytest.mark.parametrize("act", [say_nothing, drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100 + b"\r\n\r\n")])
def test_a_receiver_that_drips_is_waited_for_no_longer_than_one_that_is_silent(
    act: Act, over_tls: Callable[[Act], Act], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its bytes kept the round of everybody else waiting for ten seconds more."""
    monkeypatch.setattr(receivers, "SECONDS", (3, 0.3))
    assert posted(over_tls(act)) == (Answer(None, "timeout"), [("POST", "/hook", b"{}")])


def test_a_name_whose_server_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name server belongs to whoever chose the URL."""
    ended = threading.Event()
    monkeypatch.setattr(outgoing, "LOOK_UP_SECONDS", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_kinds: ended.wait(10))
    try:
        assert receivers.post(f"https://{NAME}/hook", "{}", {}) == Answer(None, "timeout")
    finally:
        ended.set()
