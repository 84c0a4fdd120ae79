"""Dashes of Russian texts: an em dash between words, an en dash in ranges."""

import re
from pathlib import Path

import pytest
from django.conf import settings

BETWEEN_WORDS = re.compile(r"[^\W\d_][»)\]]? – |–\s*$|^\s*– ", re.MULTILINE)
PLACEHOLDER = re.compile(r"%\(\w+\)s|{{.*?}}|{%.*?%}")
TEXTS = [
    settings.BASE_DIR / "olvery" / "locale" / "ru" / "LC_MESSAGES" / "django.po",
    *sorted((settings.BASE_DIR / "docs").glob("*.ru.md")),
    *sorted((settings.BASE_DIR / "templates" / "mail").glob("*.txt")),
]


def wrong_in(text: str) -> list[str]:
    """Return the lines with an en dash between words; a placeholder may be an end of a range."""
    return [line for line in text.splitlines() if BETWEEN_WORDS.search(PLACEHOLDER.sub("0", line))]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_words_are_parted_by_an_em_dash(path: Path) -> None:
    assert wrong_in(path.read_text()) == []


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("«Компании» – те, для кого заказывают", True),
        ("– строка списка", True),
        ("сегодня — сразу", False),
        ("14:00–18:00, А1–А24", False),
        ("%(first)s – %(last)s", False),
        ("24.11.2026 – 30.11.2026", False),
    ],
)
def test_the_rule_tells_them_apart(text: str, is_wrong: bool) -> None:
    assert bool(wrong_in(text)) is is_wrong
