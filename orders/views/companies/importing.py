"""Import of companies: a list from a spreadsheet, looked at before anything is done, for managers."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coworking.access import StaffRequest, managers_only
from olvery.shared.errors import asks_again
from orders.domain.desk import company_importing
from orders.domain.desk.company_importing import CompanyRow
from orders.forms_import import COMPANY_HEADINGS, CompanyFileForm, heading_of
from orders.models import CompanyImport
from orders.views.lists.import_files import (
    Complaint,
    complaints_of,
    errors_file,
    preview_context,
    sample_file,
    show_upload,
    ticked,
)
from orders.views.told import told

EXAMPLES = (
    ("7810000001", "781001001", "АО «Север»", "Санкт-Петербург, Невский пр., 1", "12/2026"),
    ("526317984689", "", "ИП Ким Олег", "", ""),
)


@require_http_methods(["GET", "HEAD", "POST"])
@managers_only
def upload(request: StaffRequest) -> HttpResponse:
    """Take a list in, and show those that were imported."""
    page, preview = "orders/companies/import.html", "orders:company-import-preview"
    return show_upload(request, CompanyFileForm, CompanyImport, page=page, preview=preview)


@require_safe
@managers_only
def sample(request: StaffRequest) -> HttpResponse:
    """Give a file with the headings and two made-up companies."""
    return sample_file("companies", COMPANY_HEADINGS, EXAMPLES)


@require_http_methods(["GET", "HEAD", "POST"])
@managers_only
def preview(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what would become of each row; import them all, or show how many were."""
    found = _own(request, pk)
    if request.method == "POST" and not asks_again(request):
        with told(request):
            company_importing.carry_out(found.pk, chosen=ticked(request), by=request.user, at=timezone.now())
        return redirect("orders:company-import-preview", pk)
    return render(request, "orders/companies/import_preview.html", _context(request, found))


def _own(request: StaffRequest, pk: int) -> CompanyImport:
    return get_object_or_404(CompanyImport.objects.of(request.user, request.location.pk), pk=pk)


def _context(request: StaffRequest, found: CompanyImport) -> dict[str, Any]:
    context = preview_context(request, found, company_importing.look(found.rows), _complaints)
    context["differing"] = [(row, _differences(row)) for row in context["differing"]]
    return {**context, "upload_url": reverse("orders:company-import")}


def _complaints(row: CompanyRow) -> Iterator[Complaint]:
    yield from complaints_of(row, COMPANY_HEADINGS)
    if row.standing:
        text = _("The record was merged into another one: %(name)s.") % {"name": row.standing.name}
        yield heading_of("inn", COMPANY_HEADINGS), row.values["inn"], text


def _differences(row: CompanyRow) -> list[tuple[str, str, str]]:
    """Return the heading of each cell that says something else, what is stored, and what the file says."""
    return [(heading_of(name, COMPANY_HEADINGS), stored, said) for name, (stored, said) in row.differs.items()]


@require_safe
@managers_only
def errors(request: StaffRequest, pk: int) -> HttpResponse:
    """Give the rows that cannot be imported, with what is wrong, to be mended and uploaded again."""
    wrong = [row for row in company_importing.look(_own(request, pk).rows) if not row.is_valid]
    return errors_file(wrong, COMPANY_HEADINGS, _complaints)
