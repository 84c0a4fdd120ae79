import ast
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command

from olvery.management.commands import yookassa_sandbox
from olvery.yookassa_sandbox import BadOption, Sandbox, courier, outbox
from tests.moments import NOW
from tests.yookassa_sandbox.shop import RECEIPT, Ear, Listener, Shop, order


def test_a_restart_forgets_nothing(run: Callable[..., Sandbox], tmp_path: Path) -> None:
    file = str(tmp_path / "var" / "till.sqlite3")
    sandbox = run(db=file)
    shop = Shop(sandbox)
    payment = shop.paid(key="once", receipt=RECEIPT)
    shop.refund(payment["id"], "1200.00")
    sandbox.advance(60)
    memory = (sandbox.payments(), sandbox.refunds(), sandbox.receipts(), sandbox.webhooks(), sandbox.journal())
    sandbox.stop()
    ear = Ear()
    again = run(db=file, deliver=ear)
    found = (again.payments(), again.refunds(), again.receipts(), again.webhooks(), again.journal())
    assert found == memory
    assert again.advance(0) == "2026-11-24T06:01:00.000Z"
    assert Shop(again).create(key="once", receipt=RECEIPT)["id"] == payment["id"]
    assert again.flush_webhooks() == 2
    assert ear.events == ["payment.succeeded", "refund.succeeded"]


def test_a_restart_sends_what_a_rule_had_held(run: Callable[..., Sandbox], tmp_path: Path) -> None:
    ear, file = Ear(), str(tmp_path / "till.sqlite3")
    sandbox = run(db=file, deliver=ear)
    sandbox.add_fault({"scope": "webhook", "action": "reorder", "n": 3})
    held = sandbox.pay(Shop(sandbox).create(capture=False)["id"])
    captured = Shop(sandbox).post(f"/payments/{held['id']}/capture", {}, key="capture").json
    assert sandbox.flush_webhooks() == 0
    sandbox.stop()
    assert run(db=file, deliver=ear).flush_webhooks() == 2
    assert ear.heard == [("payment.waiting_for_capture", held), ("payment.succeeded", captured)]


def test_a_restart_sends_again_what_was_on_its_way(run: Callable[..., Sandbox], tmp_path: Path) -> None:
    ear, file = Ear(), str(tmp_path / "till.sqlite3")
    sandbox = run(db=file, deliver=ear)
    payment = Shop(sandbox).paid()
    assert outbox.claim_due(sandbox._provider) == [1]  # and now the machine goes off
    assert [hook["state"] for hook in sandbox.webhooks()] == ["sending"]
    sandbox.stop()
    again = run(db=file, deliver=ear)
    assert again.flush_webhooks() == 1
    assert (ear.heard, again.webhooks()[0]["state"]) == ([("payment.succeeded", payment)], "delivered")


def test_a_stopped_clock_stops_nothing_else(listen: Callable[..., Listener]) -> None:
    with time_machine.travel(NOW.astimezone(UTC), tick=False) as clock:
        listener = listen()
        with Sandbox(webhook_url=listener.url) as sandbox:
            shop = Shop(sandbox)
            payment = shop.paid()
            assert listener.enough.wait(5)
            sandbox.flush_webhooks()
            waiting = shop.create()
            clock.shift(timedelta(hours=1))
            assert sandbox.payment(waiting["id"])["status"] == "canceled"
    assert payment["created_at"] == "2026-11-24T06:00:00.000Z"
    assert listener.got[0][2]["object"] == payment


def test_the_clock_is_watched_without_any_request(
    run: Callable[..., Sandbox], listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "TICK", 0.01)
    listener, moment = listen(), [NOW]
    sandbox = run(webhook_url=listener.url, webhooks="auto", now=lambda: moment[0])
    Shop(sandbox).create(metadata={"sandbox": "pay_after:60"})
    moment[0] += timedelta(minutes=1)
    assert listener.enough.wait(5)
    assert listener.got[0][2]["event"] == "payment.succeeded"


def test_many_clients_at_once_lose_no_connection(shop: Shop, sandbox: Sandbox) -> None:
    with closing(socket.socket()) as probe:
        probe.connect(("127.0.0.1", int(sandbox.base_url.rpartition(":")[2])))
        address = probe.getpeername()
    idle = [http.client.HTTPConnection(*address, timeout=5) for _ in range(60)]
    for connection in idle:
        connection.connect()
    assert shop.get("/me").status == 200
    for connection in idle:
        connection.close()


def test_connections_may_queue_and_small_answers_leave_at_once(sandbox: Sandbox) -> None:
    """Both are invisible on a loopback address without a crowd: a lost SYN costs a second, Nagle 40 ms."""
    assert sandbox._server is not None
    assert sandbox._server.request_queue_size >= 128
    assert sandbox._server.RequestHandlerClass.disable_nagle_algorithm is True  # type: ignore[attr-defined]


def test_one_connection_serves_many_requests(shop: Shop, sandbox: Sandbox) -> None:
    address = sandbox.base_url.removeprefix("http://")
    with closing(http.client.HTTPConnection(address, timeout=5)) as connection:
        for _ in range(3):
            connection.request("GET", "/v3/me", headers={"Authorization": shop.authorization})
            with connection.getresponse() as response:
                assert response.status == 200
                response.read()


BAD_OPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"secret": "live_secret"}, "A live_ secret has no place in a sandbox"),
    ({"secret": "live_secret", "i_know": True}, "A live_ secret has no place in a sandbox"),
    ({"secret": ""}, "The secret must not be empty"),
    ({"shop": "a:b"}, "is no shop number"),
    ({"bind": "0.0.0.0:0"}, "0.0.0.0 can be reached from outside: add --i-know"),
    ({"bind": "8.8.8.8:0"}, "8.8.8.8 can be reached from outside: add --i-know"),
    ({"bind": "[::]:0"}, "can be reached from outside: add --i-know"),
    ({"bind": "shop.test:80"}, "'shop.test' is no IP address"),
    ({"bind": "127.0.0.1"}, "is no HOST:PORT"),
    ({"bind": "127.0.0.1:99999"}, "is no HOST:PORT"),
    ({"time_scale": 0}, "The time scale must be more than 0"),
    ({"webhook_url": "shop.test/hook"}, "is no webhook URL"),
    ({"public_url": "till.test"}, "is no public URL"),
    ({"control_token": "a;b"}, "The control token may have letters"),
    ({"xff": "a\r\nb"}, "is no list of addresses"),
    ({"db": "/dev/null/till"}, "/dev/null/till cannot be opened"),
]


@pytest.mark.parametrize(("options", "text"), BAD_OPTIONS)
def test_an_option_that_must_not_be_is_refused(options: dict[str, Any], text: str) -> None:
    with pytest.raises(BadOption, match=text):
        Sandbox(**options)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of a till" * 100)
    with pytest.raises(BadOption, match="is no memory of a sandbox"):
        Sandbox(db=str(tmp_path / "notes.txt"))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--secret", "live_secret"], "A live_ secret has no place in a sandbox"),
        (["--bind", "0.0.0.0:0"], "add --i-know if that is meant"),
        (["--replay", "never"], "invalid choice: 'never'"),
        (["--speed", "9"], "unrecognized arguments: --speed 9"),
        (["--faults", "missing.json"], "The fault rules in missing.json cannot be read"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(
    options: list[str], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(CommandError, match=text):
        call_command("yookassa_sandbox", "--db", ":memory:", *options)


def test_the_command_refuses_rules_it_does_not_know_and_a_port_in_use(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    rules = tmp_path / "rules.json"
    for text, message in [('{"action": "401"}', "are no list"), ('[{"action": "boom"}]', "Unknown action 'boom'")]:
        rules.write_text(text)
        with pytest.raises(CommandError, match=message):
            call_command("yookassa_sandbox", "--db", ":memory:", "--faults", str(rules))
    address = sandbox.base_url.removeprefix("http://")
    with pytest.raises(CommandError, match=f"Cannot listen on {address}: Address already in use"):
        call_command("yookassa_sandbox", "--db", ":memory:", "--bind", address)


def test_the_command_passes_all_its_options_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}
    calls: list[Any] = []

    class Told:
        base_url, api_url = "http://127.0.0.1:1", "http://127.0.0.1:1/v3"

        def __init__(self, **options: Any) -> None:
            told.update(options)

        def add_fault(self, rule: Any) -> None:
            calls.append(rule)

        def start(self) -> None:
            calls.append("start")

        def stop(self) -> None:
            calls.append("stop")

    monkeypatch.setattr(yookassa_sandbox, "Sandbox", Told)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(signal, "pause", lambda: None)
    (tmp_path / "rules.json").write_text('[{"action": "401"}, {"action": "429"}]')
    options = {
        **{"bind": "127.0.0.1:8098", "public_url": "https://till.test", "webhook_url": "http://shop.test/hook/"},
        **{"shop": "7", "secret": "test_other", "db": ":memory:", "time_scale": 50.5, "replay": "current"},
        **{"ffd12": True, "xff": "185.71.76.5", "control_token": "t", "i_know": True},
    }
    call_command("yookassa_sandbox", faults=str(tmp_path / "rules.json"), **options, stdout=StringIO())
    assert (told, calls) == (options, [{"action": "401"}, {"action": "429"}, "start", "stop"])
    told.clear()
    call_command("yookassa_sandbox", stdout=StringIO())
    assert len(told.pop("control_token")) > 20
    assert told == {
        **{"bind": "127.0.0.1:8099", "public_url": None, "webhook_url": None, "shop": "100500"},
        **{"secret": "test_sandbox", "db": str(Path(settings.VAR_DIR) / "sandbox.sqlite3"), "time_scale": 1},
        **{"replay": "stored", "ffd12": False, "xff": None, "i_know": False},
    }


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_it_is_told_to_end(ending: signal.Signals, tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text('[{"match": {"path": "/me$"}, "action": "timeout_before", "s": 3600, "skip": 1}]')
    command = [
        *(sys.executable, "manage.py", "yookassa_sandbox", "--bind", "127.0.0.1:0", "--control-token", "t"),
        *("--db", str(tmp_path / "till.sqlite3"), "--faults", str(rules)),
    ]
    environment = {**os.environ, "OLVERY_DEMO": "1", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nowhere"}
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        api, dashboard = line.removeprefix("YooKassa sandbox: ").strip().split("  dashboard: ")
        assert dashboard == api.removesuffix("/v3") + "/_sandbox/?token=t"
        address = api.removeprefix("http://").removesuffix("/v3")
        headers = {"Authorization": "Basic MTAwNTAwOnRlc3Rfc2FuZGJveA=="}
        with closing(http.client.HTTPConnection(address, timeout=5)) as connection:
            connection.request("GET", "/v3/me", headers=headers)
            with connection.getresponse() as response:
                assert response.status == 200
                response.read()
            connection.request("GET", "/v3/me", headers=headers)  # hangs by rule
            process.send_signal(ending)
            rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_the_package_needs_nothing_but_python() -> None:
    files = sorted((Path(settings.BASE_DIR) / "olvery/yookassa_sandbox").glob("*.py"))
    assert len(files) > 20
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                known = name.startswith("olvery.yookassa_sandbox") or name.partition(".")[0] in sys.stdlib_module_names
                assert known, f"{file.name} imports {name}"


def test_a_body_of_the_shop_is_kept_as_it_was_sent(shop: Shop, sandbox: Sandbox) -> None:
    shop.post("/payments", order(description="Ёж ☂"))
    assert sandbox.journal()[0]["body"]["description"] == "Ёж ☂"
