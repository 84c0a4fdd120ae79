"""Posting to an address chosen by somebody else: never into our own network, never for long."""

from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from urllib3 import Retry

from olvery.shared.outgoing import TimedAdapter, look_up
from orders.domain.programs.webhooks import Answer

SECONDS = (3.05, 10)
# IPv6 addresses that `is_global` calls public although they lead into site networks or to IPv4 addresses.
INWARD = [ip_network(network) for network in ("::/96", "64:ff9b:1::/48", "2002::/16", "fec0::/10")]
# These translate to IPv4 for everybody: what counts is the embedded IPv4 address, RFC 6052.
TRANSLATED = ip_network("64:ff9b::/96")


class PinnedAdapter(TimedAdapter):
    """Connects to an address that was checked before, and still verifies the certificate for the host name."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__(max_retries=Retry(total=0, read=False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Verify the certificate for the host name, not for the IP address."""
        super().init_poolmanager(*args, server_hostname=self._name, assert_hostname=self._name, **kwargs)


def post(address: str, body: str, headers: dict[str, str]) -> Answer:
    """Send a body and return the answer."""
    try:
        parts = urlsplit(address)
        name, port = (parts.hostname or "").encode("idna").decode(), parts.port or 443
        number = _public_address(name, port)
        if number is None:
            return Answer(None, "private address")
        where = f"[{number}]:{port}" if ":" in number else f"{number}:{port}"
        with requests.Session() as session:
            session.trust_env = False  # no proxy of the environment, no .netrc
            session.mount("https://", PinnedAdapter(name))
            with session.post(
                urlunsplit(parts._replace(netloc=where)),
                data=body.encode(),
                headers={**headers, "Host": _host(name, parts.port), "User-Agent": "Olvery"},
                timeout=SECONDS,
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(response.status_code)
    except (requests.Timeout, TimeoutError):
        return Answer(None, "timeout")
    except (requests.RequestException, OSError, ValueError) as error:
        return Answer(None, type(error).__name__)


def _host(name: str, port: int | None) -> str:
    """Return what a browser would send as `Host`."""
    host = f"[{name}]" if ":" in name else name
    return f"{host}:{port}" if port else host


def _public_address(name: str, port: int) -> str | None:
    """Resolve a name; None if any of its addresses is private, since a name may have several."""
    found = look_up(name, port)
    if not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES and not all(map(_is_public, found)):
        return None
    return found[0]


def _is_public(number: str) -> bool:
    address = ip_address(number)
    if address in TRANSLATED:
        address = IPv4Address(address.packed[-4:])
    is_inward = address.is_multicast or any(address in network for network in INWARD)
    return address.is_global and not is_inward
