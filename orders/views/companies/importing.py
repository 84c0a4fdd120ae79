"""Import of companies by managers: a list from a spreadsheet, previewed before anything is saved."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import UploadedList
from coworking.access import StaffRequest, managers_only
from orders.domain.desk import company_importing
from orders.domain.desk.company_importing import CompanyRow
from orders.forms_import import COMPANY_HEADINGS, CompanyFileForm
from orders.models import CompanyImport
from orders.views.lists.import_files import Complaint, ListImport, views_of


class ImportOfCompanies(ListImport):
    """Companies that are added, or changed where they are known."""

    address = "orders:company-import"
    page = "orders/companies/import.html"
    preview = "orders/companies/import_preview.html"
    form, model = CompanyFileForm, CompanyImport
    columns, sample = COMPANY_HEADINGS, "companies"
    examples = (
        ("7810000001", "781001001", "АО «Север»", "Санкт-Петербург, Невский пр., 1", "12/2026"),
        ("526317984689", "", "ИП Ким Олег", "", ""),
    )
    look, carry_out = staticmethod(company_importing.look), staticmethod(company_importing.carry_out)

    def complaints(self, row: CompanyRow) -> Iterator[Complaint]:
        yield from super().complaints(row)
        if row.standing:
            text = _("The record was merged into another one: %(name)s.") % {"name": row.standing.name}
            yield self.heading("inn"), row.values["inn"], text

    def context(self, request: StaffRequest, found: UploadedList) -> dict[str, Any]:
        context = super().context(request, found)
        return {**context, "differing": [(row, self._differences(row)) for row in context["differing"]]}

    def _differences(self, row: CompanyRow) -> list[tuple[str, str, str]]:
        """Return the heading of each cell that says something else, what is stored, and what the file says."""
        return [(self.heading(name), stored, said) for name, (stored, said) in row.differs.items()]


upload, sample, preview, errors = views_of(ImportOfCompanies(), managers_only)
