"""The page of a service's settings: its sections, of which one may have been sent."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from coworking.domain import setup
from coworking.domain.service_list import events_of
from coworking.domain.settings_history import Change, Row, last_events
from coworking.forms import ROW_SETS, SETTING_FORMS, MoreSeatsForm
from coworking.models import CancellationStep, Section, Service, SettingsEvent, Tariff, TariffPrice
from coworking.models.price import begun_price
from coworking.views.sections import Part, refusal_of
from coworking.wording_settings import event_text
from olvery.shared.refusals import Refusal

SECTIONS = (
    Section.ABOUT,
    Section.PLACES,
    Section.SEATS,
    Section.TARIFFS,
    Section.PRICES,
    Section.RULES,
    Section.POLICY,
    Section.METHODS,
    Section.EXTRAS,
)
ORDER = {
    Section.TARIFFS: ("position", "pk"),
    Section.PRICES: ("starts_on", "tariff__position", "pk"),
    Section.EXTRAS: ("position", "pk"),
    Section.SEATS: ("table", "position", "pk"),
    Section.POLICY: ("-hours_before", "pk"),
}


class ServicePage:
    """All sections of a service; `section` was sent with `data`."""

    def __init__(self, service: Service, *, at: datetime, section: Section | None = None, data: Any = None) -> None:
        self.service, self.section, self.data, self.at = service, section, data, at
        self.today = service.location.day_at(at)
        self.refusal: Refusal | None = None

    def save(self, *, by: User) -> bool:
        """Save the section that was sent and return whether that went well."""
        section = self.section
        if section not in SECTIONS or not self._is_valid(section):
            return False
        self.refusal = refusal_of(self._store, section, self.data, by=by, at=self.at)
        return self.refusal is None

    def _store(self, change: Change) -> None:
        if change.section in SETTING_FORMS:
            setup.change_service(self.service.pk, change, self._form(change.section).to_values())
        else:
            setup.change_rows(self.service.pk, change, self._rows(change.section))

    @cached_property
    def parts(self) -> list[Part]:
        """The sections, in the order of the page; without numbers there are no seats."""
        last = last_events(self.service.location, self.service, SECTIONS)
        return [
            Part(
                section=section,
                form=self._form(section),
                last=last.get(section),
                refusal=self.refusal if section == self.section else None,
                more=self.more_seats if section == Section.SEATS else None,
            )
            for section in SECTIONS
            if section != Section.SEATS or self.service.has_seats
        ]

    @property
    def lacking(self) -> list[Section]:
        """The sections without which nothing can be booked."""
        on_sale = {
            section: [form.instance for form in self._form(section).initial_forms if form.instance.is_active]
            for section in (Section.SEATS, Section.TARIFFS)
        }
        has_tariff = any(tariff.pass_units is None for tariff in on_sale[Section.TARIFFS])
        found = [Section.SEATS] if self.service.has_seats and not on_sale[Section.SEATS] else []
        return found if has_tariff else [*found, Section.TARIFFS]

    @cached_property
    def more_seats(self) -> MoreSeatsForm:
        """The form for several new seats."""
        data = self.data if self.section == Section.SEATS else None
        return MoreSeatsForm(data, prefix="more", auto_id="more-%s")

    @property
    def history(self) -> list[tuple[SettingsEvent, str]]:
        """The latest changes, each in words."""
        names = {str(one.pk): one.name for one in self._services}
        return [(event, event_text(event, names)) for event in events_of(self.service)]

    @cached_property
    def _forms(self) -> dict[Section, Any]:
        return {section: self._make(section) for section in SECTIONS}

    def _form(self, section: Section) -> Any:
        return self._forms[section]

    def _make(self, section: Section) -> Any:
        data = self.data if section == self.section else None
        if section in SETTING_FORMS:
            stored = Service.objects.get(pk=self.service.pk) if data is not None else self.service
            return SETTING_FORMS[section](data, instance=stored, auto_id=f"{section}-%s")
        rows, options = self._stored(section).order_by(*ORDER[section]), {}
        if section == Section.PRICES:
            # An archived one stays to be chosen where it has a price to come: its row would not be valid.
            wanted = Q(is_active=True) | Q(prices__starts_on__gte=self.today)
            tariffs = Tariff.objects.filter(wanted, service=self.service).distinct().order_by("position", "pk")
            options = {"form_kwargs": {"tariffs": tariffs, "today": self.today}}
        if section == Section.TARIFFS:
            options = {"form_kwargs": {"services": self._others(rows)}}
        return ROW_SETS[section](data, queryset=rows, prefix=section.value, **options)

    @cached_property
    def _services(self) -> list[Service]:
        return list(Service.objects.filter(location=self.service.location).order_by("position", "name"))

    def _others(self, tariffs: Iterable[Tariff]) -> list[Service]:
        """The services that a pass may pay for beside this one; an archived one where a pass does."""
        named = {key for tariff in tariffs for key in tariff.also_services}
        others = [one for one in self._services if one.pk != self.service.pk]
        return [one for one in others if one.is_active or one.pk in named]

    def _stored(self, section: Section) -> QuerySet[Any]:
        if section == Section.PRICES:
            return TariffPrice.objects.filter(tariff__service=self.service, starts_on__gte=self.today)
        if section == Section.POLICY:
            return CancellationStep.objects.filter(service=self.service).saved_last()
        rows: QuerySet[Any] = ROW_SETS[section].model.objects.filter(service=self.service)
        return rows.annotate(begun_price=begun_price(self.today)) if section == Section.TARIFFS else rows

    def _is_valid(self, section: Section) -> bool:
        is_valid = self._form(section).is_valid()
        return bool((section != Section.SEATS or self.more_seats.is_valid()) and is_valid)

    def _rows(self, section: Section) -> list[Row]:
        rows: list[Row] = self._form(section).to_rows()
        if section == Section.SEATS:
            rows += self.more_seats.to_rows(after=max((row.values["position"] for row in rows), default=0))
        return rows
