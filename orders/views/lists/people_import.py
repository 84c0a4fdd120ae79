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
from orders.forms_import import FULL_NAME, HEADINGS, PeopleFileForm, heading_of
from orders.views.lists.import_files import (
    Complaint,
    complaints_of,
    errors_file,
    preview_context,
    sample_file,
    show_upload,
    ticked,
)
from orders.views.seen import note_seen
from orders.views.told import told

COLUMNS = {name: called for name, called in HEADINGS.items() if name != FULL_NAME}
EXAMPLES = (
    ("Смирнова", "Анна", "Игоревна", "+7 916 000-00-01", "anna@example.com", "ООО «Ромашка»"),
    ("Ким", "Олег", "", "8 916 000 00 02", "", ""),
)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def upload(request: StaffRequest) -> HttpResponse:
    """Take a list in, and show those that were imported."""
    page, preview = "orders/lists/people_import.html", "orders:people-import-preview"
    return show_upload(request, PeopleFileForm, PeopleImport, page=page, preview=preview)


@require_safe
@administrators_only
def sample(request: StaffRequest) -> HttpResponse:
    """Give a file with the headings and two made-up people."""
    return sample_file("people", COLUMNS, EXAMPLES)


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
    yield from complaints_of(row, COLUMNS)
    if row.is_torn:
        heading = heading_of("email", COLUMNS)
        yield heading, row.values["email"], _("The phone belongs to one known person, the e-mail to another.")


@require_safe
@administrators_only
def errors(request: StaffRequest, pk: int) -> HttpResponse:
    """Give the rows that cannot be imported, with what is wrong, to be mended and uploaded again."""
    found = get_object_or_404(PeopleImport.objects.of(request.user, request.location.pk), pk=pk)
    wrong = [row for row in importing.look(found.rows) if not row.is_valid]
    return errors_file(wrong, COLUMNS, _complaints)
