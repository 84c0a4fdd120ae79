"""Shared by the read-only pages about what belongs to a location: each search and filter reads by an index."""

from collections.abc import Mapping
from functools import reduce
from operator import attrgetter, or_
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.people_query import meant_by as people_meant_by
from coworking.models import Location, Service
from olvery.shared.admin import NOTHING, Column, ReadOnly, column
from olvery.shared.formats import moment
from olvery.shared.forms import as_id
from olvery.shared.phones import format_phone
from olvery.shared.search import digits_of
from orders.admin.reading import FoundPage, kinds_with_number
from orders.domain.queries.lists import SHORTEST_PHONE, named_number

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PEOPLE = 1_000  # the most people whose rows are looked for
NOBODY = Q(pk__in=())
BY_PERSON = _("A person's names in any order, digits of the phone, or the e-mail")
BY_ORDER_OR_PERSON = _("The order's number; a person's names in any order, digits of the phone, or the e-mail")


class ByLocation(admin.SimpleListFilter):
    """A filter by location, which most rows know only by what they belong to."""

    title, parameter_name = _("location"), "location"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer every location."""
        self.page: PlacePage = model_admin
        return [(str(pk), name) for pk, name in Location.objects.order_by("name", "pk").values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of the chosen location."""
        location = as_id(self.value())
        return queryset.filter(self.page.at_location(location)) if location else queryset


class Among(admin.SimpleListFilter):
    """A filter by conditions that have an index, with their names."""

    conditions: Mapping[str, tuple[Any, Q]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer every condition."""
        return [(value, label) for value, (label, _condition) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows that meet the chosen one."""
        chosen = self.conditions.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


class OfPlace:
    """A page or an inline whose moments are shown by the clock of a location; `place` is the path to it."""

    place = "location"


class RowsInline(OfPlace, ReadOnly, admin.TabularInline):
    """Rows of a page, read with those that they name."""

    ordering = ("pk",)
    related: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Also read the related rows."""
        return super().get_queryset(request).select_related(*self.related)


def local(field: str, label: "str | _StrPromise") -> Column:
    """Return a column with a moment by the clock of the row's location."""

    @admin.display(description=label)
    def of_row(page: OfPlace, row: Any) -> str:
        at, location = getattr(row, field), attrgetter(page.place.replace("__", "."))(row)
        return moment(at, location.zone) if at else NOTHING

    return of_row


class PlacePage(OfPlace, FoundPage):
    """A page of what belongs to a location; `orders` and `person` are the indexed paths that a search follows."""

    orders: tuple[str, ...] = ()
    person = ""

    made = local("made_at", _("made at"))
    ended = local("ended_at", _("ended at"))
    asked = local("asked_at", _("requested at"))
    phone_number = column(_("phone"), lambda row: format_phone(row.phone))

    def at_location(self, location: int) -> Q:
        """Return the condition for rows of a location. Keys come first: the planner knows how many rows each has."""
        owner, _separator, rest = self.place.rpartition("__")
        if not owner:
            return Q(**{rest: location})
        owners: Any = self.model._meta.get_field(owner).related_model
        return Q(**{f"{owner}__pk__any": list(owners.objects.filter(**{rest: location}).values_list("pk", flat=True))})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Also search by people; each kind of words has to fit."""
        if text := search_term.strip():
            kinds = kinds_with_number(text) if self.person else [text]
            queryset = queryset.filter(*(self.meant_by(words) | self._theirs(request, words) for words in kinds))
        return queryset, False

    def _theirs(self, request: HttpRequest, text: str) -> Q:
        """Return the condition for the rows of the people meant, of nobody if there are too many."""
        people = people_meant(text) if self.person else []
        if len(people) > PEOPLE:
            too_many = gettext("More than a thousand people match, and are left out. Type more of the name or phone.")
            self.message_user(request, too_many, messages.WARNING, fail_silently=True)
            people = []
        return Q(**{f"{self.person}__pk__any": people}) if people else NOBODY

    def meant_by(self, text: str) -> Q:
        """Search the order."""
        return reduce(or_, (Q(**{path: number_in(text)}) for path in self.orders), NOBODY)


def number_in(text: str) -> int:
    """Return the order's number that a text may be, also as letters and addresses write it; 0 for none."""
    return named_number(text, "orders") or as_id(text) or 0


def people_meant(text: str) -> list[int]:
    """Return the keys of the people that a text matches, one more than `PEOPLE` at most. Unlike for a new order, closed
    accounts count; a number that is too short for a phone does not.
    """
    if 0 < len(digits_of(text)) < SHORTEST_PHONE:
        return []
    return list(User.objects.filter(people_meant_by(text)).values_list("pk", flat=True)[: PEOPLE + 1])


def rows_link(model: type[Model], field: str) -> Column:
    """Return a column with a link to the rows of another page that belong to this one; see `narrowed_by`."""
    url = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    link = '<a href="{}?{}={}">{}</a>'
    label = model._meta.verbose_name_plural or ""
    return column(label, lambda row: format_html(link, reverse(url), field, row.pk, _("Show")))


def names_of_services(keys: list[int]) -> str:
    """Return the names of services that a row keeps as an array. One query."""
    return ", ".join(Service.objects.filter(pk__any=keys).order_by("position", "pk").values_list("name", flat=True))
