"""The page of a service's settings: its sections, one of which may have been submitted."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy

from coworking.access import StaffRequest
from coworking.domain import setup
from coworking.domain.service_list import events_of
from coworking.domain.settings_history import Change, Row
from coworking.forms import ROW_SETS, SETTING_FORMS, MoreSeatsForm
from coworking.models import CancellationStep, Section, Service, Tariff, TariffPrice
from coworking.models.price import begun_price
from coworking.views.photos import PageWithPhotos
from coworking.views.sections import History, Part, in_words

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
    Section.PHOTOS,
)
ORDER = {
    Section.TARIFFS: ("position", "pk"),
    Section.PRICES: ("starts_on", "tariff__position", "pk"),
    Section.EXTRAS: ("position", "pk"),
    Section.SEATS: ("table", "position", "pk"),
    Section.POLICY: ("-hours_before", "pk"),
}


class ServicePage(PageWithPhotos):
    """All sections of a service. Raises Http404 for services of other locations."""

    template = "coworking/service.html"
    address = "coworking:service"
    sections = {section.value: section for section in SECTIONS}
    saved = gettext_lazy("“%(section)s” is saved.")
    leads_to_section = True
    service: Service

    def __init__(self, request: StaffRequest, at: datetime, sent: str = "", *, pk: int) -> None:
        super().__init__(request, at, sent)
        self.service = own_service(request, pk)

    @property
    def context(self) -> dict[str, Any]:
        """Values that the template uses several times."""
        lacking = self.lacking if self.service.is_active else []
        return {"service": self.service, "steps": self.steps, "lacking": lacking}

    def make_forms(self) -> dict[str, Any]:
        """Return the form of each section."""
        return {name: self._make(section) for name, section in self.sections.items()}

    def store(self, change: Change) -> None:
        """Save the settings or the rows of the section. Raises Refusal."""
        if change.section in SETTING_FORMS:
            setup.change_service(self.service.pk, change, self.forms[self.sent].to_values())
        elif change.section == Section.PHOTOS:
            self.store_photos(change)
        else:
            setup.change_rows(self.service.pk, change, self._rows())

    @cached_property
    def parts(self) -> dict[str, Part]:
        """The sections, in the order of the page; a pool has no section for seats."""
        parts = super().parts
        return {name: part for name, part in parts.items() if part.section != Section.SEATS or self.service.has_seats}

    @property
    def lacking(self) -> list[Section]:
        """The sections without which nothing can be booked."""
        on_sale = {
            section: [form.instance for form in self.forms[section.value].initial_forms if form.instance.is_active]
            for section in (Section.SEATS, Section.TARIFFS)
        }
        has_tariff = any(tariff.pass_units is None for tariff in on_sale[Section.TARIFFS])
        found = [Section.SEATS] if self.service.has_seats and not on_sale[Section.SEATS] else []
        return found if has_tariff else [*found, Section.TARIFFS]

    @cached_property
    def more_seats(self) -> MoreSeatsForm:
        """The form for several new seats."""
        return MoreSeatsForm(self.sent_to(Section.SEATS.value), prefix="more", auto_id="more-%s")

    @property
    def history(self) -> History:
        """The latest changes, in words."""
        return in_words(events_of(self.service), {str(one.pk): one.name for one in self._services})

    def _make(self, section: Section) -> Any:
        data = self.sent_to(section.value)
        if section in SETTING_FORMS:
            stored = Service.objects.get(pk=self.service.pk) if data is not None else self.service
            return SETTING_FORMS[section](data, instance=stored, auto_id=f"{section}-%s")
        if section == Section.PHOTOS:
            return self.make_photos()
        rows, options = self._stored(section).order_by(*ORDER[section]), {}
        if section == Section.PRICES:
            # An archived tariff stays selectable if it has a future price: otherwise its row would be invalid.
            wanted = Q(is_active=True) | Q(prices__starts_on__gte=self.today)
            tariffs = Tariff.objects.filter(wanted, service=self.service).distinct().order_by("position", "pk")
            options = {"form_kwargs": {"tariffs": tariffs, "today": self.today}}
        if section == Section.TARIFFS:
            options = {"form_kwargs": {"services": self._others(rows)}}
        return ROW_SETS[section](data, queryset=rows, prefix=section.value, **options)

    @cached_property
    def _services(self) -> list[Service]:
        return list(Service.objects.filter(location=self.location).order_by("position", "name"))

    def _others(self, tariffs: Iterable[Tariff]) -> list[Service]:
        """The services that a pass may pay for besides this one; an archived one only if a pass already does."""
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

    def is_valid(self) -> bool:
        """Whether the submitted data are valid, including a range of new seats."""
        is_valid = super().is_valid()
        return (self.sent != Section.SEATS or self.more_seats.is_valid()) and is_valid

    def _rows(self) -> list[Row]:
        rows: list[Row] = self.forms[self.sent].to_rows()
        if self.sent == Section.SEATS:
            rows += self.more_seats.to_rows(after=max((row.values["position"] for row in rows), default=0))
        return rows


def own_service(request: StaffRequest, pk: int) -> Service:
    """Return a service of the current location. Raises Http404."""
    return get_object_or_404(Service.objects.select_related("location"), pk=pk, location=request.location)
