"""Importing a list, of people or of companies: taking it in, the page before the import, and the files."""

from abc import ABC
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain import importing
from accounts.domain.tables import MOST_BYTES, MOST_ROWS
from accounts.models import UploadedList
from coworking.access import StaffRequest
from olvery.shared.errors import asks_again
from olvery.shared.forms import as_id
from olvery.shared.refusals import refusals_to
from orders.documents.tables import Column
from orders.forms_import import TableFileForm, heading_of
from orders.views.lists.exports import spreadsheet
from orders.views.told import told

# The heading of a wrong cell, what stands there, and what is wrong with it.
Complaint = tuple[str, str, str]
SHOWN = 100
LATEST = 20
LIMITS = {"most_rows": MOST_ROWS, "most_size": MOST_BYTES // 1024}

View = Callable[..., HttpResponse]


class ListImport(ABC):
    """A kind of list: its file, what is known of its rows, what imports them, and the pages that show it."""

    address: str  # where a list is taken in; that of one list ends with «-preview»
    page: str
    preview: str
    form: type[TableFileForm]
    model: type[UploadedList]
    columns: Mapping[str, tuple[str, ...]]
    sample: str  # the name of the file with these rows
    examples: Sequence[Sequence[str]]
    look: "ClassVar[staticmethod[..., Sequence[Any]]]"
    carry_out: "ClassVar[staticmethod[..., UploadedList]]"

    def heading(self, name: str) -> str:
        """Return what a column is called."""
        return heading_of(name, self.columns)

    def complaints(self, row: Any) -> Iterator[Complaint]:
        """Yield what is wrong with the cells of a row, and at its first cell that it was overtaken."""
        for name in filter(row.errors.get, self.columns):
            yield self.heading(name), row.values.get(name, ""), row.errors[name]
        if row.is_overtaken:
            first = next(iter(self.columns))
            text = _("The record was changed meanwhile and stays as it is. Upload the line once more.")
            yield self.heading(first), row.values.get(first, ""), text

    def context(self, request: StaffRequest, found: UploadedList) -> dict[str, Any]:
        """Return what the page before an import shows: what would become of each row, and what was ticked."""
        rows = self.look(found.rows)
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
            "wrong": [(row, list(self.complaints(row))) for row in rows if not row.is_valid],
            "upload_url": reverse(self.address),
        }

    def take_in(self, request: StaffRequest) -> HttpResponse:
        """Take a list in and lead to what would become of it; else show the form above those that were imported."""
        form = self.form(request.POST or None, request.FILES or None)
        if form.is_valid():
            with refusals_to(form.take):
                return redirect(f"{self.address}-preview", importing.upload(self._uploaded(request, form)).pk)
        done = self.model.objects.done_at(request.location.pk)[:LATEST]
        context = {"form": form, "done": done, "zone": request.location.zone, **LIMITS}
        return render(request, self.page, context, status=422 if request.method == "POST" else 200)

    def _uploaded(self, request: StaffRequest, form: TableFileForm) -> UploadedList:
        facts = {name: value for name, value in form.cleaned_data.items() if name != "file"}
        return self.model(
            rows=form.rows,
            file_name=form.cleaned_data["file"].name[-100:],
            by=request.user,
            location=request.location,
            uploaded_at=timezone.now(),
            **facts,
        )

    def give_sample(self) -> HttpResponse:
        """Give a file with the headings and a few made-up rows."""

        def column(place: int, name: str) -> Column:
            return self.heading(name), 24, lambda row: row[place]

        columns = [column(place, name) for place, name in enumerate(self.columns)]
        return spreadsheet(self.sample, ("", columns, self.examples))

    def give_errors(self, found: UploadedList) -> HttpResponse:
        """Give the rows that cannot be imported, with what is wrong, to be mended and uploaded again."""

        def column(name: str) -> Column:
            return self.heading(name), 24, lambda row: row.values.get(name, "")

        def wrong(row: Any) -> str:
            return "; ".join(f"{heading}: {error}" for heading, _value, error in self.complaints(row))

        lines: list[Column] = [(_("Line"), 8, lambda row: row.line), (_("What is wrong"), 70, wrong)]
        rows = (row for row in self.look(found.rows) if not row.is_valid)
        return spreadsheet("errors", ("", [*map(column, self.columns), *lines], rows))

    def own(self, request: StaffRequest, pk: int) -> UploadedList:
        """Return a list that the employee has taken in here."""
        return get_object_or_404(self.model.objects.of(request.user, request.location.pk), pk=pk)


def views_of(kind: ListImport, role: Callable[[View], View]) -> tuple[View, View, View, View]:
    """Return the views of a kind of list: taking one in, a sample, the page before its import, and its wrong rows."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @role
    def taken_in(request: StaffRequest) -> HttpResponse:
        return kind.take_in(request)

    @require_safe
    @role
    def sample(_request: StaffRequest) -> HttpResponse:
        return kind.give_sample()

    @require_http_methods(["GET", "HEAD", "POST"])
    @role
    def looked_through(request: StaffRequest, pk: int) -> HttpResponse:
        found = kind.own(request, pk)
        if request.method == "POST" and not asks_again(request):
            with told(request):
                kind.carry_out(found.pk, chosen=_ticked(request), by=request.user, at=timezone.now())
            return redirect(f"{kind.address}-preview", pk)
        return render(request, kind.preview, kind.context(request, found))

    @require_safe
    @role
    def errors(request: StaffRequest, pk: int) -> HttpResponse:
        return kind.give_errors(kind.own(request, pk))

    return taken_in, sample, looked_through, errors


def _ticked(request: HttpRequest) -> dict[int, str]:
    """Return the lines that were ticked, each with the state in which it was shown."""
    values = (value.partition(":") for value in request.POST.getlist("change"))
    return {line: state for number, _colon, state in values if (line := as_id(number))}
