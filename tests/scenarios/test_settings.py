"""A key to real money with a sandbox: the site says so and does not start.

The reverse cannot be told from a test shop, whose keys go to the provider's real address, too.
"""

from typing import Any

import pytest
from django.core.checks import ERROR, run_checks
from django.core.exceptions import ImproperlyConfigured

from olvery.checks import refuse_unsafe_settings
from tests.scenarios.numbers import scenario

REAL, SANDBOX = "https://api.yookassa.ru/v3", "http://127.0.0.1:8099/v3"
LIVE, TEST = "live_abc", "test_abc"


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    """A real shop, set up as it should be."""
    settings.DEBUG = settings.DEMO = False
    settings.SECRET_KEY = "k" * 50
    settings.STAFF_SECOND_FACTOR = True
    settings.YOOKASSA_SHOP_ID = "100500"
    settings.YOOKASSA_SECRET_KEY = LIVE
    settings.YOOKASSA_API_URL = REAL
    settings.YOOKASSA_WEBHOOK_SECRET = "2fE8unguessable-2fE8unguessable-2fE8"
    settings.YOOKASSA_ENVIRONMENT = "production"


def errors() -> list[str]:
    """Return our own errors that keep the site from starting."""
    found = [message for message in run_checks() if message.level >= ERROR and (message.id or "").startswith("olvery.")]
    return [message.msg for message in found]


@scenario(40)
@pytest.mark.parametrize(("key", "url"), [(LIVE, REAL), (TEST, REAL), (TEST, SANDBOX)])
def test_a_key_at_the_till_it_belongs_to_lets_the_site_start(settings: Any, key: str, url: str) -> None:
    settings.YOOKASSA_SECRET_KEY, settings.YOOKASSA_API_URL = key, url
    assert errors() == []


@scenario(40)
@pytest.mark.parametrize(
    "wrong",
    [
        {"YOOKASSA_API_URL": SANDBOX},
        {"YOOKASSA_API_URL": "https://api.yookassa.ru.example.com/v3"},
        {"YOOKASSA_API_URL": "http://api.yookassa.ru/v3"},
        {"DEBUG": True},
        {"YOOKASSA_WEBHOOK_NETWORKS": ["185.71.76.0/27", "127.0.0.0/8"]},
    ],
    ids=["sandbox", "another host", "no TLS", "debug", "loopback"],
)
def test_a_key_to_real_money_goes_nowhere_but_to_the_provider(settings: Any, wrong: dict[str, Any]) -> None:
    for name, value in wrong.items():
        setattr(settings, name, value)
    assert len(errors()) == (2 if "DEBUG" in wrong else 1)  # which is refused without a shop, too
    with pytest.raises(ImproperlyConfigured):  # the web server runs no system checks by itself
        refuse_unsafe_settings()
