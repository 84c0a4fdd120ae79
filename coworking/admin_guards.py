"""Shared by the admin pages about places: refusals of the database in words."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from olvery.shared.admin import ONCE, Guarded, GuardedForm, Worded

# Refusals of the database: the constraint's name → the field and the message.
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


class PlaceForm(GuardedForm):
    """A form that shows refusals of the database."""

    refusals: ClassVar = REFUSALS


class GuardedAdmin(Guarded, Worded, admin.ModelAdmin):
    """A page for rows guarded by the database."""

    form = PlaceForm
