"""What a location still needs before its first order, derived from its data."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.models import Membership, Role
from coworking.models import Location, OpeningHours, Seat, Seller, Service, Tariff, Ticket

STEPS = ("hours", "seller", "service", "places", "tariff", "people", "order")


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Which steps are done; `service` is the one that open steps concern."""

    done: Collection[str]
    service: Service | None

    @property
    def are_done(self) -> bool:
        """Whether nothing is left."""
        return len(self.done) == len(STEPS)


def first_steps(location: Location) -> FirstSteps:
    """Return which steps of a new location are done. Two queries, one if nothing is left."""
    services = Service.objects.filter(location=location, is_active=True)
    seats = Seat.objects.filter(service=OuterRef("pk"), is_active=True)
    with_places = services.filter(Q(kind=Service.Kind.POOL, capacity__gte=1) | Exists(seats))
    facts = {
        "hours": OpeningHours.objects.filter(location=location, weekday__isnull=False, opens_at__isnull=False),
        "seller": Seller.objects.filter(location=location),
        "service": services,
        "places": with_places,
        "tariff": Tariff.objects.filter(service__in=with_places, is_active=True, pass_units=None),
        "people": Membership.objects.filter(location=location, role=Role.RENTAL_MANAGER, user__is_active=True),
        "order": Ticket.objects.filter(location_id=location.pk),
    }
    has: dict[str, Any] = {f"has_{name}": Exists(rows) for name, rows in facts.items()}
    found = Location.objects.annotate(**has).get(pk=location.pk)
    done = tuple(name for name in facts if getattr(found, f"has_{name}"))
    if len(done) == len(STEPS):
        return FirstSteps(done, None)
    return FirstSteps(done, services.order_by("position", "name", "pk").first())
