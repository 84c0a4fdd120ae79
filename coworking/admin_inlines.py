"""The parts of a service in Django admin: tables on its page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import CharField
from django.http import HttpRequest

from coworking.extra_icons import icon_choices
from coworking.models import CancellationStep, Extra, Seat, Service, Tariff
from olvery.shared.admin import IconSelect, LabelledCells


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
