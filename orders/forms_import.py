"""A list of people from a spreadsheet: the form of the file, and one for each of its rows."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.domain.tables import Row, read_table
from accounts.forms import PersonForm
from accounts.models import Basis
from olvery.shared.refusals import Refusal
from orders.wording_refusals import refusal_text

FULL_NAME = "full_name"
# How the columns may be called, without case, dots and ё; the first stands in the sample.
HEADINGS: dict[str, tuple[str, ...]] = {
    "last_name": ("фамилия",),
    "first_name": ("имя",),
    "middle_name": ("отчество",),
    "phone": ("телефон", "номер телефона", "мобильный", "мобильный телефон"),
    "email": ("электронная почта", "почта", "e-mail", "email", "эл почта", "адрес электронной почты"),
    "company": ("компания", "организация", "место работы"),
    FULL_NAME: ("фио", "ф и о", "клиент", "заказчик", "посетитель", "фамилия имя отчество"),
}
NEEDED = ("last_name", "first_name")


class PeopleFileForm(forms.Form):
    """The file, and what allows its people's data to be processed."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"class": "input", "accept": ".xlsx,.csv"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty."),
            "max_length": gettext_lazy("The name of the file is too long."),
        },
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("Basis of processing"),
        choices=Basis.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say what allows you to process these data.")},
    )
    rows: list[dict[str, Any]]

    def clean_file(self) -> Any:
        """Read the file into `rows`. Raises ValidationError for one without people."""
        file = self.cleaned_data["file"]
        try:
            table = read_table(file.read())
        except Refusal as refusal:
            raise forms.ValidationError(refusal_text(refusal)) from refusal
        columns = _columns(table[0][1] if table else [])
        if missing := [name for name in NEEDED if name not in columns and FULL_NAME not in columns]:
            names = ", ".join(f"«{HEADINGS[name][0].capitalize()}»" for name in missing)
            raise forms.ValidationError(_("The first line has no column %(names)s.") % {"names": names})
        if not table[1:]:
            raise forms.ValidationError(_("There are headings, but not a single person."))
        self.rows = read_people(table[1:], columns)
        return file


class ImportedPersonForm(PersonForm):
    """A row of the file."""

    company = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].required = False

    def clean(self) -> None:
        """Raise ValidationError for somebody whom nobody could reach."""
        if not (self.data.get("phone") or self.data.get("email")):
            self.add_error("phone", _("A phone or an e-mail is needed."))


def _columns(headings: Sequence[str]) -> dict[str, int]:
    """Return where each known column stands, the first of its name."""
    named = {heading: name for name, known in HEADINGS.items() for heading in known}
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        key = " ".join(heading.lower().replace("ё", "е").replace(".", " ").split())
        if key in named:
            found.setdefault(named[key], place)
    return found


def read_people(table: Sequence[Row], columns: dict[str, int]) -> list[dict[str, Any]]:
    """Return the rows as `PeopleImport.rows` keeps them: clean values, or as typed with what is wrong."""
    people, seen = [], dict[tuple[str, str], int]()
    for line, cells in table:
        typed = {name: cells[place] for name, place in columns.items() if place < len(cells)}
        words = typed.pop(FULL_NAME, "").split(maxsplit=2)
        if words and not typed.get("last_name"):
            typed |= dict(zip(("last_name", "first_name", "middle_name"), words, strict=False))
        form = ImportedPersonForm(typed)
        errors = {name: str(found[0]) for name, found in form.errors.items()}
        values = {name: str(form.cleaned_data.get(name) or typed.get(name, ""))[:250] for name in form.fields}
        values["email"] = values["email"].lower()
        for name in ("phone", "email"):
            first = seen.setdefault((name, values[name]), line) if values[name] else line
            if first != line:
                errors.setdefault(name, _("The same stands in line %(line)s.") % {"line": first})
        people.append({"line": line, "values": values, "errors": errors})
    return people
