"""«Импорт людей»: a list from a spreadsheet, looked at before anything is done, for the location administrator."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain import importing
from accounts.domain.importing import ImportRow
from accounts.models import PeopleImport, Screen
from coworking.access import StaffRequest, administrators_only
from olvery.shared.errors import asks_again
from olvery.shared.refusals import refusals_to
from orders.forms_import import FULL_NAME, HEADINGS, PeopleFileForm, heading_of
from orders.views.lists.import_files import (
    LATEST,
    LIMITS,
    Complaint,
    complaints_of,
    errors_file,
    preview_context,
    sample_file,
    ticked,
)
from orders.views.seen import note_seen
from orders.views.told import told

COLUMNS = [name for name in HEADINGS if name != FULL_NAME]
EXAMPLES = (
    ("Смирнова", "Анна", "Игоревна", "+7 916 000-00-01", "anna@example.com", "ООО «Ромашка»"),
    ("Ким", "Олег", "", "8 916 000 00 02", "", ""),
)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def upload(request: StaffRequest) -> HttpResponse:
    """Take a list in, and show those that were imported."""
    form = PeopleFileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with refusals_to(form.take):
            found = importing.upload(
                PeopleImport(
                    rows=form.rows,
                    basis=form.cleaned_data["basis"],
                    file_name=form.cleaned_data["file"].name[-100:],
                    by=request.user,
                    location=request.location,
                    uploaded_at=timezone.now(),
                )
            )
            return redirect("orders:people-import-preview", found.pk)
    done = PeopleImport.objects.done_at(request.location.pk)[:LATEST]
    context = {"form": form, "done": done, "zone": request.location.zone, **LIMITS}
    return render(request, "orders/lists/people_import.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@administrators_only
def sample(request: StaffRequest) -> HttpResponse:
    """Give a file with the headings and two made-up people."""
    return sample_file("people", COLUMNS, HEADINGS, EXAMPLES)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def preview(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what would become of each row; import them all, or show how many were."""
    found = get_object_or_404(PeopleImport.objects.of(request.user, request.location.pk), pk=pk)
    if request.method == "POST" and not asks_again(request):
        with told(request):
            importing.carry_out(found.pk, chosen=ticked(request), by=request.user, at=timezone.now())
        return redirect("orders:people-import-preview", pk)
    return render(request, "orders/lists/people_import_preview.html", _context(request, found))


def _context(request: StaffRequest, found: PeopleImport) -> dict[str, Any]:
    context = preview_context(request, found, importing.look(found.rows), _complaints)
    # Whose stored data the page shows, whether they are changed or not.
    seen = [row.known.pk for row in (*context["differing"], *context["same"])]
    note_seen(request, seen, Screen.PEOPLE_IMPORT, number=found.pk)
    return {**context, "upload_url": reverse("orders:people-import")}


def _complaints(row: ImportRow) -> Iterator[Complaint]:
    yield from complaints_of(row, COLUMNS, HEADINGS)
    if row.is_torn:
        heading = heading_of("email", HEADINGS)
        yield heading, row.values["email"], _("The phone belongs to one known person, the e-mail to another.")


@require_safe
@administrators_only
def errors(request: StaffRequest, pk: int) -> HttpResponse:
    """Give the rows that cannot be imported, with what is wrong, to be mended and uploaded again."""
    found = get_object_or_404(PeopleImport.objects.of(request.user, request.location.pk), pk=pk)
    wrong = [row for row in importing.look(found.rows) if not row.is_valid]
    return errors_file(wrong, COLUMNS, HEADINGS, _complaints)
