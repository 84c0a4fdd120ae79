"""A client that pays, declines and refunds at the sandbox of the payment provider."""

import json
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

PATIENCE = 10  # seconds


@dataclass(frozen=True, slots=True)
class SandboxControl:
    """The control API of the sandbox: its address and the token that opens it."""

    address: str
    token: str

    @classmethod
    def at(cls, dashboard: str) -> "SandboxControl":
        """Return the control of this dashboard, `http://…/_sandbox/?token=…`. Raises ValueError."""
        parts = urlsplit(dashboard)
        tokens = parse_qs(parts.query).get("token", [])
        if parts.scheme != "http" or len(tokens) != 1:
            raise ValueError(f"{dashboard} is no dashboard of a sandbox.")
        return cls(f"http://{parts.netloc}{parts.path.rstrip('/')}", tokens[0])

    def pay(self, payment_id: str, method: str) -> None:
        """Pay like a customer, by card, SBP or what else the page offers."""
        self._do(f"/payments/{payment_id}/pay", method=method)

    def decline(self, payment_id: str, reason: str) -> None:
        """Decline the card like its bank."""
        self._do(f"/payments/{payment_id}/decline", reason=reason)

    def refund(self, payment_id: str, value: str) -> str:
        """Return a part in the shop's cabinet; return the refund's id."""
        return str(self._do("/refunds", payment_id=payment_id, value=value)["id"])

    def _do(self, path: str, **given: str) -> Any:
        request = urllib.request.Request(  # noqa: S310 - http alone, see `at`
            self.address + path,
            data=json.dumps(given).encode(),
            headers={"Content-Type": "application/json", "X-Sandbox-Token": self.token},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - as above
            return json.loads(answer.read())
