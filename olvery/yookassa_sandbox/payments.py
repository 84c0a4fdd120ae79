"""Payments as the API creates, captures and cancels them."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from olvery.yookassa_sandbox import checks, paying
from olvery.yookassa_sandbox.failures import illegal
from olvery.yookassa_sandbox.provider import Provider
from olvery.yookassa_sandbox.store import Thing, new_thing
from olvery.yookassa_sandbox.wire import Json, to_wire

GATEWAY = "100700"
PAGE = "/checkout/payments/v2/contract"
HOOK = re.compile(r"pay|500_after|decline:\w+|pay_after:\d{1,6}(\.\d{1,3})?")


def create_payment(provider: Provider, body: Json) -> Thing:
    """Create a payment that waits for its payer. Raises Failure."""
    value = checks.amount(body.get("amount"), least=checks.LEAST_PAYMENT)
    text = checks.description(body.get("description"), 128)
    metadata = checks.metadata(body.get("metadata"))
    capture = body.get("capture", False)
    if not isinstance(capture, bool):
        raise illegal("Capture must be true or false", "capture")
    confirmation = checks.as_object(body.get("confirmation"), "confirmation")
    return_url = checks.return_url(confirmation)
    method = checks.method(body.get("payment_method_data"), capture=capture)
    receipt = checks.receipt(body.get("receipt"), value, ffd12=provider.options.ffd12)
    _check_hook(metadata)
    now = provider.now()
    thing = new_thing("payment", now)
    thing.hidden = {
        "capture": capture,
        "return_url": return_url,
        "methods": [method] if method else [one for one in checks.METHODS if capture or one != "sbp"],
        "receipt": receipt,
        "lapses_at": now + paying.PENDING_FOR,
        "pays_at": None,
    }
    thing.public = {
        "id": thing.id,
        "status": "pending",
        "amount": checks.money(value),
        **({} if text is None else {"description": text}),
        "recipient": {"account_id": provider.options.shop, "gateway_id": GATEWAY},
        **_chosen(thing, method),
        "created_at": to_wire(now),
        "confirmation": _confirmation(provider, thing, confirmation["type"], return_url),
        "test": True,
        "paid": False,
        "refundable": False,
        **({"receipt_registration": "pending"} if receipt else {}),
        "metadata": metadata,
    }
    provider.store.add(thing)
    return thing


def obey_hook(provider: Provider, payment_id: str) -> None:
    """Perform what `metadata.sandbox` of a new payment requests, as if the payer had been quick."""
    thing = provider.read("payment", payment_id)
    hook = thing.public["metadata"].get("sandbox", "")
    name, _colon, value = hook.partition(":")
    if name == "pay":
        paying.pay(provider, thing)
    elif name == "decline":
        paying.cancel(provider, thing, value)
    elif name == "pay_after":
        thing.hidden["pays_at"] = provider.now() + float(value)
        provider.store.save(thing)


def capture_payment(provider: Provider, thing_id: str, body: Json) -> Thing:
    """Capture a held sum: all of it, or the given amount. Raises Failure.

    The receipt of the payment adds up to all of it, so a part needs one of its own.
    """
    thing = provider.read("payment", thing_id)
    if thing.hidden["capture"]:
        raise illegal("You can not capture payment with autocapture")
    if thing.status != "waiting_for_capture":
        raise illegal("Payment can not be captured in current status.")
    held = Decimal(thing.public["amount"]["value"])
    value = checks.amount(body["amount"], least=checks.LEAST_PAYMENT) if body.get("amount") is not None else held
    if value > held:
        raise illegal("Illegal amount for capture", "amount.value")
    receipt = checks.receipt(body.get("receipt"), value, ffd12=provider.options.ffd12)
    if receipt is None and thing.hidden["receipt"] and value != held:
        raise illegal("Receipt is missing", "receipt")
    paying.capture(provider, thing, value, receipt)
    return thing


def cancel_payment(provider: Provider, thing_id: str, _body: Json) -> Thing:
    """Release a hold. Raises Failure: a payment that waits for its payer cannot be cancelled."""
    thing = provider.read("payment", thing_id)
    if thing.hidden["capture"]:
        raise illegal("You can not cancel payment with autocapture")
    if thing.status != "waiting_for_capture":
        raise illegal("Payment can not be canceled in current status")
    paying.cancel(provider, thing, "canceled_by_merchant")
    return thing


def _chosen(thing: Thing, method: str | None) -> Json:
    if method is None:
        return {}
    return {"payment_method": {"type": method, "id": thing.id, "saved": False, "status": "inactive"}}


def _confirmation(provider: Provider, thing: Thing, kind: str, return_url: str | None) -> Json:
    page = f"{provider.public_url}{PAGE}?{urlencode({'orderId': thing.id})}"
    returning: dict[str, Any] = {} if return_url is None else {"return_url": return_url}
    match kind:
        case "redirect" | "mobile_application":
            return {"type": kind, **returning, "confirmation_url": page}
        case "embedded":
            return {"type": kind, "confirmation_token": f"ct-{thing.id}"}
        case "qr":
            return {"type": kind, **returning, "confirmation_data": page}
        case _:
            return {"type": kind}


def _check_hook(metadata: dict[str, str]) -> None:
    hook = metadata.get("sandbox")
    if hook is not None and not HOOK.fullmatch(hook):
        raise illegal("Unknown order to the sandbox", "metadata.sandbox")
