"""How badges, methods of payment and the bars of the calendar look; `manage.py draw_icon_masks` writes it down.

Thirty rows of a list have ninety of them, a day of the calendar a thousand. Drawn by the stylesheet, an icon is a name
instead of an SVG element; a badge says whose status it is and which, and nothing of its colour.
"""

from collections.abc import Collection, Mapping, Sequence
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
    looks = {f'[data-badge="{kind}-{status}"]': look for kind, of in BADGES.items() for status, look in of.items()}
    every_page = [
        _tones({badge: tone for badge, (tone, _icon) in looks.items()}),
        _masks({badge: icon for badge, (_tone, icon) in looks.items()}, stroke=THICK),
        _masks({f'[data-method="{method}"]': icon for method, icon in METHOD_ICONS.items()}, stroke=USUAL),
    ]
    bars = {f'.bar[data-state="{state}"]': icon for state, icon in BAR_ICONS.items()}
    return {
        STYLES / "components" / "icon-masks.css": _file(every_page),
        STYLES / "calendar-icons.css": _file([_masks(bars, stroke=THICK)]),
    }


def _file(parts: Collection[str]) -> str:
    return "/* Written by `manage.py draw_icon_masks`. */\n@layer components {\n" + "\n".join(parts) + "}\n"


def _tones(tones: Mapping[str, str]) -> str:
    """Return the rules for the colours of elements, by their selector."""
    parts = ("", "-soft", "-line")
    return "\n".join(
        f"  {_any(of)} {{\n" + "".join(f"    --tone{part}: var(--{tone}{part});\n" for part in parts) + "  }\n"
        for tone, of in _grouped(tones).items()
    )


def _masks(icons: Mapping[str, str], *, stroke: str) -> str:
    """Return the rules for icons that are drawn before the text of elements, by their selector."""
    with files("lucide").joinpath("lucide.zip").open("rb") as file, ZipFile(file) as archive:
        drawings = {name: _drawing(archive.read(f"{name}.svg"), stroke=stroke) for name in _grouped(icons)}
    return "\n".join(
        f'  {_any(of)}::before {{\n    --icon-mask: url("data:image/svg+xml,{drawings[name]}");\n  }}\n'
        for name, of in _grouped(icons).items()
    )


def _grouped(looks: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the selectors of each look."""
    grouped: dict[str, list[str]] = {}
    for selector, look in looks.items():
        grouped.setdefault(look, []).append(selector)
    return grouped


def _any(selectors: Sequence[str]) -> str:
    return selectors[0] if len(selectors) == 1 else ":is(\n" + ",\n".join(f"    {one}" for one in selectors) + "\n  )"


def _drawing(source: bytes, *, stroke: str) -> str:
    ElementTree.register_namespace("", SVG)
    root = ElementTree.Element(f"{{{SVG}}}svg", {"viewBox": "0 0 24 24", **PAINT, "stroke-width": stroke})
    root.extend(list(ElementTree.fromstring(source)))  # noqa: S314 - our own wheel
    text = " ".join(ElementTree.tostring(root, encoding="unicode").split()).replace('"', "'").replace(" />", "/>")
    drawn = quote(text, safe=" '=/:;,.()-")
    # A string goes on in the next line behind a backslash.
    return "\\\n".join(drawn[start : start + LINE] for start in range(0, len(drawn), LINE))
