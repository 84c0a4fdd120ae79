"""README, docs/architecture.md and the index of decisions list what exists; rows of the second stay short."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAP = (ROOT / "README.md").read_text().partition("\n## Map of the code\n")[2].partition("\n## Commands\n")[0]
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
WHERE = ARCHITECTURE.partition("\n## Where things go\n")[2]
# Roots of paths, as the page says; files of a named folder follow it by their names only.
BELOW = ("", "orders/domain", "templates/orders")
MOST_COLUMNS = 170


def quoted(text: str) -> Iterator[str]:
    return iter(re.findall(r"`([^`\n]+)`", text))


def is_path(text: str) -> bool:
    return bool(re.fullmatch(r"[\w.*-]+(/[\w.*-]+)*/?", text)) and ("/" in text or text.endswith((".py", ".html")))


def files_of(line: str) -> Iterator[tuple[str, list[Path]]]:
    """Yield each path that a line names, with the files it means."""
    folders = list(BELOW)
    for path in filter(is_path, quoted(line)):
        found = [file for folder in folders for file in (ROOT / folder).glob(path)]
        folders += [str(file if file.is_dir() else file.parent) for file in found]
        yield path, found


def missing_paths(text: str) -> list[str]:
    return [path for line in text.splitlines() for path, found in files_of(line) if not found]


def missing_names(text: str) -> list[str]:
    """Return the names that occur in no file of their line."""
    missing = []
    for line in text.splitlines():
        files = [file for _, found in files_of(line) for file in found if file.is_file()]
        words = {word for file in files for word in re.findall(r"\w+", file.read_text())}
        names = [name for name in quoted(line) if re.fullmatch(r"@?\w+", name)]
        missing += [name for name in names if files and name.lstrip("@") not in words]
    return missing


def test_every_path_exists() -> None:
    assert missing_paths(MAP) == []
    assert missing_paths(ARCHITECTURE) == []


def test_every_name_stands_in_a_file_that_is_named_beside_it() -> None:
    assert missing_names(WHERE) == []


def test_what_is_gone_is_noticed() -> None:
    row = "| a thing | `no_such_name` in `booking/offer.py` | `orders/no_such_file.py` |"
    assert missing_paths(row) == ["orders/no_such_file.py"]
    assert missing_names(row) == ["no_such_name"]


def test_a_row_is_read_at_a_glance() -> None:
    rows = [line for line in WHERE.splitlines() if line.startswith("|")]
    assert len(rows) > 60
    assert [row for row in rows if len(row) > MOST_COLUMNS] == []


def test_every_reason_is_there() -> None:
    links = dict(re.findall(r"^\[(\d{3})\]: (\S+)$", ARCHITECTURE, flags=re.MULTILINE))
    assert set(re.findall(r"\[(\d{3})\](?!:|\()", ARCHITECTURE)) == set(links)
    assert [link for link in links.values() if not (ROOT / "docs" / link).exists()] == []


def test_every_decision_has_one_line_in_the_index() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"^- \[(\d{3})\]\((\S+)\) \S", (folder / "README.md").read_text(), flags=re.MULTILINE)
    assert sorted(listed) == sorted((page.name[:3], page.name) for page in folder.glob("[0-9]*.md"))
