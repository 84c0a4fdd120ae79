"""A shop that talks plain HTTP to the sandbox, and hears its webhooks."""

import http.client
import http.server
import itertools
import json
import threading
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from olvery.yookassa_sandbox import Sandbox

Json = dict[str, Any]
RETURN_URL = "https://shop.test/pay/return/?order=7&x=%D1%8F"
ITEM = {"description": "Место", "quantity": 1.5, "amount": {"value": "800.00", "currency": "RUB"}, "vat_code": 1}
RECEIPT = {"customer": {"email": "anna@example.com"}, "items": [ITEM]}


@dataclass(frozen=True)
class Reply:
    """A response."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Shop:
    """A client of one shop."""

    def __init__(self, sandbox: Sandbox, *, secret: str = "test_sandbox") -> None:
        self.sandbox = sandbox
        self.authorization = "Basic " + b64encode(f"100500:{secret}".encode()).decode()
        self._keys = itertools.count(1)

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """Send bytes unchanged, with header names written with underscores."""
        parts = urlsplit(self.sandbox.base_url)
        with closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)) as connection:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            with connection.getresponse() as response:
                return Reply(response.status, response.headers, response.read().decode())

    def get(self, path: str, **query: str) -> Reply:
        """Ask the API."""
        tail = f"?{urlencode(query)}" if query else ""
        return self.send("GET", f"/v3{path}{tail}", Authorization=self.authorization)

    def post(self, path: str, body: object = None, *, key: str | None = None) -> Reply:
        """Send JSON to the API with a key, a fresh one unless given."""
        headers = {"Authorization": self.authorization, "Idempotence_Key": key or f"fresh-{next(self._keys)}"}
        if body is None:
            return self.send("POST", f"/v3{path}", **headers)
        return self.send("POST", f"/v3{path}", json.dumps(body).encode(), Content_Type="application/json", **headers)

    def create(self, *, key: str | None = None, **changes: Any) -> Json:
        """Make a payment of 1200 roubles and return it."""
        reply = self.post("/payments", order(**changes), key=key)
        assert reply.status == 200, reply.text
        return reply.json

    def paid(self, **changes: Any) -> Json:
        """Make a payment and pay it."""
        return self.sandbox.pay(self.create(**changes)["id"])

    def refund(self, payment_id: str, value: str, *, key: str | None = None, **changes: Any) -> Reply:
        """Ask for a refund."""
        body = {"payment_id": payment_id, "amount": roubles(value), **changes}
        return self.post("/refunds", body, key=key)


def roubles(value: str) -> Json:
    """Return an amount of the API."""
    return {"value": value, "currency": "RUB"}


def order(**changes: Any) -> Json:
    """Return the body of a payment; a change to None leaves the field out."""
    body = {
        "amount": roubles("1200.00"),
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": RETURN_URL},
        "description": "Заказ № 7",
        "metadata": {"order_id": "7"},
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def refusal(reply: Reply) -> tuple[int, str, str, str | None]:
    """Return status, code, description and parameter of an error, its form checked."""
    body = reply.json
    assert body["type"] == "error"
    assert len(body["id"]) == 36
    assert set(body) <= {"type", "id", "code", "description", "parameter", "retry_after"}
    return reply.status, body["code"], body["description"], body.get("parameter")


class Ear:
    """Receives webhooks instead of HTTP and answers as told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Json]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[int] = []  # 200 when none is left

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        notification = json.loads(body)
        assert notification["type"] == "notification"
        self.heard.append((notification["event"], notification["object"]))
        self.headers.append(dict(headers))
        return self.answers.pop(0) if self.answers else 200

    @property
    def events(self) -> list[str]:
        return [event for event, _object in self.heard]


class Listener(http.server.ThreadingHTTPServer):
    """A real URL for webhooks, on a port of its own."""

    daemon_threads = False  # joined when closed

    def __init__(self, answers: list[int]) -> None:
        self.answers = answers
        self.got: list[tuple[str, dict[str, str], Json]] = []
        self.enough = threading.Event()
        super().__init__(("127.0.0.1", 0), _Hook)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook/?a=1"


class _Hook(http.server.BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, dict(self.headers), body))
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere/")
        self.end_headers()
        if not self.server.answers:
            self.server.enough.set()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""
