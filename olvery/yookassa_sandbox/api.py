"""The API under /v3: credentials, routes and answers."""

import base64
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from olvery.yookassa_sandbox import checks, idempotence, journal, lists, payments, receipts, refunds, spoiling
from olvery.yookassa_sandbox.clockwork import follow_the_clock
from olvery.yookassa_sandbox.failures import Failure, illegal
from olvery.yookassa_sandbox.faults import Rule
from olvery.yookassa_sandbox.provider import Provider
from olvery.yookassa_sandbox.store import Thing
from olvery.yookassa_sandbox.wire import Answer, Json, Request, json_answer

PREFIX = "/v3"


@dataclass(frozen=True)
class Route:
    """What a method and path mean; the id in the path, if any, is passed on."""

    method: str
    path: str
    read: Callable[[Provider, str, Request], Json] | None = None
    act: Callable[[Provider, str, Json], Thing] | None = None


def _listing(kind: str) -> Callable[[Provider, str, Request], Json]:
    return lambda provider, _id, request: lists.page(provider, kind, request.query)


def _reading(kind: str) -> Callable[[Provider, str, Request], Json]:
    return lambda provider, thing_id, _request: provider.read(kind, thing_id).public


def _me(provider: Provider, _id: str, _request: Request) -> Json:
    receipts_by = "yoo_receipt" if provider.options.ffd12 else "atol"
    return {
        "account_id": provider.options.shop,
        "status": "enabled",
        "test": True,
        "payment_methods": list(checks.METHODS),
        "fiscalization": {"enabled": True, "provider": receipts_by},
        "fiscalization_enabled": True,
    }


ROUTES = (
    Route("POST", "/payments", act=lambda provider, _id, body: payments.create_payment(provider, body)),
    Route("GET", "/payments", read=_listing("payment")),
    Route("GET", "/payments/([^/]+)", read=_reading("payment")),
    Route("POST", "/payments/([^/]+)/capture", act=payments.capture_payment),
    Route("POST", "/payments/([^/]+)/cancel", act=payments.cancel_payment),
    Route("POST", "/refunds", act=lambda provider, _id, body: refunds.create_refund(provider, body)),
    Route("GET", "/refunds", read=_listing("refund")),
    Route("GET", "/refunds/([^/]+)", read=_reading("refund")),
    Route("POST", "/receipts", act=lambda provider, _id, body: receipts.create_receipt(provider, body)),
    Route("GET", "/receipts", read=_listing("receipt")),
    Route("GET", "/receipts/([^/]+)", read=_reading("receipt")),
    Route("GET", "/me", read=_me),
)


def handle(provider: Provider, request: Request) -> Answer:
    """Answer a request to the API and record both in the journal."""
    number = journal.open_entry(provider, request)
    answer, rule = _answer(provider, request)
    journal.close_entry(provider, number, answer, rule.action if rule else None)
    return answer


def _answer(provider: Provider, request: Request) -> tuple[Answer, Rule | None]:
    rule = None
    try:
        _check_credentials(provider, request)
        route, thing_id = _route(request)
        body = _body(request)
        follow_the_clock(provider)
        rule = _fault(provider, request, thing_id, body)
        if answer := spoiling.instead(rule):
            return answer, rule
        if rule and rule.action == "slow":
            provider.stopping.wait(rule.params["s"])
        answer = _perform(provider, request, route, thing_id, body)
    except Failure as failure:
        answer = spoiling.refusal(failure)
    return spoiling.afterwards(rule, answer), rule


def _perform(provider: Provider, request: Request, route: Route, thing_id: str, body: Json | None) -> Answer:
    """Perform the request. When it raises Failure, nothing has changed."""
    act = route.act
    if act is None:
        with provider.change():
            return json_answer(route.read(provider, thing_id, request) if route.read else {})
    key = idempotence.checked_key(request.headers.get(idempotence.HEADER))
    mark = idempotence.fingerprint(request.method, request.path, body)
    with provider.change():
        content, fresh = idempotence.answer_once(provider, key, mark, lambda: act(provider, thing_id, body or {}))
        if fresh and route.path == "/payments":
            payments.obey_hook(provider, content["id"])
    if fresh and content.get("metadata", {}).get("sandbox") == "500_after" and route.path == "/payments":
        raise Failure(500, spoiling.LOST)
    return json_answer(content)


def _check_credentials(provider: Provider, request: Request) -> None:
    pair = f"{provider.options.shop}:{provider.options.secret}".encode()
    expected = f"Basic {base64.b64encode(pair).decode()}"
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise spoiling.bad_credentials()


def _route(request: Request) -> tuple[Route, str]:
    """Return the route and the id in the path. Raises Failure."""
    path = request.path.removeprefix(PREFIX)
    if re.fullmatch(r"/webhooks(/.*)?", path):
        raise Failure(403, "Webhooks are managed with an OAuth token only")
    methods = []
    for route in ROUTES:
        if found := re.fullmatch(route.path, path):
            if route.method == request.method:
                return route, "".join(found.groups())
            methods.append(route.method)
    if methods:
        raise Failure(405, f"Method {request.method} is not allowed")
    raise Failure(404, "Resource not found")


def _body(request: Request) -> Json | None:
    """Return the JSON object of the request, None if it has no body. Raises Failure."""
    if request.method == "GET" or not request.body:
        return None
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise Failure(415, "Content-Type must be application/json", "Content-Type")
    try:
        body: Any = json.loads(request.body)
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair could not be encoded in the answer
    except (ValueError, RecursionError):
        raise illegal("Failed to parse request body") from None
    if body is not None and not isinstance(body, dict):
        raise illegal("Failed to parse request body")
    return body


def _fault(provider: Provider, request: Request, thing_id: str, body: Json | None) -> Rule | None:
    """Return the rule that applies to this request, by its metadata or those of the object it is about."""
    given = body or {}
    with provider.change():
        notes = given.get("metadata")
        if not isinstance(notes, dict):
            about = thing_id or given.get("payment_id") or given.get("refund_id")
            notes = _notes(provider, str(about))
        return provider.faults.take("api", notes, method=request.method, path=request.path)


def _notes(provider: Provider, thing_id: str) -> Json:
    """Return the metadata of a thing merged over those of its owner: a receipt has none of its own."""
    for kind in ("payment", "refund", "receipt"):
        if thing := provider.store.find(kind, thing_id):
            owner = thing.public.get("refund_id") or thing.public.get("payment_id")
            return {**(_notes(provider, owner) if owner else {}), **thing.public.get("metadata", {})}
    return {}
