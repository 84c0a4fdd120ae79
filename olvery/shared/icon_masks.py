"""The icons of badges and of methods of payment, for `icon-masks.css`; `manage.py draw_icon_masks` writes it.

Thirty rows of a list have ninety of them. Drawn by the stylesheet, each is a name instead of an SVG element.
"""

from collections.abc import Collection
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree
from zipfile import ZipFile

from olvery.shared.badges import BADGES, METHOD_ICONS
from olvery.shared.icons import SVG

FILE = Path(__file__).resolve().parents[2] / "static" / "css" / "components" / "icon-masks.css"
PAINT = {"fill": "none", "stroke": "#000", "stroke-linecap": "round", "stroke-linejoin": "round"}
LINE = 100
THICK, USUAL = "2.2", "1.85"  # strokes: in a badge, and beside muted text as of any icon


def masks(icons: Collection[str], *, within: str, stroke: str) -> str:
    """Return the rules for icons that are drawn before the text of an element with `data-icon`."""
    with files("lucide").joinpath("lucide.zip").open("rb") as file, ZipFile(file) as archive:
        drawings = {name: _drawing(archive.read(f"{name}.svg"), stroke=stroke) for name in sorted(icons)}
    return "\n".join(
        f'  {within}[data-icon="{name}"]::before {{\n    --icon-mask: url("data:image/svg+xml,{drawing}");\n  }}\n'
        for name, drawing in drawings.items()
    )


def stylesheet() -> str:
    """Return the whole file."""
    of_badges = {icon for kind in BADGES.values() for _tone, icon, _flags in kind.values()}
    return (
        "/* Written by `manage.py draw_icon_masks`. */\n@layer components {\n"
        + masks(of_badges, within=".badge", stroke=THICK)
        + "\n"
        + masks(METHOD_ICONS.values(), within=".meta", stroke=USUAL)
        + "}\n"
    )


def _drawing(source: bytes, *, stroke: str) -> str:
    ElementTree.register_namespace("", SVG)
    root = ElementTree.Element(f"{{{SVG}}}svg", {"viewBox": "0 0 24 24", **PAINT, "stroke-width": stroke})
    root.extend(list(ElementTree.fromstring(source)))  # noqa: S314 - our own wheel
    text = " ".join(ElementTree.tostring(root, encoding="unicode").split()).replace('"', "'").replace(" />", "/>")
    drawn = quote(text, safe=" '=/:;,.()-")
    # A string goes on in the next line behind a backslash.
    return "\\\n".join(drawn[start : start + LINE] for start in range(0, len(drawn), LINE))
