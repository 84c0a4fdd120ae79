"""The guides as pages, and the «?» that leads from a screen to its section."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from markdown_it.token import Token

MANAGER, CUSTOMER = "manager", "customer"
FILES = {MANAGER: "guide.ru.md", CUSTOMER: "guide-customer.ru.md"}
# `make pictures` takes them; README shows some, too.
PICTURES = settings.BASE_DIR / "static" / "img" / "guide"
# The line below a heading names the screens that the section is about, by URL name.
SECTION = re.compile(r"^## (?P<heading>.+)\n<!-- (?P<screens>.+) -->$", re.MULTILINE)


@login_not_required
@require_safe
def guide(request: HttpRequest, name: str) -> HttpResponse:
    """Show a guide; it has no secrets, and people who cannot sign in may need it most."""
    if name not in FILES:
        raise Http404
    title, headings, text = rendered(name)
    context = {"title": title, "headings": headings, "text": text, "is_for_managers": name == MANAGER}
    return render(request, "guide.html", context)


def source_of(name: str) -> str:
    return (settings.BASE_DIR / "docs" / FILES[name]).read_text()


@cache
def sections() -> dict[str, tuple[str, str]]:
    """Return the guide and the heading about each screen."""
    return {
        screen: (guide, found["heading"])
        for guide in FILES
        for found in SECTION.finditer(source_of(guide))
        for screen in found["screens"].split()
    }


@cache
def rendered(name: str) -> tuple[str, tuple[tuple[str, str], ...], SafeString]:
    """Return the title of a guide, the anchors and texts of its sections, and its HTML without the title."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 62 modules for a page that few processes ever show

    markdown = MarkdownIt("commonmark").enable("table")
    tokens = [token for token in markdown.parse(source_of(name)) if token.type != "html_block"]
    title, headings = tokens[1].content, []
    for opened, inside in pairwise(tokens):
        if opened.type == "heading_open" and opened.tag == "h2":
            opened.attrSet("id", anchor_of(inside.content))
            headings.append((anchor_of(inside.content), inside.content))
        if opened.type == "th_open":
            opened.attrSet("scope", "col")
        for part in inside.children or ():
            if part.type == "image":
                _show_picture(part)
    text = mark_safe(markdown.renderer.render(tokens[3:], markdown.options, {}))  # noqa: S308 - our own file
    return title, tuple(headings), text


def _show_picture(image: "Token") -> None:
    """Render an image, named as a file of the repository, with its static URL and lazy loading."""
    name = Path(str(image.attrGet("src"))).name
    image.attrSet("src", static(f"img/guide/{name}"))
    for attribute, value in (("width", "1280"), ("height", "800"), ("loading", "lazy")):
        image.attrSet(attribute, value)


def anchor_of(heading: str) -> str:
    """Return the anchor of a section."""
    return slugify(heading, allow_unicode=True)


def help_address(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the URL of the guides' section about this screen."""
    match = getattr(request, "resolver_match", None)
    if match is None or request.headers.get("HX-Request"):
        return {}
    guide, heading = sections().get(match.view_name, (CUSTOMER, ""))
    if not heading and request.path.startswith("/manage/"):
        guide = MANAGER
    return {"help": reverse("guide", args=[guide]) + (f"#{anchor_of(heading)}" if heading else "")}
