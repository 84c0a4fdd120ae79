"""What the settings of services show: the list, and the history of a service."""

from django.db.models import Count, Prefetch, Q, QuerySet

from coworking.models import Location, Service, SettingsEvent, Tariff

SHOWN_EVENTS = 20


def services_with_tariffs(location: Location) -> list[Service]:
    """Return the services of a location, those on sale first, each with `seat_count` and its cheapest tariffs."""
    on_sale = Tariff.objects.filter(is_active=True).order_by("price", "pk")
    services = Service.objects.filter(location=location).annotate(
        seat_count=Count("seats", filter=Q(seats__is_active=True))
    )
    ordered = services.order_by("-is_active", "position", "name", "pk")
    return list(ordered.prefetch_related(Prefetch("tariffs", queryset=on_sale, to_attr="cheapest")))


def events_of(service: Service) -> QuerySet[SettingsEvent]:
    """Return the latest changes of a service."""
    return SettingsEvent.objects.filter(service=service).select_related("by").order_by("-pk")[:SHOWN_EVENTS]
