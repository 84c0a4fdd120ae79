"""What is wrong with the HTML of an answer."""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

from justhtml import JustHTML

# The dialog of every page gets its heading when it is opened.
LATER = {"dialog-title"}
POINTING = re.compile(r'\s(?:for|aria-describedby|aria-labelledby|popovertarget|list)="([^"]*)"')


def html_problems(response: Any) -> list[str]:
    """Return parse errors, ids that occur twice and names of ids that are not there; of other answers nothing."""
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return []
    html = response.content.decode()
    is_page = html.lstrip().startswith("<!DOCTYPE")
    lines = html.splitlines() or [""]
    errors = JustHTML(html, collect_errors=True, sanitize=False, fragment=not is_page).errors
    problems = [f"{error.code}: {lines[min(error.line, len(lines)) - 1].strip()[:120]}" for error in errors]
    ids = Counter(re.findall(r'\sid="([^"]*)"', html))
    problems += [f"id twice: {name}" for name, count in ids.items() if count > 1]
    if is_page:
        wanted = {name for names in POINTING.findall(html) for name in names.split()}
        problems += [f"no such id: {name}" for name in sorted(wanted - set(ids) - LATER)]
    return problems


class _Words(HTMLParser):
    """Collects what a reader or a screen reader gets."""

    SPOKEN = ("aria-label", "title", "placeholder", "alt")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self._silent = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        self.words += [value for name, value in attrs if name in self.SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


def text_of(html: str) -> str:
    """Return the text of a page with its spoken attributes."""
    return " ".join(_Words(html).words)
