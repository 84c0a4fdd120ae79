"""The rows of the board as HTML. Two thousand cells in a template would take most of the page's time.

Cells are short, since the page has a thousand of them, and what differs from one to the next is at the end, together:
it makes up most of a bar after compression.
"""

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

ROW = '<div role="row" class="board-row"{seat}><span role="rowheader">{head}</span>{cells}</div>'
CELL = '<span role="gridcell" class="s{start} w{length}">{inside}</span>'
BAR = '<a class="bar" data-state="{state}"{attrs} href="{href}"><b>{text}</b> <small>{more}</small></a>'
SLOT = '<a class="slot" href="{href}">{text} <small>{word}</small></a>'


class Cell(NamedTuple):
    """A bar, or a free cell: its first column, and its HTML."""

    start: int
    html: str


def row(own: Iterable[Cell], *, head: str, seat: int | None) -> str:
    """Return the row of a seat or a lane with its cells in order. `head` is HTML."""
    cells = "".join(cell.html for cell in sorted(own, key=lambda cell: cell.start))
    return ROW.format(seat=f' data-seat="{seat}"' if seat else "", head=head, cells=cells)


def bar(place: tuple[int, int], *, href: str, state: str, text: str, more: str, attrs: str) -> Cell:
    """Return the cell of a ticket or a block. `attrs` is HTML, everything else is text."""
    inside = BAR.format(state=state, attrs=attrs, href=escape(href), text=escape(text), more=escape(more))
    return _cell(place, inside)


def slot(place: tuple[int, int], *, href: str, text: str, word: str) -> Cell:
    return _cell(place, SLOT.format(href=escape(href), text=text, word=escape(word)))


def _cell(place: tuple[int, int], inside: str) -> Cell:
    start, length = place
    return Cell(start, CELL.format(start=start, length=length, inside=inside))
