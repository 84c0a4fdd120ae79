"""What the imports of people and of companies share: taking a list in, the page before an import, and the files."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import importing
from accounts.domain.importing import ListRow
from accounts.domain.tables import MOST_BYTES, MOST_ROWS
from accounts.models import UploadedList
from coworking.access import StaffRequest
from olvery.shared.forms import as_id
from olvery.shared.refusals import refusals_to
from orders.documents.tables import Column
from orders.forms_import import TableFileForm, heading_of
from orders.views.lists.exports import spreadsheet

Headings = Mapping[str, tuple[str, ...]]
# The heading of a wrong cell, what stands there, and what is wrong with it.
Complaint = tuple[str, str, str]
SHOWN = 100
LATEST = 20
LIMITS = {"most_rows": MOST_ROWS, "most_size": MOST_BYTES // 1024}


def show_upload(
    request: StaffRequest, form_of: type[TableFileForm], model: type[UploadedList], *, page: str, preview: str
) -> HttpResponse:
    """Take a list in and lead to what would become of it; else show the form above those that were imported."""
    form = form_of(request.POST or None, request.FILES or None)
    if form.is_valid():
        facts = {name: value for name, value in form.cleaned_data.items() if name != "file"}
        found = model(
            rows=form.rows,
            file_name=form.cleaned_data["file"].name[-100:],
            by=request.user,
            location=request.location,
            uploaded_at=timezone.now(),
            **facts,
        )
        with refusals_to(form.take):
            return redirect(preview, importing.upload(found).pk)
    done = model.objects.done_at(request.location.pk)[:LATEST]
    context = {"form": form, "done": done, "zone": request.location.zone, **LIMITS}
    return render(request, page, context, status=422 if request.method == "POST" else 200)


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


def sample_file(name: str, columns: Headings, examples: Sequence[Sequence[str]]) -> HttpResponse:
    """Give a file with the headings and a few made-up rows."""

    def column(place: int, name: str) -> Column:
        return heading_of(name, columns), 24, lambda row: row[place]

    return spreadsheet(name, ("", [column(place, name) for place, name in enumerate(columns)], examples))


def complaints_of(row: ListRow, columns: Headings) -> Iterator[Complaint]:
    """Yield what is wrong with the cells of a row, and at its first cell that it was overtaken."""
    for name in filter(row.errors.get, columns):
        yield heading_of(name, columns), row.values.get(name, ""), row.errors[name]
    if row.is_overtaken:
        first = next(iter(columns))
        text = _("The record was changed meanwhile and stays as it is. Upload the line once more.")
        yield heading_of(first, columns), row.values.get(first, ""), text


def errors_file(
    wrong: Iterable[ListRow], columns: Headings, complaints: Callable[[Any], Iterable[Complaint]]
) -> HttpResponse:
    """Give the rows that cannot be imported, with what is wrong."""

    def column(name: str) -> Column:
        return heading_of(name, columns), 24, lambda row: row.values.get(name, "")

    def told(row: Any) -> str:
        return "; ".join(f"{heading}: {error}" for heading, _value, error in complaints(row))

    lines: list[Column] = [(_("Line"), 8, lambda row: row.line), (_("What is wrong"), 70, told)]
    return spreadsheet("errors", ("", [*map(column, columns), *lines], wrong))
