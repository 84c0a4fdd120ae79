"""The content of a ticket's QR code: signed by its location, so that a door without network detects alterations.

A code is 82 bytes in base32: only capitals and digits, which QR codes pack densely and which a scanner types
correctly in either keyboard layout. `static/js/door-codes.js` also reads the format.
"""

import hashlib
from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from coworking.domain.visits import EntryRefused
from coworking.models import Location, Ticket
from olvery.shared.search import as_latin_keys

# Codes of the first format have a different character in place of the version: they belong to the first visitor.
FORMAT, WITHOUT_VERSION = 2, 1
# Bytes: format, location, number of the ticket, first minute since 1970, minutes, version; then the signature.
LAYOUT = (1, 3, 5, 4, 3, 2)
SIGNED, SIGNATURE = sum(LAYOUT), 64
LENGTH = 132
ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
EPOCH, MINUTE = datetime(1970, 1, 1, tzinfo=UTC), timedelta(minutes=1)


class CodeAltered(EntryRefused):
    """The code looks like one of ours, but its signature is wrong."""

    reason = "code_altered"


@dataclass(frozen=True, slots=True)
class SignedCode:
    """A parsed code, whether or not its signature is right."""

    location_id: int
    number: int
    version: int
    signed: bytes
    signature: bytes


def code_of(ticket: Ticket) -> str:
    """Return the code of a ticket as it is now. Needs the service with its location."""
    location = ticket.service.location
    first, last = (int((moment - EPOCH) / MINUTE) for moment in (ticket.period.start, ticket.period.end))
    values = (FORMAT, location.pk, ticket.pk, first, last - first, ticket.code_version)
    signed = b"".join(value.to_bytes(size) for value, size in zip(values, LAYOUT, strict=True))
    return b32encode(signed + _key_of(location).sign(signed)).decode().rstrip("=")


def parse(text: str) -> SignedCode | None:
    """Parse a text in either keyboard layout if it has the form of a signed code."""
    text = as_latin_keys(text).upper()
    if len(text) != LENGTH or not ALPHABET.issuperset(text):
        return None
    told = b32decode(text + "=" * (-LENGTH % 8))
    signed, values, start = told[:SIGNED], [], 0
    for size in LAYOUT:
        values.append(int.from_bytes(signed[start : start + size]))
        start += size
    kind, location_id, number, _first, _minutes, version = values
    if kind not in (FORMAT, WITHOUT_VERSION):
        return None
    return SignedCode(location_id, number, version if kind == FORMAT else 0, signed, told[SIGNED:])


def check(code: SignedCode, location: Location) -> None:
    """Check that the location has signed a code. Raises CodeAltered."""
    try:
        _key_of(location).public_key().verify(code.signature, code.signed)
    except InvalidSignature as error:
        raise CodeAltered from error


def public_key_of(location: Location) -> bytes:
    """Return the 32-byte public key that verifies codes of the location."""
    return _key_of(location).public_key().public_bytes_raw()


def _key_of(location: Location) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"door " + location.door_secret.bytes).digest())
