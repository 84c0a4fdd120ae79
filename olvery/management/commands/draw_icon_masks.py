"""How badges, methods of payment and the bars of the calendar look, written into stylesheets.

Run it after a new status or a new version of the icons. Thirty rows of a list have ninety of them, a day of the
calendar a thousand. Drawn by the stylesheet, an icon is a name instead of an SVG element; a badge says whose status it
is and which, and nothing of its colour.
"""

from collections.abc import Collection, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree
from zipfile import ZipFile

from django.conf import settings
from django.core.management.base import BaseCommand

from olvery.shared.badges import BADGES, BAR_ICONS, METHOD_ICONS
from olvery.shared.icons import SVG

STYLES = settings.BASE_DIR / "static" / "css"
PAINT = {"fill": "none", "stroke": "#000", "stroke-linecap": "round", "stroke-linejoin": "round"}
LINE = 100
THICK, USUAL = "2.2", "1.85"  # strokes: in a badge, and beside muted text as of any icon


class Command(BaseCommand):
    """Writes `icon-masks.css` and `calendar-icons.css`."""

    help = "Write the icons that the stylesheets draw."

    def handle(self, *args: Any, **options: Any) -> None:
        for path, text in stylesheets().items():
            path.write_text(text)


def stylesheets() -> dict[Path, str]:
    """Return the generated files: the one of every page, and the one of the calendar alone."""
    badges = {f"[data-badge={kind}-{status}]": look for kind, of in BADGES.items() for status, look in of.items()}
    methods = {f"[data-method={method}]": ("", icon) for method, icon in METHOD_ICONS.items()}
    bars = {f".bar[data-state={state}]": ("", icon) for state, icon in BAR_ICONS.items()}
    return {
        STYLES / "components" / "icon-masks.css": _file([_rules(badges, stroke=THICK), _rules(methods, stroke=USUAL)]),
        STYLES / "calendar-icons.css": _file([_rules(bars, stroke=THICK)]),
    }


def _file(parts: Collection[str]) -> str:
    return "/* Written by `manage.py draw_icon_masks`. */\n@layer components {\n" + "\n".join(parts) + "}\n"


def _rules(looks: Mapping[str, tuple[str, str]], *, stroke: str) -> str:
    """Return the rules for elements by their selector: tone, if they have one, and the icon before their text."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for selector, look in looks.items():
        grouped.setdefault(look, []).append(selector)
    with files("lucide").joinpath("lucide.zip").open("rb") as file, ZipFile(file) as archive:
        drawings = {icon: _drawing(archive.read(f"{icon}.svg"), stroke=stroke) for _tone, icon in grouped}
    return "\n".join(_rule(of, tone, drawings[icon]) for (tone, icon), of in grouped.items())


def _rule(selectors: Sequence[str], tone: str, drawing: str) -> str:
    colours = "".join(f"    --tone{part}: var(--{tone}{part});\n" for part in ("", "-soft", "-line") if tone)
    named = ",\n  ".join(selectors)
    return f'  {named} {{\n{colours}    --icon-mask: url("data:image/svg+xml,{drawing}");\n  }}\n'


def _drawing(source: bytes, *, stroke: str) -> str:
    ElementTree.register_namespace("", SVG)
    root = ElementTree.Element(f"{{{SVG}}}svg", {"viewBox": "0 0 24 24", **PAINT, "stroke-width": stroke})
    root.extend(list(ElementTree.fromstring(source)))  # noqa: S314 - our own wheel
    text = " ".join(ElementTree.tostring(root, encoding="unicode").split()).replace('"', "'").replace(" />", "/>")
    drawn = quote(text, safe=" '=/:;,.()-")
    # A string goes on in the next line behind a backslash.
    return "\\\n".join(drawn[start : start + LINE] for start in range(0, len(drawn), LINE))
