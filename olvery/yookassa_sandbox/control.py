"""The control API under /_sandbox: loopback and a token only, JSON for programs, forms for the dashboard."""

import hmac
import ipaddress
import json
import re
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from olvery.yookassa_sandbox import dashboard
from olvery.yookassa_sandbox.controls import Controls
from olvery.yookassa_sandbox.failures import Failure, illegal
from olvery.yookassa_sandbox.faults import BadRule
from olvery.yookassa_sandbox.options import BadOption
from olvery.yookassa_sandbox.provider import Provider
from olvery.yookassa_sandbox.wire import Answer, Json, Request, html_answer, json_answer, see_other, to_wire

HEADER = "X-Sandbox-Token"
COOKIE = "sandbox_token"
FORM = "application/x-www-form-urlencoded"


def handle(provider: Provider, controls: Controls, request: Request) -> Answer:
    """Answer a request of the tester."""
    path = request.path.removeprefix(dashboard.ROOT)
    if path == "/health":
        return json_answer({"status": "ok", "now": to_wire(provider.now())})
    if not _may_enter(provider, request):
        return json_answer(Failure(403, "Loopback and the control token only", HEADER).body(), 403)
    if request.query.get("token") and request.method == "GET":
        cookie = f"{COOKIE}={provider.options.control_token}; Path={dashboard.ROOT}; HttpOnly; SameSite=Strict"
        return see_other(f"{dashboard.ROOT}/", {"Set-Cookie": cookie})
    if path in ("", "/") and request.method == "GET":
        page = dashboard.render(controls, now=to_wire(provider.now()), webhook_url=provider.webhook_url)
        return html_answer(page)
    is_form = request.headers.get("Content-Type", "").startswith(FORM)
    try:
        content = _do(controls, request.method, path, _given(request, is_form=is_form))
    except Failure as failure:
        return json_answer(failure.body(), failure.status)
    except (BadRule, BadOption, ValueError, ArithmeticError) as error:
        return json_answer(illegal(str(error)).body(), 400)
    return see_other(f"{dashboard.ROOT}/") if is_form else json_answer(content)


def _may_enter(provider: Provider, request: Request) -> bool:
    token = provider.options.control_token
    shown = request.headers.get(HEADER) or request.query.get("token") or _cookie(request)
    known = token is not None and hmac.compare_digest(shown.encode(), token.encode())
    return known and ipaddress.ip_address(request.client).is_loopback


def _cookie(request: Request) -> str:
    try:
        cookie = SimpleCookie(request.headers.get("Cookie", "")).get(COOKIE)
    except CookieError:  # set by another site on the same host
        return ""
    return cookie.value if cookie else ""


def _given(request: Request, *, is_form: bool) -> Json:
    """Return the parameters from the form or the JSON body. Raises ValueError and Failure."""
    if not request.body:
        return {}
    if is_form:
        form = dict(parse_qsl(request.body.decode()))
        return _object(json.loads(form["rule"])) if "rule" in form else dict(form)
    return _object(json.loads(request.body))


def _object(content: object) -> Json:
    if not isinstance(content, dict):
        raise illegal("The body must be an object")
    return content


def _do(controls: Controls, method: str, path: str, given: Json) -> object:
    """Perform the action of the path and return the answer. Raises Failure, BadRule, BadOption and ValueError."""
    for wanted, pattern, act in COMMANDS:
        if method == wanted and (found := re.fullmatch(pattern, path)):
            result = act(controls, given, *found.groups())
            return {"status": "ok"} if result is None else result
    raise Failure(404, f"No such control: {method} {path}")


def _text(given: Json, name: str) -> str | None:
    """Return a text, None if there is none. Raises Failure."""
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise illegal(f"{name} must be a string", name)
    return value


def _advance(controls: Controls, given: Json) -> Json:
    seconds = given.get("advance_s", 0)
    if not isinstance(seconds, str | int | float):  # a form sends text
        raise illegal("advance_s must be a number", "advance_s")
    return {"now": controls.advance(float(seconds))}


def _pay(controls: Controls, given: Json, payment_id: str) -> Json:
    return controls.pay(payment_id, _text(given, "method"))


def _decline(controls: Controls, given: Json, payment_id: str) -> Json:
    return controls.decline(payment_id, _text(given, "reason") or "insufficient_funds", _text(given, "party"))


def _refund(controls: Controls, given: Json) -> Json:
    return controls.external_refund(str(given.get("payment_id")), _text(given, "value"))


def _settle_refund(controls: Controls, given: Json, refund_id: str) -> Json:
    return controls.settle_refund(refund_id, _text(given, "status") or "succeeded", _text(given, "reason"))


def _settle_receipt(controls: Controls, given: Json, receipt_id: str) -> Json:
    return controls.settle_receipt(receipt_id, _text(given, "status") or "succeeded")


def _forge(controls: Controls, given: Json) -> Json:
    return {"n": controls.forge(str(given.get("event")), _object(given.get("object")))}


COMMANDS: tuple[tuple[str, str, Callable[..., object]], ...] = (
    ("GET", "/faults", lambda controls, _given: controls.faults()),
    ("POST", "/faults", lambda controls, given: {"id": controls.add_fault(given)}),
    ("DELETE", "/faults", lambda controls, _given: controls.remove_fault()),
    ("DELETE", "/faults/([^/]+)", lambda controls, _given, rule_id: controls.remove_fault(rule_id)),
    ("POST", "/faults/([^/]+)/delete", lambda controls, _given, rule_id: controls.remove_fault(rule_id)),
    ("GET", "/payments", lambda controls, _given: controls.payments()),
    ("POST", "/payments/([^/]+)/pay", _pay),
    ("POST", "/payments/([^/]+)/decline", _decline),
    ("POST", "/payments/([^/]+)/expire", lambda controls, _given, id_: controls.expire(id_)),
    ("GET", "/refunds", lambda controls, _given: controls.refunds()),
    ("POST", "/refunds", _refund),
    ("POST", "/refunds/([^/]+)/settle", _settle_refund),
    ("GET", "/receipts", lambda controls, _given: controls.receipts()),
    ("POST", "/receipts/([^/]+)/settle", _settle_receipt),
    ("GET", "/webhooks", lambda controls, _given: controls.webhooks()),
    ("POST", "/webhooks", _forge),
    ("POST", "/webhooks/flush", lambda controls, _given: {"sent": controls.flush_webhooks()}),
    ("POST", "/webhooks/url", lambda controls, given: controls.set_webhook_url(_text(given, "url"))),
    ("POST", "/webhooks/([0-9]{1,12})/resend", lambda controls, _given, number: controls.resend(int(number))),
    ("POST", "/clock", _advance),
    ("GET", "/requests", lambda controls, _given: controls.journal()),
    ("POST", "/reset", lambda controls, _given: controls.reset()),
)
