"""Blocks in Django admin, for support."""

from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from accounts.models import User
from coworking.admin_guards import GuardedAdmin, PlaceForm
from coworking.domain import blocking
from coworking.models import Block, Seat, Service
from olvery.shared.admin import column
from olvery.shared.formats import moment, moment_of_end, period
from olvery.shared.periods import Period, at_local


class PlaceChoice(forms.ModelChoiceField):
    """Services and seats with what they belong to: names repeat between sites, numbers between services."""

    def label_from_instance(self, obj: Any) -> str:
        """Put the location first."""
        owner = self.label_from_instance(obj.service) if isinstance(obj, Seat) else obj.location
        return f"{owner} · {obj}"


class WallClock(forms.SplitDateTimeWidget):
    """A date and time in the browser's own picker: «Now» in admin's inputs means the server's clock."""

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
    """A block; its two ends are in the time zone of the service's location."""

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
        """Combine the two ends."""
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


def _lifted(block: Block) -> str | None:
    """Return when a block was lifted, and by whom."""
    if block.lifted_at is None or block.lifted_by is None:
        return None
    return f"{moment(block.lifted_at, block.service.location.zone)}, {block.lifted_by.short_name}"


@admin.register(Block)
class BlockAdmin(GuardedAdmin):
    """Places taken out of sale."""

    accusative = pgettext_lazy("accusative", "block")

    form = BlockForm
    fields = (
        "service",
        "seat",
        "places",
        "starts_at",
        "ends_at",
        "reason",
        "is_open_to_managers",
        "created_by",
        "lifted",
    )
    readonly_fields = ("created_by", "lifted")
    list_display = ("reason", "service", "seat", "places", "blocked", "created_by", "lifted")
    list_filter = (("lifted_at", admin.EmptyFieldListFilter), "service__location")
    list_select_related = ("service__location", "seat", "created_by", "lifted_by")
    actions = ("lift",)
    search_fields = ("reason", "service__name", "seat__label")
    ordering = ("-pk",)
    sortable_by = ()
    blocked = column(_("period"), lambda block: period(block.period, block.service.location.zone))
    # For users with read-only access.
    starts_at = column(_("from"), lambda block: moment(block.period.start, block.service.location.zone))
    ends_at = column(_("until"), lambda block: moment_of_end(block.period.end, block.service.location.zone))
    lifted = column(_("lifted"), _lifted)

    @admin.action(description=_("Lift blocks"), permissions=["change"])
    def lift(self, request: HttpRequest, chosen: QuerySet[Block]) -> None:
        """Lift blocks as the calendar does."""
        places = chosen.values_list("service__location", flat=True)
        keys = chosen.values_list("pk", flat=True)
        count = blocking.lift(keys, location_ids=places, by=cast(User, request.user), at=timezone.now())
        text = ngettext("%(count)s block is lifted.", "%(count)s blocks are lifted.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Block | None:
        """Lock a block that is about to be saved: otherwise a concurrent lift would be undone."""
        block = super().get_object(request, object_id, from_field)
        if block and request.method == "POST":
            block.refresh_from_db(from_queryset=Block.objects.select_for_update(no_key=True))
        return block

    def has_change_permission(self, request: HttpRequest, obj: Block | None = None) -> bool:
        """Lifted blocks are read-only."""
        return super().has_change_permission(request, obj) and (obj is None or obj.lifted_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Block | None = None) -> bool:
        """Nobody: lifted blocks are kept, to show who took the places and who gave them back."""
        return False

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: Any, **kwargs: Any) -> Any:
        """Offer services and seats by their full names, in one query each."""
        if db_field.name == "service":
            services = Service.objects.select_related("location").order_by("location__name", "name")
            kwargs |= {"queryset": services, "form_class": PlaceChoice}
        elif db_field.name == "seat":
            seats = Seat.objects.select_related("service__location")
            seats = seats.order_by("service__location__name", "service__name", "position", "pk")
            kwargs |= {"queryset": seats, "form_class": PlaceChoice}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Block, form: Any, change: bool) -> None:
        """Store who made the block."""
        if not change:
            obj.created_by = cast(User, request.user)
        super().save_model(request, obj, form, change)


def _by_the_clock(typed: datetime, zone: ZoneInfo) -> datetime:
    # Django parsed the input in the server's time zone; only the wall time counts.
    wall = timezone.make_naive(typed)
    return at_local(wall.date(), wall.time(), zone)
