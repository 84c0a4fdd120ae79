"""Classifying failures on the way: not sent, perhaps carried out, rate limited, or a definite refusal."""

import os
import socket
import threading
import traceback
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from urllib3.util import connection as urllib3_connection

from olvery.shared import outgoing
from orders.domain.online.gateway import Call, NotSent, OutcomeUnknown, RateLimited, Rejected
from orders.gateways import gateway, transport
from tests.gateways import bad_server
from tests.gateways.bad_server import Act, Asked, BadServer, answer
from tests.gateways.sending import PAYMENT, SECRET, SNAPSHOT, failure_at, failure_of, shop
from tests.gateways.wishes import PATIENCE, PAYMENT_ID

LONG_HEAD = b"HTTP/1.1 204 No Content\r\nX-Long: " + b"a" * 100 + b"\r\n\r\n"
LONG_BODY = b"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n" + b"a" * 100
HTML = "<html><h1>Not here</h1></html>"


def refusal(code: str, **more: Any) -> dict[str, Any]:
    """Return the provider's error object."""
    return {"type": "error", "id": "e1", "code": code, "description": "Because", **more}


def test_a_request_carries_our_bytes_our_key_and_our_shop_and_nothing_else() -> None:
    call = Call("/payments", '{"description":"Заказ «1»"}')
    with BadServer(answer(200, PAYMENT)) as server, closing(shop(server.url)) as yookassa:
        assert yookassa.send(call, key="key-1", patience=PATIENCE) == SNAPSHOT
    [asked] = server.asked
    agent = asked.headers["user-agent"]
    assert asked == Asked(
        "POST",
        "/v3/payments",
        {
            "host": urlsplit(server.url).netloc,
            "authorization": "Basic " + b64encode(f"100500:{SECRET}".encode()).decode(),
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": agent,
            "idempotence-key": "key-1",
            "content-type": "application/json",
            "content-length": str(len(call.body.encode())),
        },
        call.body.encode(),
    )
    assert agent.startswith("Olvery ")


def test_a_refused_connection_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v3"
    assert type(failure_of(shop(url))) is NotSent


def test_a_name_that_is_not_found_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert type(failure_of(shop("https://yookassa.test/v3"))) is NotSent


def test_a_name_that_nobody_answers_for_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timeout of a connection begins once its name is known."""
    ended = threading.Event()
    monkeypatch.setattr(outgoing, "LOOK_UP_SECONDS", 0.1)
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(10))
    try:
        assert type(failure_of(shop("https://yookassa.test/v3"))) is NotSent
    finally:
        ended.set()


def test_a_connection_that_is_not_made_in_time_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: Any, **__: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(urllib3_connection, "create_connection", late)
    assert type(failure_of(shop("https://127.0.0.1:1/v3"))) is NotSent


def test_a_server_without_tls_was_not_sent_anything() -> None:
    with BadServer(bad_server.speak_no_tls) as server:
        failure = failure_of(shop(server.url.replace("http:", "https:")))
    assert (type(failure), server.asked) == (NotSent, [])


@pytest.mark.parametrize(
    ("act", "requests"),
    [
        (bad_server.reset_at_once, 0),
        (bad_server.reset_after_reading, 1),
        (bad_server.break_off_the_answer, 1),
    ],
)
def test_a_broken_connection_leaves_the_outcome_unknown_and_nothing_is_repeated(act: Act, requests: int) -> None:
    failure, asked = failure_at(act)
    assert (type(failure), failure.status, len(asked)) == (OutcomeUnknown, None, requests)


def test_patience_ends_with_the_outcome_unknown() -> None:
    failure, asked = failure_at(bad_server.say_nothing, timedelta(seconds=0.1))
    assert (type(failure), failure.text, len(asked)) == (OutcomeUnknown, "POST /payments: ReadTimeout", 1)


@pytest.mark.parametrize("text", [LONG_HEAD, LONG_BODY])
def test_an_answer_that_drips_has_no_longer_than_one_that_is_silent(text: bytes) -> None:
    failure, asked = failure_at(bad_server.drip(text), timedelta(seconds=0.3))
    assert (type(failure), failure.status, len(asked)) == (OutcomeUnknown, None, 1)


@pytest.mark.parametrize("act", [answer(200, text="7" * 2_000), bad_server.pour(b"7" * 2_000)])
def test_an_answer_without_an_end_is_read_no_further(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "LARGEST_ANSWER", 1_000)
    failure, asked = failure_at(act)
    expected = (OutcomeUnknown, "POST /payments: AnswerTooLarge", None, 1)
    assert (type(failure), failure.text, failure.status, len(asked)) == expected


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (answer(500, refusal("internal_server_error")), 500),
        (answer(502, text=HTML), 502),
        (answer(503, refusal("internal_server_error")), 503),
        (answer(202, {"type": "processing", "retry_after": 1800}), 202),
        (answer(201, PAYMENT), 201),
        (answer(204), 204),
        (answer(302, text="", Location="/v3/payments"), 302),
        (answer(307, text="", Location="http://127.0.0.1:1/v3/payments"), 307),
        (answer(301, text="", Location="http://[broken"), None),
        (answer(200, text='{"id": "2d5c'), 200),
        (answer(200, text=""), 200),
        (answer(200, text=HTML), 200),
        (answer(200, text="[" * 100_000), 200),
        (answer(200, [PAYMENT]), 200),
        (answer(200, None), 200),
        (answer(200, refusal("internal_server_error")), 200),
        # Proxies between us and the provider know nothing of payments.
        (answer(400, text=HTML), 400),
        (answer(404, text=HTML), 404),
        (answer(404, {"message": "no route"}), 404),
    ],
)
def test_an_answer_that_is_not_the_providers_word_leaves_the_outcome_unknown(act: Act, status: int | None) -> None:
    failure, asked = failure_at(act)
    assert (type(failure), failure.status, len(asked)) == (OutcomeUnknown, status, 1)


@pytest.mark.parametrize(
    ("act", "pause"),
    [
        (answer(429, refusal("too_many_requests", retry_after=1800)), timedelta(seconds=1.8)),
        (answer(429, refusal("too_many_requests")), timedelta(seconds=5)),
        (answer(429, refusal("too_many_requests", retry_after="soon")), timedelta(seconds=5)),
        (answer(429, refusal("too_many_requests", retry_after=-1)), timedelta(seconds=5)),
        (answer(429, refusal("too_many_requests", retry_after=10**30)), timedelta(hours=1)),
        (answer(429, text=HTML), timedelta(seconds=5)),
    ],
)
def test_too_many_requests_name_a_pause(act: Act, pause: timedelta) -> None:
    failure, _asked = failure_at(act)
    assert isinstance(failure, RateLimited)
    assert (failure.status, failure.retry_after) == (429, pause)


@pytest.mark.parametrize(
    ("act", "status", "code", "parameter", "is_our_settings"),
    [
        (answer(400, refusal("invalid_request", parameter="amount")), 400, "invalid_request", "amount", False),
        (answer(401, refusal("invalid_credentials")), 401, "invalid_credentials", "", True),
        (answer(403, refusal("forbidden")), 403, "forbidden", "", True),
        (answer(403, text=HTML), 403, "", "", True),
        (answer(404, refusal("not_found")), 404, "not_found", "", False),
        (answer(405, refusal("method_not_allowed")), 405, "method_not_allowed", "", False),
        (answer(410, refusal("gone")), 410, "gone", "", False),
        (answer(400, refusal("new_word", parameter=["odd"])), 400, "new_word", "", False),
    ],
)
def test_the_providers_no_is_definite(act: Act, status: int, code: str, parameter: str, is_our_settings: bool) -> None:
    failure, _asked = failure_at(act)
    assert isinstance(failure, Rejected)
    assert (failure.status, failure.code, failure.parameter, failure.is_our_settings, failure.is_unknown_object) == (
        status,
        code,
        parameter,
        is_our_settings,
        status == 404,
    )


def test_neither_netrc_nor_proxies_of_the_environment_are_obeyed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login EVIL password EVIL\n")
    for name in [name for name in os.environ if name.lower() == "no_proxy"]:
        monkeypatch.delenv(name)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NETRC", str(netrc))
    with BadServer(answer(200, PAYMENT)) as server, closing(shop(server.url)) as yookassa:
        assert yookassa.payment(PAYMENT_ID, patience=PATIENCE) == SNAPSHOT
    assert [asked.headers["authorization"] for asked in server.asked] == [
        "Basic " + b64encode(f"100500:{SECRET}".encode()).decode()
    ]


def test_two_shops_in_threads_never_mix() -> None:
    def ask(number: int) -> None:
        yookassa = shops[number % 2]
        yookassa.send(Call("/payments", yookassa.shop_id), key=f"{yookassa.shop_id}-{number}", patience=PATIENCE)
        yookassa.close()

    with BadServer(answer(200, PAYMENT)) as server:
        shops = [shop(server.url, shop_id="1", secret_key="test_one"), shop(server.url, shop_id="2", secret_key="live")]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, range(40)))
    expected = {
        "1": "Basic " + b64encode(b"1:test_one").decode(),
        "2": "Basic " + b64encode(b"2:live").decode(),
    }
    assert len(server.asked) == 40
    assert [(asked.body.decode(), asked.headers["authorization"]) for asked in server.asked] == [
        (shop_id, expected[shop_id]) for shop_id in (asked.headers["idempotence-key"][0] for asked in server.asked)
    ]
    assert [one.is_test for one in shops] == [True, False]


def test_an_error_shows_neither_the_key_nor_the_body() -> None:
    for act in (bad_server.reset_after_reading, answer(400, refusal("invalid_request")), answer(500, text=HTML)):
        failure, _asked = failure_at(act)
        shown = "".join(traceback.format_exception(failure)) + repr(vars(failure))
        secrets = [SECRET, b64encode(f"100500:{SECRET}".encode()).decode(), "Заказ 24-0001", "Not here"]
        assert [secret for secret in secrets if secret in shown] == []
        assert (failure.__cause__, failure.__context__) == (None, None)


def test_a_long_word_of_the_provider_is_cut() -> None:
    failure, _asked = failure_at(answer(400, refusal("c" * 500, description="d" * 5000)))
    assert len(failure.text) < 500


@pytest.mark.parametrize(
    ("url", "shop_id", "secret_key"),
    [
        ("ftp://127.0.0.1/v3", "1", "test_a"),
        ("https:///v3", "1", "test_a"),
        ("https://user:word@127.0.0.1/v3", "1", "test_a"),
        ("", "1", "test_a"),
        ("https://127.0.0.1/v3", "", "test_a"),
        ("https://127.0.0.1/v3", "1", ""),
    ],
)
def test_a_gateway_without_an_address_or_a_key_is_not_built(url: str, shop_id: str, secret_key: str) -> None:
    with pytest.raises(ValueError, match="payment provider"):
        shop(url, shop_id, secret_key)


def test_the_gateway_of_the_settings_is_built_once_for_each_shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = "1", "live_a"
    first, again = gateway(), gateway()
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = "2", "test_b"
    second = gateway()
    assert first is again
    assert [(one.shop_id, one.is_test) for one in (first, second)] == [("1", False), ("2", True)]
