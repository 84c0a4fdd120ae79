"""The client address of a request, addresses to return to, and the host name of the site."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def client_address(request: HttpRequest, *, trusted_proxies: int) -> str:
    """Return the client address, or an empty string if it is unknown.

    Each of our proxies appends the address it was called from, so the list is read from the right; anything
    further left was sent by the client.
    """
    if not trusted_proxies:
        return str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    return hops[-trusted_proxies] if len(hops) >= trusted_proxies else ""


def own_address(asked: str, *, under: str, otherwise: str = "") -> str:
    """Return a requested URL if it belongs to this site and begins with `under`, else the fallback."""
    is_own = url_has_allowed_host_and_scheme(asked, allowed_hosts=None) and asked.startswith(under)
    return asked if is_own else otherwise


@cache
def fixed_address(view: str) -> str:
    """Return the URL of a view without arguments, looked up once."""
    return str(resolve_url(view))


def site_host() -> str:
    """Return the host name of the site, for globally unique identifiers."""
    return settings.SITE_URL.split("//")[-1].split(":")[0].split("/")[0]
