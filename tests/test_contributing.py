"""Names in CONTRIBUTING.md exist, and the pre-commit hooks run what `make check` runs."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
APPS = ("olvery", "accounts", "coworking", "orders", "bench")


def quoted(pattern: str) -> list[str]:
    """Return matching texts between backticks."""
    return sorted(set(re.findall(f"`({pattern})`", TEXT)))


def target_of(dotted: str) -> Any:
    """Return what a dotted name means. Raises ImportError or AttributeError."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            found = getattr(found, name)
        return found
    raise ImportError(dotted)


def test_every_dotted_name_exists() -> None:
    names = quoted(rf"(?:{'|'.join(APPS)})(?:\.\w+)+")
    assert len(names) > 25
    for name in names:
        target_of(name)


@pytest.mark.parametrize("wrong", ["orders.tasks.no_such_job", "orders.no_such_room.thing", "orders.forms.OrderForm.x"])
def test_a_name_that_is_gone_is_noticed(wrong: str) -> None:
    with pytest.raises((ImportError, AttributeError)):
        target_of(wrong)


def test_every_path_exists() -> None:
    paths = quoted(r"[\w.-]*(?:/[\w.-]*)+|[\w-]+\.md")
    assert len(paths) > 25
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_make_target_exists() -> None:
    named = set(re.findall(r"(?:`|^)make (\w+)", TEXT, flags=re.MULTILINE))
    assert named >= {"demo", "watch", "fmt", "check", "messages", "test"}
    assert [name for name in named if not re.search(rf"^{name}:", MAKEFILE, flags=re.MULTILINE)] == []


def test_the_hooks_run_what_is_checked() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"]
    checked = MAKEFILE.replace("$(BIN)", ".venv/bin").partition("\ncheck:")[2].partition("\n\n")[0]
    entries = [hook["entry"] for hook in hooks[0]["hooks"]]
    assert entries.pop() == "make check"
    for entry in entries:
        assert entry.replace(" --fix", "").removeprefix("env OLVERY_DEMO=1 ") in checked
