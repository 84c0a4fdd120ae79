"""Locations, services, blocks and tickets in Django admin, for support."""

from datetime import datetime
from typing import Any, ClassVar, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import User
from accounts.people_query import meant_by
from coworking.admin_inlines import CancellationStepInline, ExtraInline, SeatInline, TariffInline
from coworking.models import (
    Block,
    Location,
    OpeningHours,
    PaymentMethod,
    Rule,
    Seat,
    Seller,
    SellerTax,
    Service,
    Ticket,
)
from olvery.shared.admin import ONCE, Column, Guarded, GuardedForm, LabelledCells, ReadOnly, Worded, column
from olvery.shared.formats import moment, moment_of_end, period
from olvery.shared.forms import ClockField, PhoneField, as_id
from olvery.shared.periods import Period, at_local

# What the database refuses: the constraint's name → the field and the words of the "no".
REFUSALS = {
    "block_not_on_a_ticket": (None, _("Somebody has booked what the block would take. Nothing was saved.")),
    "block_seat_of_its_service": ("seat", _("Choose a seat of this service; a pool of places has none.")),
    "service_kind_stays": ("kind", _("The service has tickets, so its kind stays.")),
    "service_capacity_covers_bookings": ("capacity", _("More places are booked than would be left.")),
    "seat_archived_without_bookings": (None, _("A seat that is to be archived is booked. Nothing was saved.")),
    "extra_stock_covers_bookings": (None, _("More pieces are booked at once than there would be.")),
    "seat_label_once_a_service": ONCE,
    "cancellation_step_once_a_notice": ONCE,
    "opening_hours_once_a_weekday": ONCE,
    "opening_hours_once_a_date": ONCE,
    "seller_tax_once_a_day": ONCE,
}


def _by_the_location(field: str, label: Any) -> Column:
    """Return a column with a moment by the clock of a ticket's location."""
    return column(label, lambda row: (at := getattr(row, field)) and moment(at, row.service.location.zone))


class PlaceForm(GuardedForm):
    """A form that says what the database refused."""

    refusals: ClassVar = REFUSALS


class GuardedAdmin(Guarded, Worded, admin.ModelAdmin):
    """A page of what the database watches over."""

    form = PlaceForm


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


class SellerTaxInline(LabelledCells, admin.TabularInline):
    """VAT and tax system, dated."""

    model = SellerTax
    extra = 0
    ordering = ("starts_on",)


@admin.register(Seller)
class SellerAdmin(Guarded, admin.ModelAdmin):
    """Companies and their taxes; an inline of a location cannot hold rows of its own."""

    form = PlaceForm
    inlines = (SellerTaxInline,)
    list_display = ("name", "inn", "location")
    list_select_related = ("location",)
    search_fields = ("name", "inn")
    ordering = ("name", "pk")


@admin.register(Location)
class LocationAdmin(GuardedAdmin):
    """Sites and when they are open."""

    accusative = pgettext_lazy("accusative", "location")

    formfield_overrides = {PhoneNumberField: {"form_class": PhoneField}}
    inlines = (SellerInline, OpeningHoursInline)
    list_display = ("name", "city", "time_zone", "state")
    list_filter = ("is_active",)
    search_fields = ("name", "city", "address")
    ordering = ("name", "pk")
    # In words: a phone shows no heading above an icon.
    state = column(_("state"), lambda location: gettext("at work") if location.is_active else gettext("closed"))

    def get_readonly_fields(self, request: HttpRequest, obj: Location | None = None) -> tuple[str, ...]:
        """Keep the clock by which tickets were sold: by another one their days begin at other hours."""
        return ("time_zone",) if obj and Ticket.objects.filter(location=obj.pk).exists() else ()


class ServiceForm(PlaceForm):
    """A service; what is a list in the database is a list of boxes here."""

    payment_methods = forms.MultipleChoiceField(
        label=_("Payment methods"),
        choices=[choice for choice in PaymentMethod.choices if choice[0] != PaymentMethod.FREE],
        widget=forms.CheckboxSelectMultiple,
    )
    overridable_rules = forms.MultipleChoiceField(
        label=_("Rules a manager may override"),
        choices=Rule.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


@admin.register(Service)
class ServiceAdmin(GuardedAdmin):
    """Services with everything that is sold under them."""

    accusative = pgettext_lazy("accusative", "service")

    form = ServiceForm
    fields = (
        *("location", "name", "description", "kind", "capacity"),
        *("buffer_minutes", "lead_minutes", "horizon_days", "move_hours", "deadline_hours"),
        *("own_order_minutes", "waiting_minutes", "release_minutes"),
        *("payment_methods", "overridable_rules", "position", "is_active"),
    )
    inlines = (TariffInline, ExtraInline, SeatInline, CancellationStepInline)
    list_display = ("name", "location", "kind", "capacity", "state")
    list_filter = ("is_active", "kind", "location")
    list_select_related = ("location",)
    autocomplete_fields = ("location",)
    search_fields = ("name", "location__name")
    ordering = ("location__name", "position", "name", "pk")
    # In words: a phone shows no heading above an icon.
    state = column(_("state"), lambda service: gettext("on sale") if service.is_active else gettext("in the archive"))

    def get_readonly_fields(self, request: HttpRequest, obj: Service | None = None) -> tuple[str, ...]:
        """Keep a service where it is: its orders and tickets belong to that location."""
        return ("location",) if obj else ()


class ServiceChoice(forms.ModelChoiceField):
    """Services by location: names repeat between sites."""

    def label_from_instance(self, obj: Model) -> str:
        """Name the location first."""
        return f"{obj.location} · {obj}" if isinstance(obj, Service) else str(obj)


class SeatChoice(forms.ModelChoiceField):
    """Seats by service: numbers repeat between services."""

    def label_from_instance(self, obj: Model) -> str:
        """Name the location and the service first."""
        return f"{obj.service.location} · {obj.service} · {obj}" if isinstance(obj, Seat) else str(obj)


class WallClock(forms.SplitDateTimeWidget):
    """A day and a time as the browser picks them: the «Now» of admin's own inputs is that of the server."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        day: dict[str, Any] = {"type": "date", "aria-label": _("Date")}
        clock: dict[str, Any] = {"type": "time", "aria-label": _("Time")}
        super().__init__(
            attrs,
            date_format="%Y-%m-%d",
            time_format="%H:%M",
            date_attrs=day,
            time_attrs=clock,
        )


class BlockForm(PlaceForm):
    """A block; its two ends are read by the clock of the service's location."""

    starts_at = forms.SplitDateTimeField(label=_("From"), widget=WallClock)
    ends_at = forms.SplitDateTimeField(
        label=_("Until"),
        widget=WallClock,
        help_text=_("Both by the clock of the location; a day ends at 00:00 of the next one."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            zone = self.instance.service.location.zone
            for name, end in (("starts_at", self.instance.period.start), ("ends_at", self.instance.period.end)):
                self.initial[name] = end.astimezone(zone).replace(tzinfo=None)

    def clean(self) -> dict[str, Any]:
        """Put the two ends together."""
        cleaned = super().clean()
        service, start, end = (cleaned.get(name) for name in ("service", "starts_at", "ends_at"))
        if service and start and end:
            zone = service.location.zone
            try:
                self.instance.period = Period(_by_the_clock(start, zone), _by_the_clock(end, zone))
            except ValueError:
                self.add_error("ends_at", _("A block ends after it starts."))
        if not cleaned.get("places", 1):
            self.add_error("places", _("A block takes at least one place."))
        elif cleaned.get("seat") and cleaned.get("places", 1) != 1:
            self.add_error("places", _("A seat is one place."))
        return cleaned


@admin.register(Block)
class BlockAdmin(GuardedAdmin):
    """Places taken out of sale."""

    accusative = pgettext_lazy("accusative", "block")

    form = BlockForm
    fields = ("service", "seat", "places", "starts_at", "ends_at", "reason", "is_open_to_managers", "created_by")
    readonly_fields = ("created_by",)
    list_display = ("reason", "service", "seat", "places", "blocked", "created_by")
    list_filter = ("service__location",)
    list_select_related = ("service__location", "seat", "created_by")
    search_fields = ("reason", "service__name", "seat__label")
    ordering = ("-pk",)
    sortable_by = ()
    blocked = column(_("period"), lambda block: period(block.period, block.service.location.zone))
    # For those who may only look.
    starts_at = column(_("from"), lambda block: moment(block.period.start, block.service.location.zone))
    ends_at = column(_("until"), lambda block: moment_of_end(block.period.end, block.service.location.zone))

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: Any, **kwargs: Any) -> Any:
        """Offer services and seats by their full names, in one query each."""
        if db_field.name == "service":
            services = Service.objects.select_related("location").order_by("location__name", "name")
            kwargs |= {"queryset": services, "form_class": ServiceChoice}
        elif db_field.name == "seat":
            seats = Seat.objects.select_related("service__location")
            seats = seats.order_by("service__location__name", "service__name", "position", "pk")
            kwargs |= {"queryset": seats, "form_class": SeatChoice}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Block, form: Any, change: bool) -> None:
        """Note who made the block."""
        if not change:
            obj.created_by = cast(User, request.user)
        super().save_model(request, obj, form, change)


@admin.register(Ticket)
class TicketAdmin(Worded, ReadOnly, admin.ModelAdmin):
    """Tickets, to look at: they come from orders and change with them."""

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
    sortable_by = ()
    show_full_result_count = False
    booked = column(_("period"), lambda ticket: period(ticket.period, ticket.service.location.zone))
    kept = column(_("period with the buffer"), lambda ticket: period(ticket.occupied, ticket.service.location.zone))
    held = _by_the_location("held_until", _("held until"))
    created = _by_the_location("created_at", _("created at"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ticket], search_term: str
    ) -> tuple[QuerySet[Ticket], bool]:
        """Search by the keys of all that is found, read by themselves."""
        text = search_term.strip()
        if not text:
            return queryset, False
        first, *others = self.ways(text)
        return queryset.filter(pk__in=first.union(*others) if others else first), False

    def ways(self, text: str) -> list[QuerySet[Any]]:
        """Return the keys of the tickets that a text means: by the visitor and by the number, each by its own index."""
        ways: list[QuerySet[Any]] = [
            Ticket.objects.filter(visitor__in=User.objects.filter(meant_by(text))).values("pk")
        ]
        number = as_id(text)
        return [*ways, Ticket.objects.filter(number=number).values("pk")] if number else ways


def _by_the_clock(typed: datetime, zone: ZoneInfo) -> datetime:
    # Django read what was typed by the server's clock; only the wall time counts.
    wall = timezone.make_naive(typed)
    return at_local(wall.date(), wall.time(), zone)
