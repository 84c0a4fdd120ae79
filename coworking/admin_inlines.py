"""The parts of a service or a location in Django admin: tables on its page."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import CharField, Exists, OuterRef
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coworking.domain.seller_setup import TaxBegun, first_free_day, may_have_sold
from coworking.domain.setup import PassForNothing
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
    TariffPrice,
)
from coworking.models.price import begun_price
from coworking.wording import refusal_text
from olvery.shared.admin import IconSelect, LabelledCells, Worded
from olvery.shared.forms import ClockField

BY_DAY = _("The price of today is a row of “New prices” in the settings of the service. Add a row there to change it.")


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
        return super().has_delete_permission(request, obj) and (obj is None or not may_have_sold(obj))


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
    """A tariff; its unit stays, since sold tickets are counted in it.

    Once a price from a day on holds, it is shown, and the tariff's own, which does not hold any more, stays as it is.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.begun_price: Decimal | None = getattr(self.instance, "begun_price", None)
        if "unit" in self.fields:
            self.fields["unit"].disabled = bool(self.instance.pk)
        if "price" in self.fields and self.begun_price is not None:
            self.fields["price"].disabled = True
            self.fields["price"].widget.attrs["title"] = BY_DAY
            self.initial["price"] = self.begun_price

    def clean_price(self) -> Decimal:
        """Leave the tariff's own price where another one is shown."""
        price: Decimal = self.cleaned_data["price"] if self.begun_price is None else self.instance.price
        return price

    def clean(self) -> dict[str, Any]:
        """Refuse a pass that is given away by a price from a day on; by its own, the database does."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        is_free = self.begun_price == 0 or getattr(self.instance, "is_free_later", False)
        if values.get("pass_units") and is_free:
            self.add_error("price", refusal_text(PassForNothing()))
        return values


class TariffSet(BaseInlineFormSet):
    """Tariffs of a service, each with the price that holds today, if it has any from a day on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        service: Service = kwargs["instance"]
        if service.pk:
            today = service.location.day_at(timezone.now())
            free = TariffPrice.objects.filter(tariff=OuterRef("pk"), starts_on__gt=today, price=0)
            kwargs["queryset"] = kwargs["queryset"].annotate(begun_price=begun_price(today), is_free_later=Exists(free))
        super().__init__(*args, **kwargs)


class TariffInline(PartInline):
    """Prices of a unit of time. What else a pass pays for is chosen by names on the page of the service."""

    model = Tariff
    form = TariffForm
    formset = TariffSet
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
