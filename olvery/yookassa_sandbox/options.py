"""How a sandbox is set up, checked before anything starts."""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

# Seconds between attempts, starting at the event. The provider does not publish its own.
SCHEDULE = (0, 10, 60, 300, 900, 3600, 10800, 21600, 43200)

Deliver = Callable[[bytes, Mapping[str, str]], int]


class BadOption(ValueError):
    """The sandbox must not or cannot run with these options."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a sandbox, fixed when it is made. Raises BadOption."""

    bind: str = "127.0.0.1:0"  # port 0 is any free one
    public_url: str | None = None  # the URL in the payer's browser; the bound address if None
    shop: str = "100500"
    secret: str = "test_sandbox"  # noqa: S105 - a till without money
    webhook_url: str | None = None
    db: str = ":memory:"
    time_scale: float = 1  # webhook intervals are divided by it
    schedule: Sequence[float] = SCHEDULE
    control_token: str | None = None
    replay: Literal["stored", "current"] = "stored"
    ffd12: bool = False  # receipts need a measure
    xff: str | None = None  # address put into X-Forwarded-For of webhooks
    webhooks: Literal["auto", "manual"] = "auto"
    deliver: Deliver | None = None  # takes body and headers, returns the status; instead of HTTP
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    i_know: bool = False  # allows binding to an address that other machines reach

    def __post_init__(self) -> None:
        if self.secret.startswith("live_"):
            raise BadOption("A live_ secret has no place in a sandbox: it is a key to real money.")
        if not self.shop.isascii() or not self.shop.isalnum():
            raise BadOption(f"{self.shop!r} is no shop number.")
        if not self.secret:
            raise BadOption("The secret must not be empty.")
        if self.time_scale <= 0:
            raise BadOption("The time scale must be more than 0.")
        if self.replay not in ("stored", "current"):
            raise BadOption("Replay is 'stored' or 'current'.")
        if self.webhooks not in ("auto", "manual"):
            raise BadOption("Webhooks are 'auto' or 'manual'.")
        if self.xff is not None and not re.fullmatch(r"[0-9A-Fa-f.:, ]+", self.xff):
            raise BadOption(f"{self.xff!r} is no list of addresses.")
        if self.control_token is not None and not re.fullmatch(r"[\w.-]{1,200}", self.control_token, re.ASCII):
            raise BadOption("The control token may have letters, digits and _ . - only: it becomes a cookie.")
        check_url(self.webhook_url, "webhook")
        check_url(self.public_url, "public")
        self._check_bind()

    @property
    def host(self) -> str:
        """Return the address to listen on."""
        return self.bind.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """Return the port to listen on, 0 for any free one."""
        return int(self.bind.rpartition(":")[2])

    def _check_bind(self) -> None:
        host, colon, port = self.bind.rpartition(":")
        if not colon or not port.isdecimal() or int(port) > 65535:
            raise BadOption(f"{self.bind!r} is no HOST:PORT.")
        try:
            address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))
        except ValueError:
            raise BadOption(f"{host!r} is no IP address.") from None
        # 0.0.0.0 counts as private, but listens on all addresses.
        if (address.is_unspecified or not address.is_private) and not self.i_know:
            raise BadOption(f"{host} can be reached from outside: add --i-know if that is meant.")


def check_url(url: str | None, name: str) -> None:
    """Raise BadOption unless the URL is absolute HTTP, or None."""
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadOption(f"{url!r} is no {name} URL: it must begin with http:// or https://.")
