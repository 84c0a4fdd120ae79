"""Lists from spreadsheets: the form of a file, and one for each row, of people and of companies."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.domain.tables import UNCOUNTED, Row, read_table
from accounts.forms import PersonForm
from accounts.models import Basis
from olvery.shared.refusals import Refusal
from orders.forms_companies import CompanyForm
from orders.forms_refusals import RefusableForm
from orders.wording_refusals import refusal_text

FULL_NAME = "full_name"
# Accepted column headings, ignoring case, dots and ё; the first one is used in the sample.
HEADINGS: dict[str, tuple[str, ...]] = {
    "last_name": ("фамилия",),
    "first_name": ("имя",),
    "middle_name": ("отчество",),
    "phone": ("телефон", "номер телефона", "мобильный", "мобильный телефон"),
    "email": ("электронная почта", "почта", "e-mail", "email", "эл почта", "адрес электронной почты"),
    "company": ("компания", "организация", "место работы"),
    FULL_NAME: ("фио", "ф и о", "клиент", "заказчик", "посетитель", "фамилия имя отчество"),
}
COMPANY_HEADINGS: dict[str, tuple[str, ...]] = {
    "inn": ("инн",),
    "kpp": ("кпп",),
    "name": ("название", "наименование", "компания", "организация", "контрагент", "полное наименование"),
    "address": ("юридический адрес", "юр адрес", "адрес"),
    "agreement": ("номер договора", "договор", "№ договора", "договор №"),
}
# Spreadsheets take these for numbers, and drop a leading zero.
LENGTHS = {"inn": {9: 10, 11: 12}, "kpp": {8: 9}}
MOST_OF_CELL = 300
# How much of a first line without headings the error quotes.
MOST_HEADINGS, MOST_OF_HEADING = 6, 30


class ImportedPersonForm(PersonForm):
    """A row of the file."""

    company = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].required = False

    def clean_email(self) -> str:
        """Return the e-mail in lower case, as it is stored."""
        return str(self.cleaned_data["email"] or "").lower()

    def clean(self) -> None:
        """Raise ValidationError for a person without any contact."""
        if not (self.data.get("phone") or self.data.get("email")):
            self.add_error("phone", _("A phone or an e-mail is needed."))


def _person_form(typed: dict[str, str]) -> ImportedPersonForm:
    words = typed.pop(FULL_NAME, "").split(maxsplit=2)
    if words and not typed.get("last_name"):
        typed |= dict(zip(("last_name", "first_name", "middle_name"), words, strict=False))
    return ImportedPersonForm(typed)


def _company_form(typed: dict[str, str]) -> CompanyForm:
    for name, lengths in LENGTHS.items():
        digits = typed.get(name, "")
        if digits.isdecimal() and len(digits) in lengths:
            typed[name] = digits.zfill(lengths[len(digits)])
    return CompanyForm(typed)


class TableFileForm(RefusableForm):
    """An uploaded file whose rows are stored for preview."""

    headings: ClassVar[Mapping[str, tuple[str, ...]]]
    needed: ClassVar[Sequence[str]]  # required columns
    once: ClassVar[Sequence[str]]  # columns without duplicates
    row_form: "ClassVar[staticmethod[[dict[str, str]], forms.BaseForm]]"
    nothing_below: ClassVar[Any]

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"class": "input", "accept": ".xlsx,.csv,.txt"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty."),
            "max_length": gettext_lazy("The name of the file is too long."),
        },
    )
    rows: list[dict[str, Any]]

    def missing(self, columns: Mapping[str, int]) -> list[str]:
        """Return the names of missing required columns."""
        return [name for name in self.needed if name not in columns]

    def clean_file(self) -> Any:
        """Read the file into `rows`. Raises ValidationError for one without any."""
        file = self.cleaned_data["file"]
        try:
            table = read_table(file.read())
        except Refusal as refusal:
            raise forms.ValidationError(refusal_text(refusal)) from refusal
        columns = _columns(table[0][1] if table else [], self.headings)
        if missing := self.missing(columns):
            names = ", ".join(f"«{heading_of(name, self.headings)}»" for name in missing)
            text = ngettext(
                "The first line has no column %(names)s.", "The first line has no columns %(names)s.", len(missing)
            )
            raise forms.ValidationError(" ".join([text % {"names": names}, *_instead(table)]))
        if not table[1:]:
            raise forms.ValidationError(self.nothing_below)
        self.rows = _read_rows(table[1:], columns, self.row_form, known=self.headings, once=self.once)
        return file


class PeopleFileForm(TableFileForm):
    """The file, and the legal basis for processing its people's data."""

    headings = HEADINGS
    needed = ("last_name", "first_name")
    once = ("phone", "email")
    row_form = staticmethod(_person_form)
    nothing_below = gettext_lazy("There are headings, but not a single person.")

    basis = forms.ChoiceField(
        label=gettext_lazy("Basis of processing"),
        choices=Basis.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say what allows you to process these data.")},
    )

    def missing(self, columns: Mapping[str, int]) -> list[str]:
        """Require the name, whole or in parts."""
        return [] if FULL_NAME in columns else super().missing(columns)


class CompanyFileForm(TableFileForm):
    """The file with requisites of companies."""

    headings = COMPANY_HEADINGS
    needed = ("inn", "name")
    once = ("inn",)
    row_form = staticmethod(_company_form)
    nothing_below = gettext_lazy("There are headings, but not a single company.")


def heading_of(name: str, headings: Mapping[str, tuple[str, ...]]) -> str:
    """Return the heading of a column in our own files: «Фамилия», «ИНН»."""
    heading = headings[name][0]
    return heading.upper() if name in LENGTHS else heading.capitalize()


def _instead(table: Sequence[Row]) -> Iterator[str]:
    """Yield what the first line has instead of headings, if anything."""
    if headings := [f"«{Truncator(text).chars(MOST_OF_HEADING)}»" for text in (table[0][1] if table else []) if text]:
        yield _("It holds %(names)s.") % {"names": ", ".join(headings[:MOST_HEADINGS])}


def _columns(headings: Sequence[str], known: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Return the position of each known column, the first of its name."""
    named = {heading: name for name, headings_of in known.items() for heading in headings_of}
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        key = " ".join(heading.lower().replace("ё", "е").replace(".", " ").split())
        if key in named:
            found.setdefault(named[key], place)
    return found


def _read_rows(
    table: Sequence[Row],
    columns: Mapping[str, int],
    form_of: Callable[[dict[str, str]], forms.BaseForm],
    *,
    known: Mapping[str, Any],
    once: Sequence[str],
) -> list[dict[str, Any]]:
    """Return the rows, each cleaned by its form; a repeated value in the `once` columns is an error.

    A form may require more than the `known` columns: such errors are left out.
    """
    rows, seen = [], dict[tuple[str, str], int]()
    for line, cells in table:
        typed = {name: cells[place] for name, place in columns.items() if place < len(cells)}
        uncounted = [name for name, text in typed.items() if text == UNCOUNTED]
        form = form_of({name: "" if text == UNCOUNTED else text for name, text in typed.items()})
        errors = {name: str(found[0]) for name, found in form.errors.items()}
        for name in uncounted:
            text = _("A formula without a result: open the file in a spreadsheet, save it and upload it once more.")
            errors["last_name" if name == FULL_NAME else name] = text
        asked = [name for name in form.fields if name in known]
        values = {name: str(form.cleaned_data.get(name) or form.data.get(name, "")) for name in asked}
        values = {name: value[:MOST_OF_CELL] for name, value in values.items()}
        for name in once:
            first = seen.setdefault((name, values[name].lower()), line) if values[name] else line
            if first != line:
                errors.setdefault(name, _("The same stands in line %(line)s.") % {"line": first})
        rows.append({"line": line, "values": values, "errors": errors})
    return rows
