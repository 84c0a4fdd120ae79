"""The provider's JSON read into snapshots.

We do not use the SDK for this: it rewrites unknown words, such as new cancellation reasons.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from orders.domain.online.gateway import PaymentSnapshot, ReceiptSnapshot, RefundSnapshot
from orders.gateways.shapes import object_id, receipt_id

Json = Mapping[str, Any]

_SUM = re.compile(r"[0-9]{1,9}\.[0-9]{2}")


class MalformedAnswer(Exception):
    """The provider's answer is not the object described in its documentation."""


def read_payment(json: Json) -> PaymentSnapshot:
    """Read a payment. Raises MalformedAnswer."""
    return PaymentSnapshot(
        **_of_either(json),
        shop_id=_word(_part(json, "recipient"), "account_id"),
        test=_flag(json, "test"),
        captured_at=_moment(json, "captured_at") if json.get("captured_at") is not None else None,
        refunded=_money(json, "refunded_amount")[0] if json.get("refunded_amount") is not None else Decimal("0.00"),
        confirmation_url=_text(_part(json, "confirmation"), "confirmation_url"),
        method_title=_text(_part(json, "payment_method"), "title"),
    )


def read_refund(json: Json) -> RefundSnapshot:
    """Read a refund. Raises MalformedAnswer."""
    return RefundSnapshot(**_of_either(json), payment_id=_id(json, "payment_id", object_id))


def _of_either(json: Json) -> dict[str, Any]:
    """Return what a payment and a refund have alike."""
    amount, currency = _money(json, "amount")
    details = _part(json, "cancellation_details")
    return {
        "id": _id(json, "id", object_id),
        "status": _word(json, "status"),
        "amount": amount,
        "currency": currency,
        "created_at": _moment(json, "created_at"),
        "cancel_party": _text(details, "party"),
        "cancel_reason": _text(details, "reason"),
        "receipt_registration": _text(json, "receipt_registration"),
        "metadata": _metadata(json),
    }


def read_receipt(json: Json) -> ReceiptSnapshot:
    """Read a receipt. Raises MalformedAnswer."""
    return ReceiptSnapshot(
        id=_id(json, "id", receipt_id),
        status=_word(json, "status"),
        payment_id=_id(json, "payment_id", object_id) if json.get("payment_id") is not None else "",
        is_offset=_text(json, "type") == "payment"
        and any(_text(one, "type") == "prepayment" for one in _objects(json, "settlements")),
    )


def read_page(json: Json) -> tuple[list[Json], str]:
    """Read a page of a list: its objects, and the cursor of the next page, if any. Raises MalformedAnswer."""
    if json.get("items") is None:
        raise MalformedAnswer("items")
    return _objects(json, "items"), _text(json, "next_cursor")


def _objects(json: Json, name: str) -> list[Json]:
    """Return a list of inner objects, empty if missing."""
    objects = json.get(name)
    if objects is None:
        return []
    if not isinstance(objects, list) or not all(isinstance(one, dict) for one in objects):
        raise MalformedAnswer(name)
    return objects


def _part(json: Json, name: str) -> Json:
    """Return an inner object, empty if missing."""
    part = json.get(name)
    if part is None:
        return {}
    if not isinstance(part, dict):
        raise MalformedAnswer(name)
    return part


def _text(json: Json, name: str) -> str:
    """Return a text, empty if missing."""
    text = json.get(name)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise MalformedAnswer(name)
    return text


def _word(json: Json, name: str) -> str:
    """Return a required text."""
    if not (text := _text(json, name)):
        raise MalformedAnswer(name)
    return text


def _id(json: Json, name: str, check: Callable[[str], str]) -> str:
    try:
        return check(_word(json, name))
    except ValueError:
        raise MalformedAnswer(name) from None


def _flag(json: Json, name: str) -> bool:
    flag = json.get(name)
    if not isinstance(flag, bool):
        raise MalformedAnswer(name)
    return flag


def _moment(json: Json, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_word(json, name))
    except ValueError:
        raise MalformedAnswer(name) from None
    if moment.tzinfo is None:
        raise MalformedAnswer(name)
    return moment


def _money(json: Json, name: str) -> tuple[Decimal, str]:
    """Return a sum, exactly as it is written, and its currency."""
    money = _part(json, name)
    value = _word(money, "value")
    if not _SUM.fullmatch(value):
        raise MalformedAnswer(name)
    return Decimal(value), _word(money, "currency")


def _metadata(json: Json) -> dict[str, str]:
    """Return our own metadata; the provider may give null if it is empty."""
    metadata = _part(json, "metadata")
    return {name: _text(metadata, name) for name in metadata}
