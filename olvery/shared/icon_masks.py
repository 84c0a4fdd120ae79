"""The icons of badges, of methods of payment and of the bars of the calendar; `manage.py draw_icon_masks` writes them.

Thirty rows of a list have ninety of them, a day of the calendar a thousand. Drawn by the stylesheet, each is a name
instead of an SVG element.
"""

from collections.abc import Collection, Mapping
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree
from zipfile import ZipFile

from olvery.shared.badges import BADGES, BAR_ICONS, METHOD_ICONS
from olvery.shared.icons import SVG

STYLES = Path(__file__).resolve().parents[2] / "static" / "css"
PAINT = {"fill": "none", "stroke": "#000", "stroke-linecap": "round", "stroke-linejoin": "round"}
LINE = 100
THICK, USUAL = "2.2", "1.85"  # strokes: in a badge, and beside muted text as of any icon


def stylesheets() -> dict[Path, str]:
    """Return the generated files: the one of every page, and the one of the calendar alone."""
    of_badges = {icon for kind in BADGES.values() for _tone, icon, _flags in kind.values()}
    every_page = [
        _masks(_by_name(of_badges, ".badge"), stroke=THICK),
        _masks(_by_name(METHOD_ICONS.values(), ".meta"), stroke=USUAL),
    ]
    bars = {f'.bar[data-state="{state}"]': icon for state, icon in BAR_ICONS.items()}
    return {
        STYLES / "components" / "icon-masks.css": _file(every_page),
        STYLES / "calendar-icons.css": _file([_masks(bars, stroke=THICK)]),
    }


def _file(parts: Collection[str]) -> str:
    return "/* Written by `manage.py draw_icon_masks`. */\n@layer components {\n" + "\n".join(parts) + "}\n"


def _by_name(icons: Collection[str], within: str) -> dict[str, str]:
    return {f'{within}[data-icon="{name}"]': name for name in sorted(icons)}


def _masks(icons: Mapping[str, str], *, stroke: str) -> str:
    """Return the rules for icons that are drawn before the text of an element, by its selector."""
    with files("lucide").joinpath("lucide.zip").open("rb") as file, ZipFile(file) as archive:
        drawings = {of: _drawing(archive.read(f"{name}.svg"), stroke=stroke) for of, name in icons.items()}
    return "\n".join(
        f'  {of}::before {{\n    --icon-mask: url("data:image/svg+xml,{drawing}");\n  }}\n'
        for of, drawing in drawings.items()
    )


def _drawing(source: bytes, *, stroke: str) -> str:
    ElementTree.register_namespace("", SVG)
    root = ElementTree.Element(f"{{{SVG}}}svg", {"viewBox": "0 0 24 24", **PAINT, "stroke-width": stroke})
    root.extend(list(ElementTree.fromstring(source)))  # noqa: S314 - our own wheel
    text = " ".join(ElementTree.tostring(root, encoding="unicode").split()).replace('"', "'").replace(" />", "/>")
    drawn = quote(text, safe=" '=/:;,.()-")
    # A string goes on in the next line behind a backslash.
    return "\\\n".join(drawn[start : start + LINE] for start in range(0, len(drawn), LINE))
