"""An external webhook receiver that fails as such programs do: it hangs up, breaks, takes its time."""

import json
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from random import Random
from time import sleep
from typing import Any

import requests.adapters
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook

HOST = "127.0.0.1"
CERTIFICATE = "receiver.pem"
FAILS = 0.3  # so many of the requests while it is stormed
SLOW_SECONDS = 1.0


class Receiver:
    """An HTTPS server that records what it received and whether the signature was right."""

    def __init__(self, folder: Path, rng: Random) -> None:
        """Create its certificate in a folder; it is not listening yet."""
        self.certificate = folder / CERTIFICATE
        self.rng, self.secret, self.fails = rng, "", FAILS
        self.taken: dict[str, dict[str, Any]] = {}
        self.repeated, self.forged = 0, list[str]()
        _make_certificate(self.certificate)
        self.server = ThreadingHTTPServer((HOST, 0), type("Handler", (_Handler,), {"receiver": self}))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)

    def __enter__(self) -> "Receiver":
        self.trusted = requests.adapters.DEFAULT_CA_BUNDLE_PATH
        trust(self.certificate)
        threading.Thread(target=self.server.serve_forever, name="receiver", daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        trust(self.trusted)

    @property
    def url(self) -> str:
        """The URL that it listens on."""
        return f"https://{HOST}:{self.server.server_address[1]}/"

    def recover(self) -> None:
        """Fail no more."""
        self.fails = 0.0

    def take(self, body: str, headers: dict[str, str]) -> None:
        """Record what came, once for each of its ids."""
        number, moment = headers.get("webhook-id", ""), int(headers.get("webhook-timestamp", "0"))
        right = Webhook(self.secret).sign(number, datetime.fromtimestamp(moment, UTC), body)
        if headers.get("webhook-signature") != right:
            self.forged.append(number)
        self.repeated += number in self.taken
        self.taken[number] = json.loads(body)


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        fails = self.receiver.rng.random() < self.receiver.fails
        how = self.receiver.rng.choice(["hangs up", "takes it and hangs up", "breaks", "is slow"]) if fails else ""
        if how == "is slow":
            sleep(SLOW_SECONDS)
        if how in ("", "is slow", "takes it and hangs up"):
            self.receiver.take(body, {name.lower(): value for name, value in self.headers.items()})
        if not how.endswith("hangs up"):
            self.send_response(500 if how == "breaks" else 204)
            self.end_headers()

    def log_message(self, *_given: object) -> None:
        """Say nothing."""


def trust(certificate: Path | str) -> None:
    """Make this process trust the receiver: the product has no setting for trusted certificates."""
    requests.adapters.DEFAULT_CA_BUNDLE_PATH = str(certificate)


def _make_certificate(path: Path) -> None:
    """Write a certificate of the loopback address, signed by itself, behind its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=2))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoded = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*encoded) + made.public_bytes(serialization.Encoding.PEM))
