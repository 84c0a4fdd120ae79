"""Checks whether a response is HTML that browsers parse as intended."""

import re
from collections import Counter
from collections.abc import Collection
from typing import Any

from tinyhtml5 import inputstream
from tinyhtml5.parser import HTMLParser

from tests.views.pages import Page, read

REFERENCES = ("for", "popovertarget", "list", "form")


class _Patterns(dict[tuple[Any, bool], Any]):
    """Caches the parser's patterns, which it stores under a name that it does not look up."""

    def __missing__(self, key: tuple[Any, bool]) -> re.Pattern[str]:
        characters, is_opposite = key
        listed = "".join(map(re.escape, characters))
        self[key] = re.compile(f"[{'' if is_opposite else '^'}{listed}]+")
        return self[key]


inputstream.characters_until_regex = _Patterns()


def faults(answer: Any) -> list[str]:
    """Return errors of a strict parser, and duplicate or missing ids."""
    parser, page = HTMLParser(), read(answer)
    is_whole = page.html.lstrip().lower().startswith("<!doctype")
    (parser.parse if is_whole else parser.parse_fragment)(page.html)
    found = [f"{name} at {place}: {facts}" for place, name, facts in parser.errors]
    ids = Counter(attrs["id"] for _tag, attrs in page.tags if "id" in attrs)
    found += [f"id {name} {count} times" for name, count in ids.items() if count > 1]
    return found + (_lost(page, known=ids.keys()) if is_whole else [])


def _lost(page: Page, *, known: Collection[str]) -> list[str]:
    wanted = {(name, one) for _tag, attrs in page.tags for name in REFERENCES for one in attrs.get(name, "").split()}
    return [f"{name}={one} leads nowhere" for name, one in sorted(wanted) if one not in known]


def is_html(answer: Any) -> bool:
    """Return whether the response is HTML."""
    return answer.headers.get("Content-Type", "").startswith("text/html") and bool(answer.content)
