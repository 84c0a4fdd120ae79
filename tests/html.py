"""What is wrong with the HTML of an answer."""

import re
from collections import Counter
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
