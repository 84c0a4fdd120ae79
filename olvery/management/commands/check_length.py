"""Refuse functions, and lines of templates and stylesheets, that are too long to read at a glance."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

FOLDERS = ("olvery", "accounts", "coworking", "orders", "bench")
MOST_LINES = 40
MOST_COLUMNS = 160


class Command(BaseCommand):
    """Measures functions outside of migrations and tests, including signature and docstring; pages; stylesheets.

    Letters are exempt: a line is as long as the paragraph that it becomes.
    """

    help = (
        f"Exit with 1 on a function of more than {MOST_LINES} lines, or {MOST_COLUMNS} columns of a page or stylesheet."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        found = [line for path in _files(root) for line in long_functions(path.read_text(), path.relative_to(root))]
        for path in sorted([*(root / "templates").rglob("*.html"), *(root / "static" / "css").rglob("*.css")]):
            found += long_lines(path.read_text(), path.relative_to(root))
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write(
            f"No function has more than {MOST_LINES} lines, no page or stylesheet more than {MOST_COLUMNS} columns."
        )


def _files(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (path for path in sorted((root / folder).rglob("*.py")) if "migrations" not in path.parts)


def long_functions(source: str, path: Path) -> list[str]:
    """Return a line for each function of the source that is too long."""
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    lengths = ((node, (node.end_lineno or node.lineno) - node.lineno + 1) for node in functions)
    return [f"{path}:{node.lineno} {node.name}: {lines} lines" for node, lines in lengths if lines > MOST_LINES]


def long_lines(source: str, path: Path) -> list[str]:
    """Return a line for each line of the source that is too wide."""
    widths = enumerate(map(len, source.splitlines()), start=1)
    return [f"{path}:{number}: {columns} columns" for number, columns in widths if columns > MOST_COLUMNS]
