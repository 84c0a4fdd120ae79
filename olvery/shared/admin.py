"""Shared by the pages of Django admin."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.db.models import CharField, Field
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from olvery.shared.icons import ICONS
from olvery.shared.paging import count_up_to_limit
from olvery.shared.rows import constraint_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# The refusal of a duplicate row in an inline, which may have been added since the page was opened.
ONCE = (None, gettext_lazy("One of the new rows is there already. Nothing was saved: load the page anew."))
LONG = 160  # characters that do not fit on one line of a form
NOTHING = "—"
# A method of a page or an inline that shows one column of a row.
Column = Callable[[Any, Any], Any]


def column(label: "str | _StrPromise", shown: Callable[[Any], Any]) -> Column:
    """Return a column with a value of a row, or a dash if it is empty.

    Its name must not be that of a field: Django would show the field.
    """

    @admin.display(description=label)
    def of_row(_page: Any, row: Any) -> Any:
        said = shown(row)
        return NOTHING if said in (None, "") else said

    return of_row


def in_utc(field: str, label: "str | _StrPromise") -> Column:
    """Return a column with a moment in UTC: data about people belong to no location's time zone."""
    return column(label, lambda row: (at := getattr(row, field)) and utc(at))


def utc(moment: datetime) -> str:
    return f"{moment:%d.%m.%Y %H:%M} UTC"


class ReadOnly:
    """A read-only page or inline of admin."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes anything here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes here."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return all columns shown: computed ones are not fields of a form."""
        page: Any = self
        return page.fields or flatten_fieldsets(page.fieldsets or ()) or page.readonly_fields


class Worded:
    """A page of admin with titles in the right grammatical case for Russian, and room for long texts.

    `accusative` is the model's name as it follows «Изменить», if Russian declines it.
    """

    accusative: "str | _StrPromise" = ""
    model: Any

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Use the plural of the model as the title of the list."""
        page: Any = super()
        title = capfirst(str(self.model._meta.verbose_name_plural))
        return page.changelist_view(request, {"title": title, **(extra_context or {})})

    def render_change_form(  # noqa: PLR0917 - as admin calls it
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Name the action and the object in the title."""
        page: Any = super()
        may_change = self.has_change_permission(request, obj)  # type: ignore[attr-defined]
        title = _("Add %s") if add else _("Change %s") if may_change else _("View %s")
        context["title"] = title % (self.accusative or self.model._meta.verbose_name)
        return page.render_change_form(request, context, add, change, form_url, obj)

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: Any, **kwargs: Any) -> Any:
        """Use a field of several lines for a long text."""
        if isinstance(db_field, CharField) and not db_field.choices and (db_field.max_length or 0) >= LONG:
            kwargs["widget"] = AdminTextareaWidget(attrs={"rows": 2})
        page: Any = super()
        return page.formfield_for_dbfield(db_field, request, **kwargs)


class FewCounted(Paginator):
    """The pages of the first thousands of rows; see `count_up_to_limit`."""

    has_more = False

    @cached_property
    def count(self) -> int:
        """Return the number of rows, up to the limit; `has_more` says whether there are others."""
        rows: Any = self.object_list
        count, self.has_more = count_up_to_limit(rows.values("pk"))
        return count


class LargeTable(Worded):
    """A page of very many rows: they have one indexed order, and are counted up to a limit.

    `narrowed_by` has the fields by which links of other pages narrow the list, besides its filters.
    """

    sortable_by: Any = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they would count every row once for each choice of a filter
    paginator: Any = FewCounted
    narrowed_by: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Refuse lookups by other fields: letter by letter, they would tell the secrets that the page does not show."""
        page: Any = self
        names = [*self.narrowed_by, *map(_filtered, page.list_filter)]
        page = super()
        is_offered = any(lookup == name or lookup.startswith(f"{name}__") for name in names)
        return is_offered and bool(page.lookup_allowed(lookup, value, request))


def _filtered(one: Any) -> str:
    """Return the field or the parameter of a filter."""
    if isinstance(one, type):
        return str(one.parameter_name)  # type: ignore[attr-defined]
    return one if isinstance(one, str) else str(one[0])


class GuardedForm(forms.ModelForm):
    """A form that shows refusals of the database; see Guarded.

    `refusals` has the field and the message of each constraint.
    """

    refusals: ClassVar[Mapping[str, tuple[str | None, "str | _StrPromise"]]] = {}
    refused_by = ""

    def clean(self) -> dict[str, Any]:
        """Show the refusal of the first attempt at its field."""
        cleaned = super().clean() or self.cleaned_data
        if self.refused_by:
            self.add_error(*self.refusals[self.refused_by])
        return cleaned


class Guarded:
    """Turns a refusal by a constraint or a trigger into a form error.

    They decide while saving, when admin's form has already been validated. The attempt is rolled back, and
    the request is processed again with a form that knows the refusal. No check before saving would be as
    reliable: somebody else may book, or add the same row, between the check and the save.
    """

    form: type[GuardedForm]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save in the transaction that admin opens, or show why the database refused."""
        page: Any = super()
        try:
            return page.changeform_view(request, *args, **kwargs)
        except IntegrityError as error:
            refused_by = constraint_of(error)
            if refused_by not in self.form.refusals:
                raise
            request.refused_by = refused_by  # type: ignore[attr-defined]
            return page.changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Pass the refusal to the form, a class created for this request."""
        page: Any = super()
        form = page.get_form(request, *args, **kwargs)
        form.refused_by = getattr(request, "refused_by", "")
        return form


class LabelledCells:
    """An inline whose cells have labels: for people who do not see the table, a column head is not a label."""

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: Any, **kwargs: Any) -> Any:
        """Label each field of a row."""
        page: Any = super()
        field = page.formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            widget = getattr(field.widget, "widget", field.widget)  # a choice may be wrapped with links to its pages
            widget.attrs["aria-label"] = capfirst(str(field.label))
        return field


class IconSelect(forms.RadioSelect):
    """Icons chosen by their pictures."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """Render the pictures; the form's own renderer does not find our templates."""
        chosen = {"chosen": value if value in ICONS else "", "chosen_word": dict(self.choices).get(value, value)}
        return render_to_string("ui/icon_choices.html", {**self.get_context(name, value, attrs), **chosen})
