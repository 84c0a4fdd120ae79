"""Locations, services and tickets in Django admin, for support; blocks are in admin_blocks."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import User
from accounts.people_query import meant_by
from coworking.admin_blocks import BlockAdmin
from coworking.admin_guards import GuardedAdmin, PlaceForm
from coworking.admin_history import Recorded, SeenForm
from coworking.admin_inlines import (
    CancellationStepInline,
    ExtraInline,
    OpeningHoursInline,
    SeatInline,
    SellerInline,
    SellerTaxInline,
    TariffInline,
)
from coworking.domain.seller_setup import may_have_sold
from coworking.forms import SOLD_METHODS
from coworking.models import (
    CancellationStep,
    Extra,
    Location,
    OpeningHours,
    Rule,
    Seat,
    Seller,
    SellerTax,
    Service,
    Tariff,
    Ticket,
)
from olvery.shared.admin import Column, LargeTable, ReadOnly, column
from olvery.shared.formats import moment, period
from olvery.shared.forms import PhoneField, as_id
from olvery.shared.search import kinds_in

__all__ = ["BlockAdmin", "LocationAdmin", "SellerAdmin", "ServiceAdmin", "TicketAdmin"]


def _by_the_location(field: str, label: Any) -> Column:
    """Return a column with a moment in the time zone of a ticket's location."""
    return column(label, lambda row: (at := getattr(row, field)) and moment(at, row.service.location.zone))


class SettingsForm(SeenForm, PlaceForm):
    """A form of settings, which others may be saving elsewhere."""


class SettingsAdmin(Recorded, GuardedAdmin):
    """A page of settings that have a history."""

    form = SettingsForm
    fixed: tuple[str, ...] = ()  # once there is a row, since things were sold by it

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep what is fixed as it is."""
        return self.fixed if obj else ()


@admin.register(Seller)
class SellerAdmin(SettingsAdmin):
    """Companies and their taxes: an inline of a location cannot have rows of its own."""

    parts = (SellerTax,)
    fixed = ("location",)
    actions = None  # deleted one by one: of many at once nobody is asked
    inlines = (SellerTaxInline,)
    list_display = ("name", "inn", "location")
    list_select_related = ("location",)
    search_fields = ("name", "inn")
    ordering = ("name", "pk")

    def has_delete_permission(self, request: HttpRequest, obj: Seller | None = None) -> bool:
        """Nobody deletes a seller that has sold something: refunds and acts take their taxes from it."""
        return super().has_delete_permission(request, obj) and (obj is None or not may_have_sold(obj.location))


@admin.register(Location)
class LocationAdmin(SettingsAdmin):
    """Sites and their opening hours."""

    parts = (Seller, OpeningHours)
    accusative = pgettext_lazy("accusative", "location")

    formfield_overrides = {PhoneNumberField: {"form_class": PhoneField}}
    inlines = (SellerInline, OpeningHoursInline)
    list_display = ("name", "city", "time_zone", "state")
    list_filter = ("is_active",)
    search_fields = ("name", "city", "address")
    ordering = ("name", "pk")
    # In words: a phone shows no column heading above an icon.
    state = column(_("state"), lambda location: gettext("at work") if location.is_active else gettext("closed"))

    def get_readonly_fields(self, request: HttpRequest, obj: Location | None = None) -> tuple[str, ...]:
        """Keep the time zone in which tickets were sold: in another one their days would begin at other hours."""
        return ("time_zone",) if obj and Ticket.objects.filter(location=obj.pk).exists() else ()


class ServiceForm(SettingsForm):
    """A service; arrays in the database are check boxes here."""

    payment_methods = forms.MultipleChoiceField(
        label=_("Payment methods"), choices=SOLD_METHODS, widget=forms.CheckboxSelectMultiple
    )
    overridable_rules = forms.MultipleChoiceField(
        label=_("Rules a manager may override"),
        choices=Rule.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


@admin.register(Service)
class ServiceAdmin(SettingsAdmin):
    """Services with everything that belongs to them."""

    parts = (Tariff, Extra, Seat, CancellationStep)
    fixed = ("location",)  # its orders and tickets belong there
    accusative = pgettext_lazy("accusative", "service")

    form = ServiceForm
    fields = (
        *("location", "name", "description", "kind", "capacity"),
        *("buffer_minutes", "lead_minutes", "horizon_days", "move_hours", "deadline_hours"),
        *("own_order_minutes", "waiting_minutes", "release_minutes"),
        *("payment_methods", "overridable_rules", "position", "is_active"),
        "seen",
    )
    inlines = (TariffInline, ExtraInline, SeatInline, CancellationStepInline)
    list_display = ("name", "location", "kind", "capacity", "state")
    list_filter = ("is_active", "kind", "location")
    list_select_related = ("location",)
    autocomplete_fields = ("location",)
    search_fields = ("name", "location__name")
    ordering = ("location__name", "position", "name", "pk")
    # In words: a phone shows no column heading above an icon.
    state = column(_("state"), lambda service: gettext("on sale") if service.is_active else gettext("in the archive"))


@admin.register(Ticket)
class TicketAdmin(LargeTable, ReadOnly, admin.ModelAdmin):
    """Tickets, read-only: they come from orders and change with them."""

    fields = (
        "service",
        "seat",
        "visitor",
        "visitor_name",
        "booked",
        "kept",
        "status",
        "held",
        "created",
    )
    list_display = ("__str__", "booked", "service", "seat", "visitor_name", "status")
    list_filter = ("status", "service__location")
    list_select_related = ("service__location", "seat")
    search_fields = ("number",)
    ordering = ("-number",)
    booked = column(_("period"), lambda ticket: period(ticket.period, ticket.service.location.zone))
    kept = column(_("period with the buffer"), lambda ticket: period(ticket.occupied, ticket.service.location.zone))
    held = _by_the_location("held_until", _("held until"))
    created = _by_the_location("created_at", _("created at"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ticket], search_term: str
    ) -> tuple[QuerySet[Ticket], bool]:
        """Search by the keys of all matches, read in a query of their own."""
        text = search_term.strip()
        if not text:
            return queryset, False
        for words in self.kinds(text):
            first, *others = self.ways(words)
            queryset = queryset.filter(pk__in=first.union(*others) if others else first)
        return queryset, False

    def kinds(self, text: str) -> list[str]:
        """Return what each has to be found by a way of its own."""
        return kinds_in(text)

    def ways(self, text: str) -> list[QuerySet[Any]]:
        """Return the keys of the tickets that match a text: by visitor and by number, each with its own index."""
        ways: list[QuerySet[Any]] = [
            Ticket.objects.filter(visitor__in=User.objects.filter(meant_by(text))).values("pk")
        ]
        number = as_id(text)
        return [*ways, Ticket.objects.filter(number=number).values("pk")] if number else ways
