"""Receipts: those of payments and refunds, and those the shop sends on its own."""

import secrets
from decimal import Decimal

from olvery.yookassa_sandbox import checks
from olvery.yookassa_sandbox.failures import illegal
from olvery.yookassa_sandbox.provider import Provider
from olvery.yookassa_sandbox.store import Thing, new_thing
from olvery.yookassa_sandbox.wire import Json, to_wire

REGISTERED_AFTER = 1  # second


def create_receipt(provider: Provider, body: Json) -> Thing:
    """Accept a receipt sent apart from payments, for example for the offset of a prepayment. Raises Failure."""
    kind = body.get("type")
    if kind not in ("payment", "refund"):
        raise illegal("Receipt type is illegal", "type")
    owner_kind, name = ("payment", "payment_id") if kind == "payment" else ("refund", "refund_id")
    owner = provider.store.find(owner_kind, str(body.get(name)))
    if owner is None:
        raise illegal(f"{owner_kind.capitalize()} does not exist", name)
    if body.get("send") is not True:
        raise illegal("Receipt can only be sent at once", "send")
    total, settlements = _settlements(body.get("settlements"))
    checks.customer(body.get("customer"), "customer")
    lines = checks.items(body.get("items"), total, ffd12=provider.options.ffd12, parameter="items")
    kept = {name: body[name] for name in ("tax_system_code", "internet") if name in body}
    return issue(provider, owner, {**kept, "items": lines}, settlements=settlements)


def issue(provider: Provider, owner: Thing, data: Json, *, settlements: list[Json] | None = None) -> Thing:
    """Issue the receipt of a payment or refund; it is registered a second later, unless a rule prevents it."""
    now = provider.now()
    thing = new_thing("receipt", now)
    payment_id = owner.id if owner.kind == "payment" else owner.public["payment_id"]
    thing.public = {
        "id": thing.id,
        "type": owner.kind,
        "payment_id": payment_id,
        **({"refund_id": owner.id} if owner.kind == "refund" else {}),
        "status": "pending",
        "items": data["items"],
        "internet": data.get("internet", True),
        "settlements": settlements or [{"type": "cashless", "amount": owner.public["amount"]}],
        **({"tax_system_code": data["tax_system_code"]} if "tax_system_code" in data else {}),
    }
    rule = provider.faults.take("receipt", owner.public.get("metadata"))
    thing.hidden = {
        "fate": rule.action if rule else "succeeded",
        "registers_at": None if rule and rule.action == "pending" else now + REGISTERED_AFTER,
        # A receipt sent apart does not affect the payment's own.
        "owner": None if settlements else [owner.kind, owner.id],
    }
    provider.store.add(thing)
    return thing


def settle(provider: Provider, thing: Thing, status: str) -> None:
    """Decide a pending receipt by hand. Raises Failure."""
    if thing.status != "pending":
        raise illegal(f"Receipt is {thing.status}, not pending", "status")
    if status not in ("succeeded", "canceled"):
        raise illegal("Receipt can be succeeded or canceled", "status")
    thing.hidden["fate"] = status
    register(provider, thing)


def register(provider: Provider, thing: Thing) -> None:
    """Register the receipt, as the cash desk does."""
    thing.hidden["registers_at"] = None
    thing.public["status"] = thing.hidden["fate"]
    if thing.status == "succeeded":
        thing.public |= {
            "fiscal_document_number": str(1000 + secrets.randbelow(9000)),
            "fiscal_storage_number": "9288000100115785",
            "fiscal_attribute": str(10**9 + secrets.randbelow(9 * 10**9)),
            "registered_at": to_wire(provider.now()),
            "fiscal_provider_id": thing.id.removeprefix("rt-"),
        }
    provider.store.save(thing)
    if thing.hidden["owner"]:
        owner = provider.store.find(*thing.hidden["owner"])
        if owner:
            owner.public["receipt_registration"] = thing.status
            provider.store.save(owner)


def _settlements(value: object) -> tuple[Decimal, list[Json]]:
    if not isinstance(value, list) or not value:
        raise illegal("Settlements are missing", "settlements")
    clean = []
    for number, one in enumerate(value):
        given = checks.as_object(one, f"settlements[{number}]")
        if given.get("type") not in ("cashless", "prepayment", "postpayment", "consideration"):
            raise illegal("Settlement type is illegal", f"settlements[{number}].type")
        value_ = checks.amount(given.get("amount"), f"settlements[{number}].amount")
        clean.append({"type": given["type"], "amount": checks.money(value_)})
    return sum((Decimal(one["amount"]["value"]) for one in clean), Decimal()), clean
