"""«Импорт людей» by the location administrator: a list from a spreadsheet, previewed before anything is saved."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from accounts.domain import importing
from accounts.domain.importing import ImportRow
from accounts.models import PeopleImport, Screen, UploadedList
from coworking.access import StaffRequest, administrators_only
from orders.forms_import import FULL_NAME, HEADINGS, PeopleFileForm
from orders.views.lists.import_files import Complaint, ListImport, views_of
from orders.views.seen import note_seen


class ImportOfPeople(ListImport):
    """People who are registered, or changed where they are known."""

    address = "orders:people-import"
    page = "orders/lists/people_import.html"
    preview = "orders/lists/people_import_preview.html"
    form, model = PeopleFileForm, PeopleImport
    columns, sample = {name: called for name, called in HEADINGS.items() if name != FULL_NAME}, "people"
    examples = (
        ("Смирнова", "Анна", "Игоревна", "+7 916 000-00-01", "anna@example.com", "ООО «Ромашка»"),
        ("Ким", "Олег", "", "8 916 000 00 02", "", ""),
    )
    look, carry_out = staticmethod(importing.look), staticmethod(importing.carry_out)

    def complaints(self, row: ImportRow) -> Iterator[Complaint]:
        yield from super().complaints(row)
        if row.is_torn:
            text = _("The phone belongs to one known person, the e-mail to another.")
            yield self.heading("email"), row.values["email"], text

    def context(self, request: StaffRequest, found: UploadedList) -> dict[str, Any]:
        context = super().context(request, found)
        # Whose stored data the page shows, whether they are changed or not.
        seen = [row.known.pk for row in (*context["differing"], *context["same"])]
        note_seen(request, seen, Screen.PEOPLE_IMPORT, number=found.pk)
        return context


upload, sample, preview, errors = views_of(ImportOfPeople(), administrators_only)
