"""Queries for the settings of services: the list, and the history of a service."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from coworking.models import Location, Section, Service, SettingsEvent, Tariff
from coworking.models.price import price_on

SHOWN_EVENTS = 20


def services_with_tariffs(location: Location, *, at: datetime) -> list[Service]:
    """Return the services of a location, those on sale first, each with `seat_count` and its cheapest tariffs.

    The tariffs come with `price_now`.
    """
    priced = Tariff.objects.annotate(price_now=price_on(location.day_at(at)))
    on_sale = priced.filter(is_active=True, pass_units=None).order_by("price_now", "pk")
    services = Service.objects.filter(location=location).annotate(
        seat_count=Count("seats", filter=Q(seats__is_active=True))
    )
    ordered = services.order_by("-is_active", "position", "name", "pk")
    return list(ordered.prefetch_related(Prefetch("tariffs", queryset=on_sale, to_attr="cheapest")))


def events_of(service: Service) -> QuerySet[SettingsEvent]:
    """Return the latest changes of a service."""
    return SettingsEvent.objects.filter(service=service).select_related("by").order_by("-pk")[:SHOWN_EVENTS]


def events_of_location(location: Location, sections: Collection[Section]) -> QuerySet[SettingsEvent]:
    """Return the latest changes of some sections of a location itself."""
    events = SettingsEvent.objects.filter(location=location, service=None, section__in=sections)
    return events.select_related("by").order_by("-pk")[:SHOWN_EVENTS]
