"""The life of a payment: every change of its status goes through here."""

import copy
import secrets
from decimal import ROUND_HALF_UP, Decimal

from olvery.yookassa_sandbox import outbox, receipts
from olvery.yookassa_sandbox.checks import KOPECK, METHODS, money
from olvery.yookassa_sandbox.failures import illegal
from olvery.yookassa_sandbox.provider import Provider
from olvery.yookassa_sandbox.store import Thing
from olvery.yookassa_sandbox.wire import Json, to_wire

PENDING_FOR = 3600
HOLD_OF_CARDS = 7 * 24 * 3600
HOLD_OF_OTHERS = 6 * 3600
FEE = Decimal("0.035")

# Reasons by who decides; any other reason is the bank's.
MERCHANT = {"canceled_by_merchant"}
YOO_MONEY = {
    *("fraud_suspected", "expired_on_confirmation", "expired_on_capture", "internal_timeout"),
    *("country_forbidden", "identification_required", "permission_revoked", "deal_expired"),
}
REASONS = (
    *("insufficient_funds", "3d_secure_failed", "fraud_suspected", "card_expired", "general_decline", "call_issuer"),
    *("payment_method_limit_exceeded", "payment_method_restricted", "country_forbidden", "identification_required"),
    *("invalid_card_number", "invalid_csc", "issuer_unavailable", "internal_timeout", "permission_revoked"),
)


def pay(provider: Provider, payment: Thing, method: str | None = None) -> None:
    """Take the payer's money. Raises Failure."""
    _require(payment, "pending")
    offered = payment.hidden["methods"]
    method = method or offered[0]
    if method not in offered:
        raise illegal("Payment method is not available", "payment_method_data.type")
    before = copy.deepcopy(payment.public)
    payment.public.pop("confirmation", None)
    payment.public |= {"paid": True, "payment_method": _method(payment, method)}
    if method not in ("sbp", "yoo_money"):
        payment.public["authorization_details"] = {
            "rrn": str(10**11 + secrets.randbelow(9 * 10**11)),
            "auth_code": f"{secrets.randbelow(10**6):06}",
            "three_d_secure": {"applied": True},
        }
    payment.hidden["pays_at"] = None
    if payment.hidden["capture"]:
        _succeed(provider, payment, before)
        return
    hold = HOLD_OF_CARDS if method == "bank_card" else HOLD_OF_OTHERS
    payment.hidden["lapses_at"] = provider.now() + hold
    payment.public |= {"status": "waiting_for_capture", "expires_at": to_wire(provider.now() + hold)}
    _keep(provider, payment, before)


def capture(provider: Provider, payment: Thing, value: Decimal, receipt: Json | None) -> None:
    """Capture a held sum, or a part of it: the rest goes back to the payer."""
    _require(payment, "waiting_for_capture")
    before = copy.deepcopy(payment.public)
    payment.public["amount"] = money(value)
    if receipt is not None:
        payment.hidden["receipt"] = receipt
    _succeed(provider, payment, before)


def cancel(provider: Provider, payment: Thing, reason: str, party: str | None = None) -> None:
    """Cancel a payment without taking money; a hold is released. Raises Failure."""
    _require(payment, "pending", "waiting_for_capture")
    before = copy.deepcopy(payment.public)
    party = party or ("merchant" if reason in MERCHANT else "yoo_money" if reason in YOO_MONEY else "payment_network")
    for name in ("confirmation", "expires_at"):
        payment.public.pop(name, None)
    payment.public |= {
        "status": "canceled",
        "paid": False,
        "refundable": False,
        "cancellation_details": {"party": party, "reason": reason},
    }
    if "receipt_registration" in payment.public:
        payment.public["receipt_registration"] = "canceled"
    payment.hidden |= {"pays_at": None, "lapses_at": None}
    _keep(provider, payment, before)


def expire(provider: Provider, payment: Thing) -> None:
    """Expire a payment that has waited too long. Raises Failure."""
    cancel(provider, payment, "expired_on_confirmation" if payment.status == "pending" else "expired_on_capture")


def look(provider: Provider, payment: Thing) -> None:
    """Apply what is due for a payment by now."""
    pays_at, lapses_at = payment.hidden.get("pays_at"), payment.hidden["lapses_at"]
    if pays_at is not None and pays_at < lapses_at:
        pay(provider, payment)
    else:
        expire(provider, payment)


def _succeed(provider: Provider, payment: Thing, before: Json) -> None:
    value = Decimal(payment.public["amount"]["value"])
    payment.public.pop("expires_at", None)
    payment.public |= {
        "status": "succeeded",
        "income_amount": money(value - (value * FEE).quantize(KOPECK, ROUND_HALF_UP)),
        "captured_at": to_wire(provider.now()),
        "refundable": True,
        "refunded_amount": money(Decimal()),
    }
    payment.hidden["lapses_at"] = None
    if payment.hidden["receipt"]:
        payment.public["receipt_registration"] = "pending"
    _keep(provider, payment, before)
    if payment.hidden["receipt"]:
        receipts.issue(provider, payment, payment.hidden["receipt"])


def _keep(provider: Provider, payment: Thing, before: Json) -> None:
    provider.store.save(payment)
    outbox.enqueue(provider, f"payment.{payment.status}", payment.public, before, payment.public["metadata"])


def _require(payment: Thing, *statuses: str) -> None:
    if payment.status not in statuses:
        raise illegal(f"Payment is {payment.status}, not {' or '.join(statuses)}", "status")


def _method(payment: Thing, kind: str) -> Json:
    """Return the payment method as the API shows it."""
    title = dict(zip(METHODS, ("Bank card *4477", "СБП", "SberPay", "T-Pay", "YooMoney wallet *5504"), strict=True))
    method: Json = {"type": kind, "id": payment.id, "saved": False, "status": "inactive", "title": title[kind]}
    if kind == "bank_card":
        method["card"] = {
            **{"first6": "220000", "last4": "4477", "expiry_year": "2035", "expiry_month": "12"},
            **{"card_type": "Mir", "issuer_country": "RU"},
        }
    elif kind == "sbp":
        method["sbp_operation_id"] = secrets.token_hex(16).upper()
        method["payer_bank_details"] = {"bank_id": "100000000111", "bic": "044525225"}
    elif kind == "yoo_money":
        method["account_number"] = "41001184120504"
    return method
