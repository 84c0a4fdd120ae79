"""The access log of a location, and who chose many people without making an order."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from accounts.models import AccessEvent, Screen, User
from accounts.people_query import meant_by
from coworking.models import Location
from olvery.shared.periods import local_day
from orders.models import Order, OrderLine

# Fewer are phone calls that led to no order.
MANY = 10


def looks_at(
    location: Location, *, text: str = "", day: date | None = None, whom: int | None = None
) -> QuerySet[AccessEvent]:
    """Return who saw whom at a location, on a local day; `text` finds either of the two, `whom` is the person seen.

    For `whom`, records that were merged into theirs are included.
    """
    looks = AccessEvent.objects.filter(location=location).select_related("by", "person")
    if day:
        period = local_day(day, location.zone)
        looks = looks.filter(at__gte=period.start, at__lt=period.end)
    if whom:
        looks = looks.filter(person__in=User.objects.records_of(whom))
    if text:
        people = User.objects.filter(meant_by(text))
        looks = looks.filter(Q(by__in=people) | Q(person__in=people))
    return looks


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who saw a person: how often, and when for the last time."""

    last_name: str
    first_name: str
    count: int
    last_at: datetime


def viewers_of(location: Location, whom: int) -> list[Viewer]:
    """Return who saw a person at a location, latest first. One query."""
    looks = AccessEvent.objects.filter(location=location, person__in=User.objects.records_of(whom))
    named = looks.values("by", "by__last_name", "by__first_name")
    counted = named.annotate(count=Count("pk"), last_at=Max("at")).values_list(
        "by__last_name", "by__first_name", "count", "last_at"
    )
    return [Viewer(*row) for row in counted.order_by("-last_at", "by")]


def chose_many(location: Location, day: date) -> list[User]:
    """Return who chose ten people or more that day without ever making an order for them, most first.

    Sets `chosen_count` on each. Two queries at most.
    """
    period = local_day(day, location.zone)
    made = {"created_by": OuterRef("by"), "created_at__gte": period.start}
    orders = Order.objects.filter(**made, customer=OuterRef("person"))
    of_order = {f"order__{name}": value for name, value in made.items()}
    visits = OrderLine.objects.filter(**of_order, ticket__visitor=OuterRef("person"))
    idle = AccessEvent.objects.filter(
        ~Exists(orders),
        ~Exists(visits),
        location=location,
        screen=Screen.ORDER_FORM,
        at__gte=period.start,
        at__lt=period.end,
    )
    counts = idle.values("by").annotate(count=Count("person", distinct=True)).filter(count__gte=MANY)
    chosen = dict(counts.values_list("by", "count"))
    people = list(User.objects.filter(pk__in=chosen)) if chosen else []
    for person in people:
        person.chosen_count = chosen[person.pk]  # type: ignore[attr-defined]
    return sorted(people, key=lambda person: -chosen[person.pk])
