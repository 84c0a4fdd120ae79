"""What the imports of people and of companies share: the page before one, and the files."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.domain.importing import ListRow
from accounts.domain.tables import MOST_BYTES, MOST_ROWS
from accounts.models import UploadedList
from coworking.access import StaffRequest
from olvery.shared.forms import as_id
from orders.documents.tables import Column
from orders.forms_import import heading_of
from orders.views.lists.exports import spreadsheet

Headings = Mapping[str, tuple[str, ...]]
# The heading of a wrong cell, what stands there, and what is wrong with it.
Complaint = tuple[str, str, str]
SHOWN = 100
LATEST = 20
LIMITS = {"most_rows": MOST_ROWS, "most_size": MOST_BYTES // 1024}


def ticked(request: HttpRequest) -> dict[int, str]:
    """Return the lines that were ticked, each with the state in which it was shown."""
    values = (value.partition(":") for value in request.POST.getlist("change"))
    return {line: state for number, _colon, state in values if (line := as_id(number))}


def preview_context(
    request: StaffRequest,
    found: UploadedList,
    rows: Sequence[ListRow],
    complaints: Callable[[Any], Iterable[Complaint]],
) -> dict[str, Any]:
    """Return what the page before an import shows: what would become of each row, and what was ticked."""
    known = [row for row in rows if row.known and row.is_valid]
    return {
        "found": found,
        "zone": request.location.zone,
        "ticked": request.POST.getlist("change"),
        "shown": SHOWN,
        "rows": rows,
        "may_import": any(row.is_new or row.may_change for row in rows),
        "new": [row for row in rows if row.is_new],
        "differing": [row for row in known if row.differs],
        "same": [row for row in known if not row.differs],
        "wrong": [(row, list(complaints(row))) for row in rows if not row.is_valid],
    }


def sample_file(
    name: str, columns: Sequence[str], headings: Headings, examples: Sequence[Sequence[str]]
) -> HttpResponse:
    """Give a file with the headings and a few made-up rows."""

    def column(place: int) -> Column:
        return heading_of(columns[place], headings), 24, lambda row: row[place]

    return spreadsheet(name, ("", [column(place) for place in range(len(columns))], examples))


def complaints_of(row: ListRow, columns: Sequence[str], headings: Headings) -> Iterator[Complaint]:
    """Yield what is wrong with the cells of a row, and at its first cell that it was overtaken."""
    for name in filter(row.errors.get, columns):
        yield heading_of(name, headings), row.values.get(name, ""), row.errors[name]
    if row.is_overtaken:
        text = _("The record was changed meanwhile and stays as it is. Upload the line once more.")
        yield heading_of(columns[0], headings), row.values.get(columns[0], ""), text


def errors_file(
    wrong: Iterable[ListRow],
    columns: Sequence[str],
    headings: Headings,
    complaints: Callable[[Any], Iterable[Complaint]],
) -> HttpResponse:
    """Give the rows that cannot be imported, with what is wrong."""

    def column(name: str) -> Column:
        return heading_of(name, headings), 24, lambda row: row.values.get(name, "")

    def told(row: Any) -> str:
        return "; ".join(f"{heading}: {error}" for heading, _value, error in complaints(row))

    lines: list[Column] = [(_("Line"), 8, lambda row: row.line), (_("What is wrong"), 70, told)]
    return spreadsheet("errors", ("", [*map(column, columns), *lines], wrong))
