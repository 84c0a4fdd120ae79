"""`make demo` tells in one sentence what keeps it from starting."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from olvery import embedded
from olvery.management.commands.demo import WATCHED, build_static, refuse_busy_port, wait_until_ready, watched


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_busy_port_is_named_with_a_way_out(busy_port: int) -> None:
    with pytest.raises(CommandError, match=rf"Port {busy_port} .*PORT=8123 make demo"):
        call_command("demo", port=busy_port)


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(CommandError, match="no port number"):
        refuse_busy_port(port)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """End a demo that would start."""
    monkeypatch.setattr("olvery.management.commands.demo.signal.signal", pytest.fail)


def test_a_database_that_does_not_answer_is_one_sentence_and_a_failure(free_port: int) -> None:
    answer = subprocess.run(
        [sys.executable, "manage.py", "demo", "--port", str(free_port)],
        cwd=settings.BASE_DIR,
        # Port 1 of loopback: nobody listens there.
        env={"OLVERY_DEMO": "1", "DATABASE_URL": "postgresql://olvery@127.0.0.1:1/olvery"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode != 0
    assert re.search(r"CommandError: The database in DATABASE_URL cannot be reached: .+", answer.stderr)
    assert "Traceback" not in answer.stderr


@pytest.mark.usefixtures("nothing_starts")
def test_the_demo_does_not_start_outside_of_the_demo(free_port: int, settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="OLVERY_DEMO=1"):
        call_command("demo", port=free_port)


@pytest.mark.usefixtures("nothing_starts")
def test_the_demo_does_not_start_where_other_machines_reach_it(free_port: int, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.BIND_HOST = ["localhost"], "0.0.0.0"
    with pytest.raises(CommandError, match=r"^olvery.E015: The demo would answer other machines: “0.0.0.0”\."):
        call_command("demo", port=free_port)


def test_killed_processes_do_not_keep_the_server_running(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "PGDATA", tmp_path)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    users = tmp_path / ".handle_pids.json"
    users.write_text(f"[{dead.pid}]")
    embedded._forget_dead_users()
    assert users.read_text() == "[]"


def test_static_files_are_built_once(tmp_path, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STATIC_ROOT, settings.VAR_DIR = tmp_path / "built", tmp_path
    built: list[str] = []

    def collect(name: str, **_options: object) -> None:
        built.append(name)
        settings.STATIC_ROOT.mkdir()

    monkeypatch.setattr("olvery.management.commands.demo.call_command", collect)
    build_static()
    build_static()
    assert built == ["collectstatic"]


def test_a_server_that_ends_before_it_answers_is_told_at_once() -> None:
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"]) as server:
        server.wait()
        with pytest.raises(CommandError, match="ended with code 3"):
            wait_until_ready("http://127.0.0.1:1", server)


def test_watching_starts_the_same_command_again_for_what_a_process_keeps_in_memory() -> None:
    command = watched([sys.executable, "manage.py", "work"])
    assert command[:3] == [sys.executable, "-m", "watchfiles"]
    assert f"{sys.executable} manage.py work" in command
    assert command[-len(WATCHED) :] == list(WATCHED)
    assert all((settings.BASE_DIR / folder).is_dir() for folder in WATCHED)
