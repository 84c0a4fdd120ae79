"""Ids in the shape of the provider's; nobody may read anything out of them."""

import secrets
from datetime import UTC, datetime

EPOCH = datetime(2000, 1, 1, 12, tzinfo=UTC).timestamp()


def payment_id(at: float) -> str:
    """Return a new id of a payment."""
    return _new("000f", at)


def refund_id(at: float) -> str:
    """Return a new id of a refund."""
    return _new("0015", at)


def receipt_id(at: float) -> str:
    """Return a new id of a receipt, three characters longer than the others."""
    return "rt-" + _new("0019", at)


def _new(kind: str, at: float) -> str:
    return f"{int(at - EPOCH):08x}-{kind}-5000-8000-{secrets.token_hex(6)}"
