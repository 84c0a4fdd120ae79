"""Whatever goes wrong, a program gets problem details, RFC 9457."""

from typing import Any

import pytest
from django.test import Client

from orders.api import orders
from orders.models import ApiToken, Order
from tests.api.conftest import Ask
from tests.slow_urls import CANCEL
from tests.slow_urls import ask as ask_database


def told(answer: Any) -> tuple[int, str, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["type"].removeprefix("urn:olvery:problem:"), problem["title"]


@pytest.fixture
def client(made: tuple[ApiToken, str]) -> Client:
    return Client(headers={"authorization": f"Bearer {made[1]}"}, raise_request_exception=False)


@pytest.mark.parametrize("body", ["{broken", b"\xff", "[" * 100_000])
def test_a_body_that_is_no_json(client: Client, body: Any) -> None:
    answer = client.post("/api/v1/quotes", body, content_type="application/json")
    assert told(answer) == (400, "unreadable", "Тело запроса не читается как JSON.")


@pytest.mark.parametrize("sent", [{"path": "/api/v1/orders?cursor=%00"}, {"path": "/api/v1/orders", "HTTP_HOST": "?"}])
def test_an_address_that_cannot_be_read(client: Client, sent: dict[str, str]) -> None:
    answer = client.get(**sent)
    assert told(answer) == (400, "unreadable", "Запрос не удалось прочитать.")
    assert "Content-Security-Policy" in answer.headers


def test_a_body_that_is_too_large(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = client.post("/api/v1/quotes", {"comment": "x" * 20}, content_type="application/json")
    assert told(answer)[:2] == (400, "unreadable")


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_address_that_is_not_there(client: Client, method: str) -> None:
    answer = getattr(client, method)("/api/v1/nothing")
    assert told(answer) == (404, "not_found", "Здесь такого нет.")


def test_a_method_that_an_address_does_not_have(client: Client) -> None:
    answer = client.delete("/api/v1/orders/1")
    assert told(answer) == (405, "method_not_allowed", "Так по этому адресу не обращаются.")
    assert answer.headers["Allow"] == "GET"


def test_a_failure_of_ours(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "page_of", lambda *_args, **_named: 1 / 0)
    answer = client.get("/api/v1/orders")
    assert told(answer) == (500, "failed", "У нас что-то сломалось. Это записано, спросите нас.")


def test_a_database_that_takes_too_long(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "page_of", lambda *_args, **_named: ask_database(CANCEL))
    answer = client.get("/api/v1/orders")
    assert told(answer) == (503, "unavailable", "База данных сейчас не отвечает. Повторите позже.")
    assert answer.headers["Retry-After"] == "10"


@pytest.mark.parametrize("path", ["orders", "tickets"])
def test_a_cursor_that_no_page_gave_is_not_the_first_page(ask: Ask, path: str) -> None:
    """A program that follows it would start over for ever."""
    answer: Any = ask(f"{path}?cursor=made-up")
    assert told(answer)[:2] == (422, "malformed")
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]
    assert not Order.objects.exists()
