"""Posting to an address that somebody else chose: never into our own network, never for long."""

from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from urllib3 import Retry

from olvery.shared.outgoing import TimedAdapter, look_up
from orders.domain.programs.webhooks import Answer

SECONDS = (3.05, 10)
# Addresses of IPv6 that `is_global` calls public, though they lead into networks of a site or through to one of IPv4.
INWARD = [ip_network(network) for network in ("::/96", "64:ff9b:1::/48", "2002::/16", "fec0::/10")]
# Through these everybody gets to public ones: what counts is the address of IPv4 at its end, RFC 6052.
TRANSLATED = ip_network("64:ff9b::/96")


class PinnedAdapter(TimedAdapter):
    """Connects to an address that was looked at before, and checks the certificate of the name all the same."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__(max_retries=Retry(total=0, read=False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Ask for the certificate of the name, not of the number."""
        super().init_poolmanager(*args, server_hostname=self._name, assert_hostname=self._name, **kwargs)


def post(address: str, body: str, headers: dict[str, str]) -> Answer:
    """Send a body and return what came back."""
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
    """Return what a browser sends as `Host`."""
    host = f"[{name}]" if ":" in name else name
    return f"{host}:{port}" if port else host


def _public_address(name: str, port: int) -> str | None:
    """Return where a name leads, None if any of it is in a private network: a name may lead to several places."""
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
