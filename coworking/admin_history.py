"""Settings in Django admin: recorded in the same history as on a location's screens, and checked for later changes."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, cast

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.confirming import confirm
from accounts.models import User
from coworking.domain.settings_history import CONFIRMED, Change, record
from coworking.domain.setup import ROWS
from coworking.forms import SETTING_FORMS
from coworking.forms_location import LOCATION_FORMS
from coworking.models import Location, OpeningHours, Section, Seller, SellerTax, Service, SettingsEvent
from olvery.shared.admin import GuardedForm

# The sections of fields that have a page of their own; fields only for support are recorded under the first section.
FIELDS: dict[type[Model], Mapping[str, Section]] = {
    Service: {
        **{name: section for section, form in SETTING_FORMS.items() for name in form._meta.fields or ()},
        "is_active": Section.SALE,
    },
    Location: {name: section for section, form in LOCATION_FORMS.items() for name in form._meta.fields or ()},
}
OTHERS: dict[type[Model], Section] = {
    Service: Section.ABOUT,
    Location: Section.CONTACTS,
    Seller: Section.SELLER,
    SellerTax: Section.TAXES,
    **{model: section for section, model in ROWS.items()},
}
# The fields that the pages of a location and of its seller show.
OF_A_LOCATION = (Section.CONTACTS, Section.SELLER, Section.TAXES, Section.HOURS, Section.DAYS, *LOCATION_FORMS)

Rows = dict[tuple[type[Model], int], Any]


class SeenForm(GuardedForm):
    """A form that knows the last change of what it shows, and is refused if there was a later one."""

    seen = forms.IntegerField(label="", required=False, widget=forms.HiddenInput)
    last: SettingsEvent | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.last = last_change(self.instance)
            self.initial["seen"] = self.last.pk if self.last else 0

    def clean(self) -> dict[str, Any]:
        """Refuse to overwrite a change that the page did not show."""
        cleaned = super().clean()
        if self.last and self.last.pk > (cleaned.get("seen") or 0):
            text = _("%(name)s has changed this since the page was opened. Nothing was saved: load the page anew.")
            self.add_error(None, text % {"name": self.last.by.short_name})
        return cleaned


class Recorded:
    """A page of settings. Saving waits for others who are saving them elsewhere, and records what has changed."""

    parts: ClassVar[tuple[type[Model], ...]] = ()  # saved together with the row

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Lock what is about to be saved, like the location's screens."""
        page: Any = super()
        found = page.get_object(request, object_id, from_field)
        if found and request.method == "POST":
            owner = found.location if isinstance(found, Seller) else found
            type(owner)._default_manager.select_for_update(no_key=True).get(pk=owner.pk)
            found.refresh_from_db()
        return found

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Hide `seen` from users with read-only access."""
        page: Any = super()
        may_change = page.has_change_permission(request, obj)
        return [name for name in page.get_fields(request, obj) if may_change or name != "seen"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Remember the state before the change."""
        page: Any = super()
        form.rows_before = self.rows_of(obj) if change else {}
        page.save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the parts, and record what has changed."""
        page: Any = super()
        page.save_related(request, form, formsets, change)
        owner = form.instance
        if not change and isinstance(owner, Location):
            return  # a history would prevent deleting one created by mistake
        events = list(differences(form.rows_before, self.rows_of(owner), by=cast(User, request.user)))
        if {event.section for event in events} & CONFIRMED:
            confirm(request)
        place = owner if isinstance(owner, Location) else owner.location
        record(events, place, owner if isinstance(owner, Service) else None)

    def rows_of(self, owner: Model) -> Rows:
        """Return the stored row and those of its parts."""
        found = [type(owner)._default_manager.get(pk=owner.pk)]
        for part in self.parts:
            found += part._default_manager.filter(**{str(owner._meta.model_name): owner.pk}).order_by("pk")
        return {(type(row), row.pk): row for row in found}


def last_change(owner: Model) -> SettingsEvent | None:
    """Return the last change of a service, of a location, or of its seller."""
    if isinstance(owner, Service):
        events = SettingsEvent.objects.filter(location=owner.location_id, service=owner)
    else:
        place = owner.location_id if isinstance(owner, Seller) else owner.pk
        events = SettingsEvent.objects.filter(location=place, service=None, section__in=OF_A_LOCATION)
    return events.select_related("by").order_by("-pk").first()


def differences(before: Rows, after: Rows, *, by: User) -> Iterable[SettingsEvent]:
    """Yield the differences in the terms of the screens: settings of a row, added rows, and removed rows."""
    at = timezone.now()

    def of(section: Section) -> Change:
        return Change(section=section, seen=0, by=by, at=at)

    for key, old in before.items():
        if key not in after:
            yield of(_section(old)).event(subject=_subject(old), old=_subject(old))
            continue
        subject = "" if isinstance(old, Service | Location | Seller) else _subject(old)
        for name in _settings(old):
            yield from of(_section(old, name)).differences(old, {name: getattr(after[key], name)}, subject=subject)
    for new in (row for key, row in after.items() if key not in before):
        yield of(_section(new)).event(subject=_subject(new), new=_subject(new))


def _settings(row: Model) -> list[str]:
    fields = (field for field in row._meta.concrete_fields if field.editable and not field.is_relation)
    return [field.name for field in fields if not field.primary_key]


def _section(row: Model, name: str = "") -> Section:
    if isinstance(row, OpeningHours):
        return Section.DAYS if row.on else Section.HOURS
    return FIELDS.get(type(row), {}).get(name, OTHERS[type(row)])


def _subject(row: Any) -> str:
    if isinstance(row, OpeningHours):
        return str(row.on or row.weekday)
    return str(row)
