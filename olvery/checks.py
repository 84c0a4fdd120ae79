"""System checks for settings that would fail silently."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from olvery.sentry import is_foreign

PROVIDER = "https://api.yookassa.ru/v3"
SHORTEST_SECRET = 24
HOW_TO_MAKE_UP = (
    f"Make up {SHORTEST_SECRET} characters or more: python -c 'import secrets; print(secrets.token_urlsafe())'"
)
LOCK_WAIT_SECONDS = 3  # of coworking.domain.locks
SHORTEST_SECRET_KEY = 50
PAYMENT_MODES = (
    "full_prepayment",
    "partial_prepayment",
    "advance",
    "full_payment",
    "partial_payment",
    "credit",
    "credit_payment",
)
# The provider's values that fit a coworking: others are for bets, taxes, excise and the like.
PAYMENT_SUBJECTS = ("service", "job", "commodity", "payment", "property_right", "composite", "another")
# Networks that anybody on the inside can send from.
INSIDE = tuple(
    map(
        ip_network,
        (
            "127.0.0.0/8",
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "169.254.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)


@register(Tags.database)
def trigrams_know_cyrillic(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a database whose LC_CTYPE gives pg_trgm no trigrams for Russian text.

    Under `C` and under PostgreSQL's built-in locales the search for people would lose its index.
    """
    found: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
            if cursor.fetchone() is None:
                continue
            cursor.execute("SELECT cardinality(show_trgm('привет'))")
            if not cursor.fetchone()[0]:
                found.append(
                    Error(
                        f"pg_trgm finds no trigrams in Russian text in the database '{alias}'.",
                        hint="Create the database with LC_CTYPE 'C.UTF-8' or 'ru_RU.UTF-8' and encoding UTF8.",
                        id="olvery.E001",
                    )
                )
    return found


@register(Tags.security)
def installation_is_safe(*, app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse settings with which anybody could sign in as somebody else, or read their data.

    The demo's key and passwords are public, so the demo only answers this machine.
    """
    return [*(_demo() if settings.DEMO else _production())]


@register(Tags.security)
def payments_are_safe(*, app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse settings of the payment provider with which money would be lost, invented, or overlooked.

    The messages never contain a secret.
    """
    return [*_shop(), *_webhook(), *_live(), *_receipts()]


@register(Tags.compatibility)
def statements_outlast_locks(**kwargs: Any) -> list[CheckMessage]:
    """Refuse a statement limit that would end the wait for a lock before the lock's own limit, which raises Busy."""
    if settings.WEB_STATEMENT_SECONDS > LOCK_WAIT_SECONDS:
        return []
    hint = f"Set more than {LOCK_WAIT_SECONDS} seconds."
    return [Error("WEB_STATEMENT_SECONDS is not longer than the wait for a lock.", hint=hint, id="olvery.E021")]


@register(Tags.compatibility)
def replica_is_another_server(**kwargs: Any) -> list[CheckMessage]:
    """Refuse a replica that is the primary itself, or a maximum lag of zero, with which nobody would read it."""
    if not settings.DATABASE_REPLICA_URL:
        return []
    found: list[CheckMessage] = []
    if settings.DATABASE_REPLICA_URL == settings.DATABASE_URL:
        hint = "Name the standby server, or leave DATABASE_REPLICA_URL empty."
        found.append(Error("DATABASE_REPLICA_URL is the primary itself.", hint=hint, id="olvery.E024"))
    if settings.REPLICA_MAX_LAG_SECONDS <= 0:
        hint = "Set the seconds by which what others saved may be late, 5 for example."
        found.append(Error("REPLICA_MAX_LAG_SECONDS is not above 0.", hint=hint, id="olvery.E025"))
    return found


def refuse_unsafe_settings() -> None:
    """Stop a process that runs no system checks of its own. Raises ImproperlyConfigured."""
    found = [*installation_is_safe(), *payments_are_safe()]
    if found:
        raise ImproperlyConfigured(" ".join(f"{error.id}: {error.msg} {error.hint}" for error in found))


def _production() -> Iterator[CheckMessage]:
    if len(settings.SECRET_KEY) < SHORTEST_SECRET_KEY or settings.SECRET_KEY == settings.DEMO_SECRET_KEY:
        hint = (
            f"Make up {SHORTEST_SECRET_KEY} characters or more: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
        yield Error("SECRET_KEY is too short to be a secret, or that of the demo.", hint=hint, id="olvery.E012")
    if settings.DEBUG:
        hint = "Switch DEBUG off: its pages of errors show settings and data. To develop, set OLVERY_DEMO=1."
        yield Error("DEBUG is on outside of the demo.", hint=hint, id="olvery.E013")
    if any("*" in host for host in settings.ALLOWED_HOSTS):
        hint = "Name the site's hosts: links in letters to reset a password begin with the host of the request."
        yield Error("ALLOWED_HOSTS holds a “*”.", hint=hint, id="olvery.E014")
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < SHORTEST_SECRET:
        yield Error("METRICS_TOKEN is too short to be a secret.", hint=HOW_TO_MAKE_UP, id="olvery.E022")
    if is_foreign(settings.SENTRY_DSN):
        hint = "Name a Sentry on a host of your own: failures may be about people, whose data stay in the country."
        yield Error("SENTRY_DSN is a service abroad.", hint=hint, id="olvery.E023")
    if settings.SMS_SENDER.endswith(".by_smsc") and not settings.SMSC_API_KEY:
        hint = "Set SMSC_API_KEY, or leave SMS_SENDER empty: codes go by e-mail alone then."
        yield Error("Text messages are on, and SMSC_API_KEY is empty.", hint=hint, id="olvery.E026")
    if settings.SMS_SENDER.endswith(".to_console_and_file"):
        hint = "Set SMS_SENDER to olvery.shared.text_messages.by_smsc, or leave it empty."
        yield Error("Sign-in codes are printed instead of sent.", hint=hint, id="olvery.E027")
    if not settings.STAFF_SECOND_FACTOR:
        hint = "Switch STAFF_SECOND_FACTOR on: a password alone would open the orders, people and money of a location."
        yield Error("Nobody on the staff needs a second factor.", hint=hint, id="olvery.E020")


def _demo() -> Iterator[CheckMessage]:
    outside = [host for host in (*settings.ALLOWED_HOSTS, settings.BIND_HOST) if not _is_loopback(host)]
    if outside:
        hint = "Keep HOST and ALLOWED_HOSTS of the demo at 127.0.0.1 and localhost, or switch OLVERY_DEMO off."
        yield Error(f"The demo would answer other machines: “{', '.join(outside)}”.", hint=hint, id="olvery.E015")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _shop() -> Iterator[CheckMessage]:
    shop, key = settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY
    if bool(shop) != bool(key):
        missing = "YOOKASSA_SECRET_KEY" if shop else "YOOKASSA_SHOP_ID"
        yield Error(
            f"{missing} is empty.", hint="Set both, the number of the shop and its key, or none.", id="olvery.E002"
        )
    if any(not one.startswith(("test_", "live_")) for one in _keys()):
        hint = "A key of YooKassa begins with test_ or live_: copy it from the shop's cabinet."
        yield Error("A key in YOOKASSA_SECRET_KEY or YOOKASSA_SHOPS is none of YooKassa.", hint=hint, id="olvery.E003")
    if settings.YOOKASSA_SHOPS and not shop:
        hint = "Set YOOKASSA_SHOP_ID and its key: the shop of sellers who name none."
        yield Error("YOOKASSA_SHOPS without a shop of the settings.", hint=hint, id="olvery.E016")
    if len({one.partition("_")[0] for one in _keys()}) > 1:
        hint = "Connect test shops or live ones, never both: test money would confirm orders."
        yield Error("Keys of test shops together with live ones.", hint=hint, id="olvery.E017")


def _keys() -> list[str]:
    return [key for key in (settings.YOOKASSA_SECRET_KEY, *settings.YOOKASSA_SHOPS.values()) if key]


def _webhook() -> Iterator[CheckMessage]:
    if settings.YOOKASSA_SHOP_ID and len(settings.YOOKASSA_WEBHOOK_SECRET) < SHORTEST_SECRET:
        yield Error("YOOKASSA_WEBHOOK_SECRET is too short to be a secret.", hint=HOW_TO_MAKE_UP, id="olvery.E004")
    for text in settings.YOOKASSA_WEBHOOK_NETWORKS:
        if _network(text) is None:
            hint = "Write networks like 185.71.76.0/27, comma-separated."
            yield Error(f"YOOKASSA_WEBHOOK_NETWORKS: “{text}” is no network.", hint=hint, id="olvery.E005")


def _live() -> Iterator[CheckMessage]:
    if not any(key.startswith("live_") for key in _keys()):
        return
    if settings.YOOKASSA_API_URL != PROVIDER:
        hint = f"Leave YOOKASSA_API_URL at {PROVIDER}, or use the key of a test shop."
        yield Error("A live key would be sent to another address than YooKassa's.", hint=hint, id="olvery.E006")
    for name, is_on in (("DEBUG", settings.DEBUG), ("OLVERY_DEMO", settings.DEMO)):
        if is_on:
            hint = f"Switch {name} off, or use the key of a test shop."
            yield Error(f"A live key with {name} on.", hint=hint, id="olvery.E007")
    inside = [text for text in settings.YOOKASSA_WEBHOOK_NETWORKS if _is_inside(text)]
    if inside:
        hint = "YOOKASSA_WEBHOOK_NETWORKS holds the provider's own networks and nothing else."
        yield Error(f"Notifications of a live shop from {', '.join(inside)}.", hint=hint, id="olvery.E008")


def _receipts() -> Iterator[CheckMessage]:
    if not settings.YOOKASSA_RECEIPTS:
        return
    if not 1 <= settings.YOOKASSA_VAT_CODE <= 12:
        yield Error("YOOKASSA_VAT_CODE is not 1 to 12.", hint="Ask the accountant.", id="olvery.E009")
    if settings.YOOKASSA_PAYMENT_MODE not in PAYMENT_MODES:
        hint = f"One of {', '.join(PAYMENT_MODES)}; ask the accountant."
        yield Error("YOOKASSA_PAYMENT_MODE is unknown.", hint=hint, id="olvery.E010")
    if settings.YOOKASSA_PAYMENT_SUBJECT not in PAYMENT_SUBJECTS:
        hint = f"One of {', '.join(PAYMENT_SUBJECTS)}; ask the accountant."
        yield Error("YOOKASSA_PAYMENT_SUBJECT is unknown.", hint=hint, id="olvery.E028")
    if settings.YOOKASSA_TAX_SYSTEM is not None and not 1 <= settings.YOOKASSA_TAX_SYSTEM <= 6:
        hint = "1 to 6, or empty; ask the accountant."
        yield Error("YOOKASSA_TAX_SYSTEM is unknown.", hint=hint, id="olvery.E011")


def _network(text: str) -> "IPv4Network | IPv6Network | None":
    try:
        return ip_network(text)
    except ValueError:
        return None


def _is_inside(text: str) -> bool:
    network = _network(text)
    return network is not None and any(
        network.version == inside.version and network.overlaps(inside) for inside in INSIDE
    )
