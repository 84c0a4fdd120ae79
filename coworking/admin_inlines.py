"""The parts of a service or a location in Django admin: tables on its page."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import CharField
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone

from coworking.domain.seller_setup import TaxBegun, first_free_day
from coworking.extra_icons import icon_choices
from coworking.models import (
    CancellationStep,
    Extra,
    Location,
    OpeningHours,
    Seat,
    Seller,
    SellerTax,
    Service,
    Tariff,
)
from coworking.wording import refusal_text
from olvery.shared.admin import IconSelect, LabelledCells, Worded
from olvery.shared.forms import ClockField


def sells(location: Location) -> bool:
    """Tell whether something may have been sold at a location: nothing is sold without a tariff."""
    return Tariff.objects.filter(service__location=location).exists()


class OpeningHoursInline(LabelledCells, admin.TabularInline):
    """The week and its exceptions."""

    model = OpeningHours
    extra = 0
    ordering = ("weekday", "on")

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Read and show a day's end as «24:00»."""
        if db_field.name == "closes_at":
            return db_field.formfield(form_class=ClockField, is_end=True)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class SellerInline(Worded, admin.StackedInline):
    """The company whose requisites stand on invoices."""

    model = Seller
    extra = 0
    show_change_link = True

    def has_delete_permission(self, request: HttpRequest, obj: Location | None = None) -> bool:
        """As on its own page."""
        return super().has_delete_permission(request, obj) and (obj is None or not sells(obj))


class TaxSet(BaseInlineFormSet):
    """Taxes of a seller; those that have begun stay: what was sold is refunded at its own."""

    def clean(self) -> None:
        """Refuse a change of days on which something may have been sold."""
        super().clean()
        if not self.instance.location_id:
            return
        first = first_free_day(self.instance.location, at=timezone.now())
        days = [day for form in self.forms for day in self._days_of(form)]
        if any(day < first for day in days):
            raise ValidationError(refusal_text(TaxBegun(first=first)))

    def _days_of(self, form: Any) -> list[date]:
        """Return since when a row that is changed held before, and since when it is to hold."""
        is_removed = bool(form.cleaned_data.get(DELETION_FIELD_NAME))
        if not (form.has_changed() or is_removed):
            return []
        days = (form.initial.get("starts_on"), None if is_removed else form.cleaned_data.get("starts_on"))
        return [day for day in days if day]


class SellerTaxInline(LabelledCells, admin.TabularInline):
    """VAT and tax system, dated."""

    model = SellerTax
    formset = TaxSet
    extra = 0
    ordering = ("starts_on",)


class PartInline(LabelledCells, admin.TabularInline):
    """A table of a service's parts, narrow enough for a laptop."""

    extra = 0
    ordering = ("position", "pk")
    formfield_overrides = {CharField: {"widget": forms.TextInput(attrs={"size": 18})}}


class TariffForm(forms.ModelForm):
    """A tariff; its unit stays, since sold tickets are counted in it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "unit" in self.fields:
            self.fields["unit"].disabled = bool(self.instance.pk)


class TariffInline(PartInline):
    """Prices of a unit of time. What else a pass pays for is chosen by names on the page of the service."""

    model = Tariff
    form = TariffForm
    exclude = ("also_services",)


class ExtraInline(PartInline):
    """What is sold beside the place."""

    model = Extra

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Let icons be chosen by their pictures."""
        if db_field.name == "icon":
            return forms.ChoiceField(
                label=db_field.verbose_name,
                choices=icon_choices(),
                widget=IconSelect,
                initial=db_field.default,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class SeatInline(PartInline):
    """Numbered places; where they stand is drawn in the editor of the plan."""

    model = Seat
    exclude = ("x", "y", "turn")


class CancellationStepInline(PartInline):
    """How much a cancellation gives back, by how early it comes."""

    model = CancellationStep
    ordering = ("-hours_before", "pk")

    def has_add_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        """Leave the terms of a service that is sold to its settings, which keep those of older orders."""
        return super().has_add_permission(request, obj) and not _is_sold(obj)

    def has_change_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_sold(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_sold(obj)


def _is_sold(service: Service | None) -> bool:
    return service is not None and service.tickets.exists()
