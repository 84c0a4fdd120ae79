"""The checks of settings: a site open to anybody, or one that would lose or invent money, does not start."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from olvery import settings as written
from olvery.checks import installation_is_safe, payments_are_safe, refuse_unsafe_settings
from olvery.management.commands.check_length import long_functions, long_lines

ROOT = Path(__file__).parent.parent
SANDBOX = "http://127.0.0.1:8099/v3"
LIVE = "https://api.yookassa.ru/v3"
THEIRS = ["185.71.76.0/27", "2a02:5180::/32"]
SAFE = {
    "DEBUG": False,
    "DEMO": False,
    "STAFF_SECOND_FACTOR": True,
    "METRICS_TOKEN": "",
    "SENTRY_DSN": "",
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": ["olvery.test", ".parks.test"],
    "BIND_HOST": "127.0.0.1",
    "YOOKASSA_SHOP_ID": "100500",
    "YOOKASSA_SECRET_KEY": "live_abc",
    "YOOKASSA_API_URL": LIVE,
    "YOOKASSA_WEBHOOK_SECRET": "s" * 24,
    "YOOKASSA_WEBHOOK_NETWORKS": THEIRS,
    "YOOKASSA_RECEIPTS": True,
    "YOOKASSA_SHOPS": {},
    "YOOKASSA_VAT_CODE": 1,
    "YOOKASSA_TAX_SYSTEM": None,
    "YOOKASSA_PAYMENT_MODE": "full_prepayment",
    "YOOKASSA_PAYMENT_SUBJECT": "service",
}
DEMO = {"DEMO": True, "SECRET_KEY": written.DEMO_SECRET_KEY, "ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"]}
TEST_SHOP = {"YOOKASSA_SECRET_KEY": "test_abc"}
NO_SHOP = {"YOOKASSA_SHOP_ID": "", "YOOKASSA_SECRET_KEY": "", "YOOKASSA_WEBHOOK_SECRET": ""}


def found(settings: Any, **changes: Any) -> list[str]:
    """Return the ids of the checks that fail."""
    for name, value in (SAFE | changes).items():
        setattr(settings, name, value)
    messages = payments_are_safe()
    assert all(message.level == checks.ERROR and message.hint for message in messages)
    assert not [message for message in messages if "abc" in f"{message.msg} {message.hint}"], "a secret"
    return sorted(message.id or "" for message in messages)


def start(command: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of the site with these variables."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "olvery.settings", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        NO_SHOP,
        {**NO_SHOP, **DEMO, "DEBUG": True},
        TEST_SHOP,
        {**TEST_SHOP, "YOOKASSA_API_URL": SANDBOX},
        {**TEST_SHOP, **DEMO, "YOOKASSA_API_URL": SANDBOX, "DEBUG": True},
        {**TEST_SHOP, "YOOKASSA_WEBHOOK_NETWORKS": ["127.0.0.0/8", "::1/128"]},
        {"YOOKASSA_TAX_SYSTEM": 6, "YOOKASSA_VAT_CODE": 12, "YOOKASSA_PAYMENT_MODE": "full_payment"},
        {
            "YOOKASSA_RECEIPTS": False,
            "YOOKASSA_VAT_CODE": 99,
            "YOOKASSA_PAYMENT_MODE": "",
            "YOOKASSA_PAYMENT_SUBJECT": "",
        },
    ],
)
def test_safe_settings_pass(settings: Any, changes: dict[str, Any]) -> None:
    assert found(settings, **changes) == []
    refuse_unsafe_settings()


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        # Half a shop
        ({"YOOKASSA_SECRET_KEY": ""}, ["E002"]),
        ({"YOOKASSA_SHOP_ID": ""}, ["E002"]),
        ({**TEST_SHOP, "YOOKASSA_SHOP_ID": ""}, ["E002"]),
        # No key
        ({"YOOKASSA_SECRET_KEY": "abc"}, ["E003"]),
        ({"YOOKASSA_SECRET_KEY": "LIVE_abc"}, ["E003"]),
        ({**TEST_SHOP, "YOOKASSA_SHOPS": {"200600": "test_abc", "300700": "abc"}}, ["E003", "E017"]),
        ({**TEST_SHOP, "YOOKASSA_SHOPS": {"200600": "live_abc"}}, ["E017"]),
        # No secret in the address of notifications
        ({"YOOKASSA_WEBHOOK_SECRET": ""}, ["E004"]),
        ({"YOOKASSA_WEBHOOK_SECRET": "s" * 23}, ["E004"]),
        ({**TEST_SHOP, "YOOKASSA_WEBHOOK_SECRET": ""}, ["E004"]),
        # No network
        ({"YOOKASSA_WEBHOOK_NETWORKS": [*THEIRS, "yookassa.ru"]}, ["E005"]),
        ({"YOOKASSA_WEBHOOK_NETWORKS": ["185.71.76.5/27"]}, ["E005"]),
        ({**TEST_SHOP, "YOOKASSA_WEBHOOK_NETWORKS": [""]}, ["E005"]),
        # A live key somewhere else
        ({"YOOKASSA_API_URL": SANDBOX}, ["E006"]),
        ({"YOOKASSA_API_URL": "http://api.yookassa.ru/v3"}, ["E006"]),
        ({"YOOKASSA_API_URL": "https://api.yookassa.ru.example.com/v3"}, ["E006"]),
        ({"YOOKASSA_API_URL": "https://api.yookassa.ru"}, ["E006"]),
        # A live key in a demo
        ({"DEBUG": True}, ["E007"]),
        ({"DEMO": True}, ["E007"]),
        ({"DEBUG": True, "DEMO": True}, ["E007", "E007"]),
        # Notifications from next door
        ({"YOOKASSA_WEBHOOK_NETWORKS": [*THEIRS, "127.0.0.1/32"]}, ["E008"]),
        ({"YOOKASSA_WEBHOOK_NETWORKS": ["10.1.0.0/16"]}, ["E008"]),
        ({"YOOKASSA_WEBHOOK_NETWORKS": ["172.20.0.0/16"]}, ["E008"]),
        ({"YOOKASSA_WEBHOOK_NETWORKS": ["192.168.1.0/24"]}, ["E008"]),
        ({"YOOKASSA_WEBHOOK_NETWORKS": ["::1"]}, ["E008"]),
        ({"YOOKASSA_WEBHOOK_NETWORKS": ["fd00::/8"]}, ["E008"]),
        ({"YOOKASSA_WEBHOOK_NETWORKS": ["0.0.0.0/0"]}, ["E008"]),
        ({"YOOKASSA_WEBHOOK_NETWORKS": ["::/0"]}, ["E008"]),
        # Receipts
        ({"YOOKASSA_VAT_CODE": 0}, ["E009"]),
        ({"YOOKASSA_VAT_CODE": 13}, ["E009"]),
        ({"YOOKASSA_PAYMENT_MODE": "prepayment"}, ["E010"]),
        ({"YOOKASSA_PAYMENT_SUBJECT": "услуга"}, ["E028"]),
        ({"YOOKASSA_TAX_SYSTEM": 7}, ["E011"]),
        # Everything at once
        (
            {"YOOKASSA_API_URL": SANDBOX, "DEMO": True, "YOOKASSA_WEBHOOK_SECRET": "", "YOOKASSA_VAT_CODE": 0},
            ["E004", "E006", "E007", "E009"],
        ),
    ],
)
def test_unsafe_settings_are_errors(settings: Any, changes: dict[str, Any], wrong: list[str]) -> None:
    assert found(settings, **changes) == [f"olvery.{number}" for number in wrong]
    with pytest.raises(ImproperlyConfigured, match=f"olvery.{wrong[0]}"):
        refuse_unsafe_settings()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"BIND_HOST": "0.0.0.0"},
        DEMO,
        {**DEMO, "DEBUG": True},
        {**DEMO, "BIND_HOST": "::1", "ALLOWED_HOSTS": ["127.0.0.2", "park.localhost"]},
    ],
)
def test_a_safe_installation_passes(settings: Any, changes: dict[str, Any]) -> None:
    found(settings, **NO_SHOP, **changes)
    assert installation_is_safe() == []
    refuse_unsafe_settings()


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"SECRET_KEY": "k" * 49}, ["E012"]),
        ({"SECRET_KEY": written.DEMO_SECRET_KEY}, ["E012"]),
        ({"DEBUG": True}, ["E013"]),
        ({"METRICS_TOKEN": "short"}, ["E022"]),
        ({"SENTRY_DSN": "https://k@o1.ingest.sentry.io/1"}, ["E023"]),
        ({"ALLOWED_HOSTS": ["*"]}, ["E014"]),
        ({"ALLOWED_HOSTS": ["olvery.test", "*"]}, ["E014"]),
        ({"ALLOWED_HOSTS": ["*.olvery.test"]}, ["E014"]),
        ({"SECRET_KEY": "qwerty", "DEBUG": True, "ALLOWED_HOSTS": ["*"]}, ["E012", "E013", "E014"]),
        # The demo, seen from outside
        ({**DEMO, "ALLOWED_HOSTS": ["localhost", "demo.olvery.test"]}, ["E015"]),
        ({**DEMO, "ALLOWED_HOSTS": ["*"]}, ["E015"]),
        ({**DEMO, "ALLOWED_HOSTS": [".localhost.example.com"]}, ["E015"]),
        ({**DEMO, "ALLOWED_HOSTS": ["192.168.1.5"]}, ["E015"]),
        ({**DEMO, "BIND_HOST": "0.0.0.0"}, ["E015"]),
        ({**DEMO, "BIND_HOST": "::"}, ["E015"]),
        ({**DEMO, "BIND_HOST": ""}, ["E015"]),
    ],
)
def test_an_unsafe_installation_is_an_error(settings: Any, changes: dict[str, Any], wrong: list[str]) -> None:
    found(settings, **changes)
    messages = installation_is_safe()
    assert [message.id for message in messages] == [f"olvery.{number}" for number in wrong]
    assert all(message.level == checks.ERROR and message.hint for message in messages)
    assert settings.SECRET_KEY not in " ".join(f"{message.msg} {message.hint}" for message in messages)
    with pytest.raises(ImproperlyConfigured, match=f"olvery.{wrong[0]}"):
        refuse_unsafe_settings()


WEB, WORKER = ["-c", "import olvery.wsgi"], ["manage.py", "work"]
UNSAFE = {
    "OLVERY_DEMO": "0",
    "SECRET_KEY": "short",
    "DEBUG": "1",
    "ALLOWED_HOSTS": "*",
    "YOOKASSA_SHOP_ID": "100500",
    "YOOKASSA_SECRET_KEY": "live_abc",
    "YOOKASSA_API_URL": SANDBOX,
    "YOOKASSA_WEBHOOK_SECRET": "s" * 24,
}


@pytest.mark.parametrize(
    ("command", "environment", "complaints"),
    [
        # All at once, since a process takes a second to start: each alone is an error, see above.
        (WEB, UNSAFE, ["ImproperlyConfigured: olvery.E012", "olvery.E013", "olvery.E014", "olvery.E006"]),
        (WORKER, UNSAFE, ["(olvery.E012)", "(olvery.E013)", "(olvery.E014)", "(olvery.E006)"]),
        (
            WEB,
            {"OLVERY_DEMO": "1", "HOST": "0.0.0.0", "ALLOWED_HOSTS": "demo.olvery.test"},
            ["olvery.E015", "demo.olvery.test, 0.0.0.0"],
        ),
        (WORKER, {"OLVERY_DEMO": "0", "DEBUG": "1", "SECRET_KEY": ""}, ["SECRET_KEY is empty"]),
    ],
    ids=["web server", "worker", "demo", "no key"],
)
def test_neither_web_server_nor_worker_starts_unsafely(
    command: list[str], environment: dict[str, str], complaints: list[str]
) -> None:
    ended = start(command, DATABASE_URL="postgresql:///nowhere", **environment)
    assert ended.returncode == 1
    assert [complaint for complaint in complaints if complaint not in ended.stderr] == []
    assert "live_abc" not in ended.stderr


def test_every_command_runs_the_guard(settings: Any) -> None:
    found(settings, YOOKASSA_API_URL=SANDBOX)
    assert "olvery.E006" in {message.id for message in checks.run_checks()}


def test_a_function_of_more_than_forty_lines_is_named() -> None:
    short = "def short():\n" + "    pass\n" * 39
    long = "class Thing:\n    def long(self):\n" + "        pass\n" * 40
    assert long_functions(short + long, Path("orders/example.py")) == ["orders/example.py:42 long: 41 lines"]


def test_a_template_of_more_than_a_hundred_and_sixty_columns_is_named() -> None:
    assert long_lines("я" * 160 + "\n" + "я" * 161, Path("templates/page.html")) == [
        "templates/page.html:2: 161 columns"
    ]


def test_a_command_says_nothing_of_what_the_clock_will_do() -> None:
    done = start(["manage.py", "help"], OLVERY_DEMO="0", SECRET_KEY="k" * 50)
    assert (done.returncode, done.stderr) == (0, "")
