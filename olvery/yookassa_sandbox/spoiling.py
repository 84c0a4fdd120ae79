"""Effects of a fault rule on an answer of the API."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from olvery.yookassa_sandbox.checks import money
from olvery.yookassa_sandbox.failures import Failure
from olvery.yookassa_sandbox.faults import Rule
from olvery.yookassa_sandbox.wire import HTML_TYPE, Answer, Json, json_answer

BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
LOST = "Internal server error"


def instead(rule: Rule | None) -> Answer | None:
    """Return the answer given without doing anything, None if the request is to be performed."""
    if rule is None or rule.params.get("done"):
        return None
    match rule.action:
        case "http_500_before":
            return refusal(Failure(500, LOST))
        case "http_502_html" | "503_json":
            return broken(rule.action)
        case "429":
            text = "Too many requests"
            return refusal(Failure(429, text, retry_after=int(rule.params["retry_after"])))
        case "401":
            return refusal(bad_credentials())
        case "timeout_before":
            return Answer(status=0, wait=rule.params["s"], cut=True)
        case "close_before":
            return Answer(status=0, cut=True)
    return None


def afterwards(rule: Rule | None, answer: Answer) -> Answer:
    """Return the answer given after the request was performed."""
    if rule is None:
        return answer
    match rule.action:
        case "http_500_after":
            return refusal(Failure(500, LOST))
        case "http_502_html" | "503_json" as action:
            return broken(action)
        case "timeout_after":
            return replace(answer, wait=rule.params["s"], cut=True)
        case "close_after":
            return replace(answer, cut=True)
        case "202_processing":
            return _processing(rule.params["retry_after"])
        case "bad_json":
            return replace(answer, body=answer.body[: len(answer.body) // 2])
    change = CHANGES.get(rule.action)
    if change is None or answer.status != 200:
        return answer
    content = json.loads(answer.body)
    for thing in content["items"] if content.get("type") == "list" else [content]:
        change(thing, rule)
    return json_answer(content)


def refusal(failure: Failure) -> Answer:
    """Return the error object as an answer."""
    return json_answer(failure.body(), failure.status)


def bad_credentials() -> Failure:
    """Return the refusal of an unknown shop or a wrong secret."""
    return Failure(401, "Error in shopId or secret key. Check their validity.", "Authorization")


def broken(action: str) -> Answer:
    """Return the error page of a proxy, or its JSON."""
    if action == "http_502_html":
        return Answer(status=502, body=BAD_GATEWAY, content_type=HTML_TYPE)
    return refusal(Failure(503, "Service unavailable"))


def _processing(retry_after: int) -> Answer:
    content = {"type": "processing", "description": "Request accepted, but not processed yet"}
    return json_answer({**content, "retry_after": int(retry_after)}, 202)


def _wrong_amount(thing: Json, rule: Rule) -> None:
    value = rule.params["value"] or money(Decimal(thing["amount"]["value"]) + 1)["value"]
    thing["amount"] = {"value": value, "currency": rule.params["currency"] or thing["amount"]["currency"]}


def _wrong_shop(thing: Json, _rule: Rule) -> None:
    thing["recipient"] = {**thing.get("recipient", {}), "account_id": "999999"}


def _live_flag(thing: Json, _rule: Rule) -> None:
    thing["test"] = False


def _unknown_fields(thing: Json, _rule: Rule) -> None:
    """Add fields that a later version of the API might have."""
    thing["loyalty_program"] = {"points": 12, "tiers": ["silver"]}
    method = copy.deepcopy(thing.get("payment_method", {"id": thing["id"], "saved": False, "status": "inactive"}))
    thing["payment_method"] = {**method, "type": "brain_wave"}
    if "cancellation_details" in thing:
        thing["cancellation_details"] = {"party": "regulator", "reason": "solar_flare"}


CHANGES: dict[str, Callable[[Json, Rule], None]] = {
    "wrong_amount": _wrong_amount,
    "wrong_shop": _wrong_shop,
    "live_flag": _live_flag,
    "unknown_fields": _unknown_fields,
}
