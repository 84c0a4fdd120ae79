"""What lets whoever knows it in is in no log."""

import logging
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from gunicorn.config import Config

from olvery.shared.logs import DiscreetFormatter, without_secrets

HOOK = "/payments/yookassa/webhook/a.very~long-secret_of_24_letters/"


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        (f"Forbidden: {HOOK}", "Forbidden: /payments/yookassa/webhook/…/"),
        ("Unprocessable Entity: /pay/WJQph43Jk3GOrkb6h56ISg/start/", "Unprocessable Entity: /pay/…/start/"),
        ("GET https://olvery.test/pay/4-GmAyXMIPedGJdPvs50YA HTTP/1.1", "GET https://olvery.test/pay/… HTTP/1.1"),
        ("Not Found: /manage/orders/10482/", "Not Found: /manage/orders/10482/"),
    ],
)
def test_secret_addresses_are_cut_out(said: str, logged: str) -> None:
    assert without_secrets(said) == logged


def test_a_traceback_is_discreet_too() -> None:
    error = ValueError(HOOK)
    record = logging.LogRecord("olvery", logging.ERROR, "", 0, "%s failed", (HOOK,), (ValueError, error, None))
    line = DiscreetFormatter().format(record)
    assert "secret_of" not in line
    assert "ValueError" in line


def test_a_refused_request_is_logged_without_its_secret(
    client: Client, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.YOOKASSA_WEBHOOK_SECRET = HOOK.split("/")[-2]
    settings.YOOKASSA_WEBHOOK_NETWORKS = []
    caplog.handler.setFormatter(_formatter())
    assert client.post(HOOK, "{}", content_type="application/json").status_code == 403
    assert "Forbidden: /payments/yookassa/webhook/…/" in caplog.text


def _formatter() -> logging.Formatter:
    wanted = dict(settings.LOGGING["formatters"]["line"])
    assert wanted.pop("()") == "olvery.shared.logs.DiscreetFormatter"
    return DiscreetFormatter(wanted["format"], style=wanted["style"])


def test_the_logs_of_the_web_server_are_discreet(tmp_path: Path) -> None:
    configured: dict[str, Any] = {}
    with open("gunicorn.conf.py", encoding="utf-8") as file:
        exec(compile(file.read(), "gunicorn.conf.py", "exec"), configured)
    assert configured["logger_class"] is configured["DiscreetLogger"]
    config = Config()
    config.set("errorlog", str(tmp_path / "error.log"))
    config.set("accesslog", str(tmp_path / "access.log"))
    logger = configured["DiscreetLogger"](config)
    request, response = SimpleNamespace(headers=[]), SimpleNamespace(status="200", headers=[], sent=1)
    environ = {"REQUEST_METHOD": "GET", "RAW_URI": HOOK, "PATH_INFO": HOOK, "SERVER_PROTOCOL": "HTTP/1.1"}
    logger.access(response, request, environ, timedelta(seconds=1))
    logger.error("Error handling request %s", HOOK)
    for handler in (*logger.access_log.handlers, *logger.error_log.handlers):
        handler.close()
    logger.access_log.handlers.clear()
    logger.error_log.handlers.clear()
    written = [(tmp_path / name).read_text() for name in ("access.log", "error.log")]
    assert "GET /payments/yookassa/webhook/…/ HTTP/1.1" in written[0]
    assert "Error handling request /payments/yookassa/webhook/…/" in written[1]
    assert "secret" not in "".join(written)
