"""Sends failures to a self-hosted Sentry, without anything that people typed."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from olvery.shared.logs import without_secrets

FOREIGN = ("sentry.io",)  # personal data stay in the country: nothing is sent to a service abroad


def is_foreign(dsn: str) -> bool:
    """Whether a URL is that of Sentry's own service."""
    host = urlsplit(dsn).hostname or ""
    return any(host == name or host.endswith(f".{name}") for name in FOREIGN)


def start() -> None:
    """Send failures to SENTRY_DSN from now on; needs the extra `sentry`."""
    import sentry_sdk  # noqa: PLC0415 - production may have no such package

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.YOOKASSA_ENVIRONMENT,
        before_send=discreet,  # type: ignore[arg-type] # its events are dictionaries with many optional keys
        include_local_variables=False,
        include_source_context=True,
        max_request_body_size="never",
        max_breadcrumbs=0,
        server_name="",
    )


def discreet(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """Reduce an event to where it failed and the keys of request and person; its texts may repeat what was typed."""
    for error in event.get("exception", {}).get("values", []):
        error["value"] = ""
        for frame in error.get("stacktrace", {}).get("frames", []):
            frame.pop("vars", None)
    request = event.pop("request", {})
    event["request"] = {"method": request.get("method"), "url": without_secrets(request.get("url", ""))}
    event["user"] = {"id": event.get("user", {}).get("id")}
    if "logentry" in event:
        event["logentry"] = {"message": without_secrets(event["logentry"].get("message", ""))}
    for name in ("extra", "breadcrumbs", "contexts"):
        event.pop(name, None)
    return event
