"""Bodies of requests in the provider's terms, refused here when the provider would refuse them.

Pure: no I/O, no clock; the same wish always gives the same body. Limits come from the provider's OpenAPI file.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from orders.domain.money.receipts import ReceiptItem
from orders.domain.online.gateway import CURRENCY, Call, PaymentWish, ReceiptWish, RefundWish, WithReceipt, wire_sum

Body = dict[str, Any]

CMS_NAME = "olvery"
MAX_SUM = Decimal("999999999.99")
MAX_DESCRIPTION = 128
MAX_REFUND_DESCRIPTION = 250
MAX_ITEM_TITLE = 128
MAX_ITEMS = 80
MAX_QUANTITY = Decimal("99999.999")
MAX_URL = 2048
VAT_CODES, TAX_SYSTEMS = 12, 6
METADATA_KEYS, METADATA_KEY, METADATA_VALUE = 16, 32, 512

_OBJECT_ID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
_RECEIPT_ID = re.compile(rf"(rt-)?{_OBJECT_ID.pattern}")
_KEY = re.compile(r"[0-9a-zA-Z+_.-]{1,64}")
_PHONE = re.compile(r"[0-9]{4,15}")
_URL = re.compile(r"https?://[\x21-\x7e]+")


def object_id(text: str) -> str:
    """Return the id of a payment or refund. Raises ValueError for anything else, which could lead to another path."""
    if not _OBJECT_ID.fullmatch(text):
        raise ValueError(f"No id of a payment or a refund: {text[:60]!r}.")
    return text


def receipt_id(text: str) -> str:
    """Return the id of a receipt, «rt-» and a UUID. Raises ValueError."""
    if not _RECEIPT_ID.fullmatch(text):
        raise ValueError(f"No id of a receipt: {text[:60]!r}.")
    return text


def idempotence_key(text: str) -> str:
    """Return the key of a request. Raises ValueError if the provider would not accept it."""
    if not _KEY.fullmatch(text):
        raise ValueError(f"No idempotence key: {text[:80]!r}.")
    return text


def payment_body(wish: PaymentWish) -> Body:
    """Return the body that creates a payment: one stage, a redirect to the provider's own page."""
    if not _URL.fullmatch(wish.return_url) or len(wish.return_url) > MAX_URL:
        raise ValueError(f"Nowhere to return to: {wish.return_url[:80]!r}.")
    body: Body = {
        "amount": _money(wish.amount),
        "capture": True,  # the provider's default only holds the money
        "confirmation": {"type": "redirect", "return_url": wish.return_url},
        # Set by us: otherwise the SDK writes its own name.
        "metadata": _metadata({**wish.metadata, "cms_name": CMS_NAME}),
    }
    if wish.description:
        body["description"] = shorten(wish.description, MAX_DESCRIPTION)
    if wish.items:
        body["receipt"] = _receipt(wish)
    return body


def refund_body(wish: RefundWish) -> Body:
    """Return the body that creates a refund. Without positions the provider repeats the payment's receipt."""
    body: Body = {
        "payment_id": object_id(wish.payment_id),
        "amount": _money(wish.amount),
        "metadata": _metadata(wish.metadata),
    }
    if wish.description:
        body["description"] = shorten(wish.description, MAX_REFUND_DESCRIPTION)
    if wish.items:
        body["receipt"] = _receipt(wish)
    return body


def receipt_body(wish: ReceiptWish) -> Body:
    """Return the body of the receipt that offsets the prepayment against the rendered service."""
    return {
        "type": "payment",
        "payment_id": object_id(wish.payment_id),
        **_receipt(wish),
        "settlements": [{"type": "prepayment", "amount": _money(wish.amount)}],
        "send": True,
    }


def wire_moment(moment: datetime) -> str:
    """Write a moment as the provider expects it, in UTC. Raises ValueError for one without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs its time zone.")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wire_quantity(quantity: Decimal) -> int | float:
    """Write a quantity as the number that the provider's description requires: exact to three decimal places."""
    return int(quantity) if quantity == int(quantity) else float(quantity)


def frozen(path: str, body: Body) -> Call:
    """Return the request as it is stored and sent: keys in alphabetical order, no extra whitespace.

    Raises ValueError, before the request is stored, for text that cannot be encoded in UTF-8.
    """
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    text.encode()
    return Call(path, text)


def shorten(text: str, limit: int) -> str:
    """Return a text on one line, truncated with «…» beyond this many characters."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _receipt(wish: WithReceipt) -> Body:
    """Return customer and positions. Their sum must equal the wish's, or the provider rejects the receipt."""
    if not 1 <= len(wish.items) <= MAX_ITEMS:
        raise ValueError(f"A receipt of {len(wish.items)} positions: 1 to {MAX_ITEMS}.")
    total = sum((_position_sum(item) for item in wish.items), Decimal(0))
    if total != wish.amount:
        raise ValueError(f"The receipt is of {total}, not of {wish.amount}.")
    receipt: Body = {
        "customer": _customer(wish.email, wish.phone),
        "items": [_position(item) for item in wish.items],
    }
    if wish.tax_system is not None:
        receipt["tax_system_code"] = _code(wish.tax_system, TAX_SYSTEMS, "tax system")
    return receipt


def _customer(email: str, phone: str) -> Body:
    """Return where the receipt goes: one contact, preferably the e-mail, as «Чеки от ЮKassa» accept no more."""
    if email:
        return {"email": email}
    digits = "".join(sign for sign in phone if sign in "0123456789")
    if not _PHONE.fullmatch(digits):
        raise ValueError("A receipt needs the customer's e-mail or phone.")
    return {"phone": digits}


def _position(item: ReceiptItem) -> Body:
    title = shorten(item.title, MAX_ITEM_TITLE)
    if not title:
        raise ValueError("A position of a receipt needs a title.")
    return {
        "description": title,
        "quantity": wire_quantity(item.quantity),
        "amount": _money(item.price, may_be_free=True),
        "vat_code": _code(item.fiscal.vat_code, VAT_CODES, "VAT code"),
        "payment_mode": item.fiscal.mode,
        "payment_subject": item.fiscal.subject,
        "measure": item.measure,
    }


def _code(code: int, most: int, what: str) -> int:
    if not 1 <= code <= most:
        raise ValueError(f"There is no {what} {code}: 1 to {most}.")
    return code


def _position_sum(item: ReceiptItem) -> Decimal:
    """Return the position's sum in whole kopecks: otherwise the cash desk would round it."""
    if not _fits(item.quantity, 3, MAX_QUANTITY) or item.quantity <= 0:
        raise ValueError(f"A receipt cannot have a quantity of {item.quantity}.")
    if not item.price.is_finite() or not _fits(item.amount, 2, MAX_SUM):
        raise ValueError(f"{item.quantity} × {item.price} is no sum in whole kopecks: send it as one piece.")
    return item.amount


def _money(amount: Decimal, *, may_be_free: bool = False) -> Body:
    if not _fits(amount, 2, MAX_SUM) or amount < 0 or not (amount or may_be_free):
        raise ValueError(f"No sum to send: {amount}.")
    return {"value": wire_sum(amount), "currency": CURRENCY}


def _fits(number: Decimal, places: int, most: Decimal) -> bool:
    """Return whether a number is finite, within a bound, and has at most this many decimal places."""
    return number.is_finite() and abs(number) <= most and number == round(number, places)


def _metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    if (
        len(metadata) > METADATA_KEYS
        or _longest(metadata) > METADATA_KEY
        or _longest(metadata.values()) > METADATA_VALUE
    ):
        raise ValueError(f"Metadata beyond {METADATA_KEYS} keys of {METADATA_KEY} and {METADATA_VALUE} characters.")
    return dict(metadata)


def _longest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)
