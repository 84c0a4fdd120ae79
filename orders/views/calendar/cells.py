"""The cells of the board as HTML. Two thousand of them in a template would take most of the time of the page."""

from html import escape
from typing import NamedTuple

from olvery.shared.icons import icon_html

CELL = '<span role="gridcell" class="s{start} w{length}">{inside}</span>'
BAR = (
    '<a class="bar" href="{href}" data-state="{state}" data-tone="{tone}"{attrs}>'
    "{icon}<b>{text}</b> <small>{more}</small></a>"
)
SLOT = '<a class="slot" href="{href}">{text} <small>{word}</small></a>'


class Cell(NamedTuple):
    """A bar, or a free cell: its first column, and the HTML."""

    start: int
    html: str


def bar(
    place: tuple[int, int], *, href: str, state: str, tone: str, icon_name: str, text: str, more: str, attrs: str
) -> Cell:
    """Return the cell of a ticket or a block. `attrs` is HTML, everything else is text."""
    inside = BAR.format(
        href=escape(href),
        state=state,
        tone=tone,
        attrs=attrs,
        icon=icon_html(icon_name),
        text=escape(text),
        more=escape(more),
    )
    return _cell(place, inside)


def slot(place: tuple[int, int], *, href: str, text: str, word: str) -> Cell:
    """Return a free cell."""
    return _cell(place, SLOT.format(href=escape(href), text=escape(text), word=escape(word)))


def _cell(place: tuple[int, int], inside: str) -> Cell:
    start, length = place
    return Cell(start, CELL.format(start=start, length=length, inside=inside))
