"""`manage.py load_demo`: what it does besides loading data."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from coworking.models import Location
from olvery.demo.load import Loaded

pytestmark = pytest.mark.usefixtures("location")


@pytest.fixture
def memory(settings: Any, tmp_path: Path) -> list[Path]:
    """The stored data of a sandbox."""
    settings.VAR_DIR = tmp_path
    files = [tmp_path / name for name in ("sandbox.sqlite3", "sandbox.sqlite3-wal", "static.stamp")]
    for file in files:
        file.touch()
    return files


def test_the_sandbox_keeps_its_memory_while_the_demo_is_there(memory: list[Path]) -> None:
    call_command("load_demo")

    assert [file.exists() for file in memory] == [True, True, True]


def test_a_demo_loaded_anew_forgets_the_payments_of_the_old_one(memory: list[Path], monkeypatch: Any) -> None:
    monkeypatch.setattr(
        "olvery.management.commands.load_demo.load_demo", lambda **_inputs: Loaded(Location.objects.get(), 0, 0, 0)
    )

    call_command("load_demo")

    assert [file.exists() for file in memory] == [False, False, True]


def test_the_demo_is_loaded_nowhere_else(settings: Any) -> None:
    settings.DEMO = False

    for command in ("load_demo", "load_demo_payments"):
        with pytest.raises(CommandError, match="OLVERY_DEMO=1"):
            call_command(command)
