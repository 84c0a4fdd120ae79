"""Faults injected by the sandbox; each strikes once."""

from collections import Counter
from typing import Any

from olvery.yookassa_sandbox import Sandbox

POST = {"method": "POST"}
FAULTS: tuple[dict[str, Any], ...] = (
    {"action": "http_500_after", "match": POST},
    {"action": "http_500_before", "match": POST},
    {"action": "close_after", "match": POST},
    {"action": "close_before"},
    {"action": "http_502_html"},
    {"action": "503_json", "done": True},
    {"action": "bad_json"},
    {"action": "202_processing", "retry_after": 500, "match": POST},
    {"action": "429", "retry_after": 300},
    {"action": "401"},
    {"action": "timeout_before", "s": 1.5},
    {"action": "timeout_after", "s": 1.5, "match": POST},
    {"action": "slow", "s": 1},
    {"action": "unknown_fields"},
    {"scope": "webhook", "action": "drop"},
    {"scope": "webhook", "action": "duplicate", "n": 4},
    {"scope": "webhook", "action": "delay", "s": 2},
    {"scope": "webhook", "action": "reorder", "n": 3},
    {"scope": "webhook", "action": "before_response"},
    {"scope": "webhook", "action": "stale"},
    {"scope": "webhook", "action": "huge", "bytes": 200_000},
    {"scope": "webhook", "action": "forge", "event": "payment.succeeded", "object": {"status": "succeeded"}},
    {"scope": "webhook", "action": "forge", "event": "payment.canceled", "object": {"status": "canceled"}},
    {"scope": "webhook", "action": "forge", "event": "refund.succeeded"},
    {"scope": "refund", "status": "pending"},
    {"scope": "refund", "status": "pending"},
    {"scope": "refund", "status": "canceled", "reason": "insufficient_funds"},
    {"scope": "receipt", "action": "canceled"},
)


def struck(sandbox: Sandbox) -> Counter[str]:
    """Return how often each fault of the API and of the webhooks really struck."""
    notes = {hook["n"]: hook["note"] for hook in sandbox.webhooks() if hook["note"]}
    return Counter(request["fault"] for request in sandbox.journal() if request["fault"]) + Counter(notes.values())
