"""«Импорт людей»: a list from a spreadsheet, looked at before anything is done, for the location administrator."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain import access_log, importing
from accounts.domain.importing import ImportRow
from accounts.domain.tables import MOST_BYTES, MOST_ROWS
from accounts.models import PeopleImport, Role, Screen
from coworking.access import StaffRequest, staff_only
from olvery.shared.forms import as_id
from olvery.shared.refusals import Refusal
from orders.documents.tables import Column
from orders.forms_import import FULL_NAME, HEADINGS, PeopleFileForm
from orders.views.lists.exports import spreadsheet
from orders.wording_refusals import refusal_text

SHOWN = 100
LATEST = 20
COLUMNS = [name for name in HEADINGS if name != FULL_NAME]
EXAMPLES = (
    ("Смирнова", "Анна", "Игоревна", "+7 916 000-00-01", "anna@example.com", "ООО «Ромашка»"),
    ("Ким", "Олег", "", "8 916 000 00 02", "", ""),
)
administrators = staff_only(Role.LOCATION_ADMINISTRATOR)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators
def upload(request: StaffRequest) -> HttpResponse:
    """Take a list in, and show those that were imported."""
    form = PeopleFileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            found = importing.upload(
                form.rows,
                basis=form.cleaned_data["basis"],
                file_name=form.cleaned_data["file"].name[-100:],
                by=request.user,
                location_id=request.location.pk,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(refusal.field, refusal_text(refusal))
        else:
            return redirect("orders:people-import-preview", found.pk)
    done = PeopleImport.objects.done_at(request.location.pk)[:LATEST]
    limits = {"most_rows": MOST_ROWS, "most_size": MOST_BYTES // 1024}
    context = {"form": form, "done": done, "zone": request.location.zone, **limits}
    return render(request, "orders/lists/people_import.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@administrators
def sample(request: StaffRequest) -> HttpResponse:
    """Give a file with the headings and two made-up people."""
    return spreadsheet("people", ("", [_column(place, name) for place, name in enumerate(COLUMNS)], EXAMPLES))


def _column(place: int, name: str) -> Column:
    return HEADINGS[name][0].capitalize(), 24, lambda row: row[place]


@require_http_methods(["GET", "HEAD", "POST"])
@administrators
def preview(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what would become of each row; import them all, or show how many were."""
    found = get_object_or_404(PeopleImport.objects.of(request.user, request.location.pk), pk=pk)
    if request.method == "POST":
        chosen = {line for line in map(as_id, request.POST.getlist("change")) if line}
        try:
            importing.carry_out(found.pk, chosen=chosen, by=request.user, at=timezone.now())
        except Refusal as refusal:
            messages.error(request, refusal_text(refusal))
        return redirect("orders:people-import-preview", pk)
    return render(request, "orders/lists/people_import_preview.html", _context(request, found))


def _context(request: StaffRequest, found: PeopleImport) -> dict[str, Any]:
    rows = importing.look(found.rows)
    known = [row for row in rows if row.known and row.is_valid]
    # Whose stored data the page shows, whether they are changed or not.
    seen = [row.known.pk for row in known if row.known]
    where: dict[str, Any] = {"by": request.user, "location_id": request.location.pk, "number": found.pk}
    access_log.record(seen, screen=Screen.PEOPLE_IMPORT, at=timezone.now(), **where)
    groups = {
        "new": [row for row in rows if row.is_new],
        "differing": [row for row in known if row.differs],
        "same": [row for row in known if not row.differs],
        "wrong": [(row, list(_complaints(row))) for row in rows if not row.is_valid],
    }
    return {"found": found, "zone": request.location.zone, "shown": SHOWN, "rows": rows, **groups}


def _complaints(row: ImportRow) -> Iterator[tuple[str, str, str]]:
    """Yield the heading of each wrong cell, what stands there and what is wrong with it."""
    for name in filter(row.errors.get, COLUMNS):
        yield HEADINGS[name][0].capitalize(), row.values.get(name, ""), row.errors[name]
    if row.is_torn:
        heading = HEADINGS["email"][0].capitalize()
        yield heading, row.values["email"], _("The phone belongs to one known person, the e-mail to another.")


@require_safe
@administrators
def errors(request: StaffRequest, pk: int) -> HttpResponse:
    """Give the rows that cannot be imported, with what is wrong, to be mended and uploaded again."""
    found = get_object_or_404(PeopleImport.objects.of(request.user, request.location.pk), pk=pk)
    rows = [row for row in importing.look(found.rows) if not row.is_valid]
    columns: list[Column] = [_value_column(name) for name in COLUMNS]
    columns += [(_("Line"), 8, lambda row: row.line), (_("What is wrong"), 70, _all_complaints)]
    return spreadsheet("errors", ("", columns, rows))


def _value_column(name: str) -> Column:
    return HEADINGS[name][0].capitalize(), 24, lambda row: row.values.get(name, "")


def _all_complaints(row: ImportRow) -> str:
    return "; ".join(f"{heading}: {error}" for heading, _value, error in _complaints(row))
