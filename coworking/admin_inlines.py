"""The parts of a service or a location in Django admin, as tables on its page."""

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
    """The company whose requisites are on invoices."""

    model = Seller
    extra = 0
    show_change_link = True

    def has_delete_permission(self, request: HttpRequest, obj: Location | None = None) -> bool:
        """The same as on its own page."""
        return super().has_delete_permission(request, obj) and (obj is None or not may_have_sold(obj))


class TaxSet(BaseInlineFormSet):
    """Taxes of a seller; those that have begun stay, because sales are refunded at their own rate."""

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
        """Return the old and the new first day of a changed row."""
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
    """A tariff; its unit is fixed, because sold tickets are counted in it.

    Once a dated price is in force, it is shown, and the tariff's own price, no longer valid, stays as it is.
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
        """Leave the tariff's own price alone if another one is shown."""
        price: Decimal = self.cleaned_data["price"] if self.begun_price is None else self.instance.price
        return price

    def clean(self) -> dict[str, Any]:
        """Refuse a pass with a dated price of zero; the database refuses it for the tariff's own price."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        is_free = self.begun_price == 0 or getattr(self.instance, "is_free_later", False)
        if values.get("pass_units") and is_free:
            self.add_error("price", refusal_text(PassForNothing()))
        return values


class TariffSet(BaseInlineFormSet):
    """Tariffs of a service, each with its dated price in force today, if any."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        service: Service = kwargs["instance"]
        if service.pk:
            today = service.location.day_at(timezone.now())
            free = TariffPrice.objects.filter(tariff=OuterRef("pk"), starts_on__gt=today, price=0)
            kwargs["queryset"] = kwargs["queryset"].annotate(begun_price=begun_price(today), is_free_later=Exists(free))
        super().__init__(*args, **kwargs)


class TariffInline(PartInline):
    """Prices of a unit of time. Further services of a pass are chosen by name on the page of the service."""

    model = Tariff
    form = TariffForm
    formset = TariffSet
    exclude = ("also_services",)


class ExtraInline(PartInline):
    """Extras sold with a place."""

    model = Extra

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Offer icons by their pictures."""
        if db_field.name == "icon":
            return forms.ChoiceField(
                label=db_field.verbose_name,
                choices=icon_choices(),
                widget=IconSelect,
                initial=db_field.default,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class SeatInline(PartInline):
    """Numbered places; their positions are drawn in the plan editor."""

    model = Seat
    exclude = ("x", "y", "turn")


class CancellationStepInline(PartInline):
    """The share that a cancellation returns, by how early it is."""

    model = CancellationStep
    ordering = ("-hours_before", "pk")

    def has_add_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        """Terms of a sold service change only in its settings, which keep those of older orders."""
        return super().has_add_permission(request, obj) and not _is_sold(obj)

    def has_change_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_sold(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_sold(obj)


def _is_sold(service: Service | None) -> bool:
    return service is not None and service.tickets.exists()
