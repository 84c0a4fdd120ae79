"""Secrets that give access are never logged."""

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import mail
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver, path
from django.views.decorators.csrf import csrf_exempt
from gunicorn.config import Config

from olvery.shared.logs import DiscreetFormatter, JsonFormatter, without_secrets
from olvery.urls import urlpatterns as site_urls
from tests.factories import make_manager, make_order, make_user

HOOK = "/payments/yookassa/webhook/a.very~long-secret_of_24_letters/"


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        (f"Forbidden: {HOOK}", "Forbidden: /payments/yookassa/webhook/…/"),
        ("Unprocessable Entity: /pay/WJQph43Jk3GOrkb6h56ISg/start/", "Unprocessable Entity: /pay/…/start/"),
        ("GET https://olvery.test/pay/4-GmAyXMIPedGJdPvs50YA HTTP/1.1", "GET https://olvery.test/pay/… HTTP/1.1"),
        ("Not Found: /manage/orders/10482/", "Not Found: /manage/orders/10482/"),
        ("Not Found: /manage/coworking/calendar/blocks/", "Not Found: /manage/coworking/calendar/blocks/"),
    ],
)
def test_secret_addresses_are_cut_out(said: str, logged: str) -> None:
    assert without_secrets(said) == logged


@pytest.mark.parametrize("letters", ["a", "7", "+7", "a.", "a@", "8 ", "8(", "/pay/", "/calendar/", "+7916", "DETAIL:"])
def test_a_long_address_is_no_work(letters: str) -> None:
    """Anybody may request one, and no other thread of the process runs while a text is matched."""
    began = time.process_time()
    without_secrets(f"Not Found: /{letters * (64_000 // len(letters))}")
    assert time.process_time() - began < 2


def test_every_address_that_lets_somebody_in_is_cut_out() -> None:
    secret = "WJQph43Jk3GOrkb6h56ISg"
    doors = {
        route.replace(f"<str:{name}>", secret): route.replace(f"<str:{name}>", "…")
        for route in _routes(get_resolver())
        for name in ("token", "secret")
        if f"<str:{name}>" in route
    }
    doors[f"/accounts/password/reset/key/3a-{secret}/"] = "/accounts/password/reset/key/…/"
    assert len(doors) == 12
    assert {said: without_secrets(f"Not Found: {said}") for said in doors} == {
        said: f"Not Found: {logged}" for said, logged in doors.items()
    }


def _routes(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        yield from _routes(pattern, route) if isinstance(pattern, URLResolver) else [route]


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


@pytest.mark.django_db
def test_what_anybody_can_send_is_no_failure(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    many = dict.fromkeys(map(str, range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)), "")
    answers = [client.get("/healthz/", headers={"host": "evil.example"}), client.post("/accounts/login/", many)]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


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
    config.set("access_log_format", configured["access_log_format"])
    logger = configured["DiscreetLogger"](config)
    request, response = SimpleNamespace(headers=[]), SimpleNamespace(status="200", headers=[], sent=1)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": HOOK, "SERVER_PROTOCOL": "HTTP/1.1"}
    environ |= {
        "RAW_URI": f"{HOOK}?q=secret",
        "QUERY_STRING": "q=secret",
        "HTTP_REFERER": "https://olvery.test/?q=secret",
    }
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


# Persons' data

PERSON = {"name": "Ольга Ким", "latin": "John Smith", "email": "kim@example.com"}
PERSON |= {"phone": "+79162044821", "spelled": "8 (916) 204-48-21"}


@csrf_exempt
@login_not_required
def fails(request: HttpRequest) -> HttpResponse:
    """Fail like a request with a person's data, in the database and in Python."""
    name, email = request.POST["name"], request.POST["email"]
    try:
        with transaction.atomic():
            make_user(phone=request.POST["phone"], email=email)
            make_user(phone=request.POST["phone"], email="other@example.com", last_name=name)
    except IntegrityError as error:
        log.warning("could not register: %s", error)
        raise ValueError(f"{name}, {request.POST['spelled']}, {email}: {request.POST['latin']}") from error
    return HttpResponse()


log = logging.getLogger("orders")
urlpatterns = [path("fails/", fails), *site_urls]


@pytest.mark.django_db
def test_a_traceback_says_where_and_never_who(settings: Any) -> None:
    settings.ROOT_URLCONF, settings.ADMINS = __name__, [("Support", "support@example.com")]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(_formatter())
    logging.getLogger().addHandler(handler)
    try:
        answer = Client(raise_request_exception=False).post("/fails/", PERSON)
    finally:
        logging.getLogger().removeHandler(handler)

    said = written.getvalue()
    assert answer.status_code == 500
    for secret in (*PERSON.values(), "9162044821", "204-48-21", "Ким", "kim@"):
        assert secret not in said
    for fact in ("Internal Server Error: /fails/", "in fails", "ValueError", "IntegrityError", "accounts_user_phone"):
        assert fact in said
    assert mail.outbox == []  # nor is it sent to anybody


# Lines for machines


@pytest.fixture
def lines() -> "Iterator[Callable[[], list[dict[str, Any]]]]":
    """Collect what is logged as JSON."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
def test_a_line_names_request_person_and_order_by_their_keys(
    settings: Any, lines: "Callable[[], list[dict[str, Any]]]"
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    order = make_order()
    manager = make_manager(location=order.location)
    client = Client(headers={"X-Request-ID": "of-the-proxy-1"})
    client.force_login(manager)
    answer = client.get(f"/manage/orders/{order.number + 1}/")
    (line,) = lines()
    assert answer.headers["X-Request-ID"] == "of-the-proxy-1"
    assert datetime.fromisoformat(line.pop("time")).utcoffset() == timedelta(0)
    assert line == {
        "level": "WARNING",
        "logger": "django.request",
        "message": f"Not Found: /manage/orders/{order.number + 1}/",
        "request": "of-the-proxy-1",
        "method": "GET",
        "view": "orders:detail",
        "order": order.number + 1,
        "person": manager.pk,
    }


@pytest.mark.django_db
def test_a_failure_is_one_line_that_says_where_and_never_who(
    settings: Any, lines: "Callable[[], list[dict[str, Any]]]"
) -> None:
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False, headers={"X-Request-ID": "chosen by a stranger"})
    answer = client.post("/fails/", PERSON)
    warned, failed = lines()
    assert warned["request"] == failed["request"] == answer.headers["X-Request-ID"] != "chosen by a stranger"
    assert "in fails" in failed["exception"]
    for secret in (*PERSON.values(), "9162044821", "204-48-21", "Ким", "kim@"):
        assert secret not in f"{warned} {failed}"


def test_a_line_of_a_job_names_it(lines: "Callable[[], list[dict[str, Any]]]") -> None:
    job = {"id": 7, "task_name": "orders.send_message", "task_kwargs": {"message_id": 3}}
    logging.getLogger("procrastinate").warning("Job failed: %s", "kim@example.com", extra={"job": job})
    (line,) = lines()
    assert (line["job"], line["task"], line["message"]) == (7, "orders.send_message", "Job failed: …@…")
