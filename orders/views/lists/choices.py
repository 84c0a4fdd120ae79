"""The choices of a filter. They are loaded when its menu opens; without scripts they are a page of their own."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import ListName
from coworking.access import StaffRequest, any_staff
from coworking.models import Location, PaymentMethod, Service, TicketStatus
from orders.domain.queries.lists import ListFilter
from orders.list_filters import kept_query
from orders.models import OrderStatus, PaymentStatus
from orders.views.lists.saved_filters import list_named, list_url

Choices = Iterable[tuple[Any, Any]]


def services_of(location: Location) -> Choices:
    """Return the services of a location for a filter."""
    return Service.objects.filter(location=location).order_by("position", "name").values_list("pk", "name")


# The title of each, the field of the `ListFilter` with the chosen values, and the possible values.
FILTERS: dict[ListName, dict[str, tuple[Any, str, Callable[[Location], Choices]]]] = {
    ListName.ORDERS: {
        "status": (_("Status"), "statuses", lambda _location: OrderStatus.choices),
        "payment": (_("Payment"), "payments", lambda _location: PaymentStatus.choices),
        "method": (_("Payment method"), "methods", lambda _location: PaymentMethod.choices),
        "service": (_("Service"), "services", services_of),
    },
    ListName.TICKETS: {
        "status": (_("Status"), "statuses", lambda _location: TicketStatus.choices),
        "service": (_("Service"), "services", services_of),
    },
}


def filters_of(name: ListName, wanted: ListFilter, location: Location) -> Iterator[dict[str, Any]]:
    """Yield each filter of a list with check boxes, what is chosen in it and, if anything is, its choices.

    One query if a service is chosen, when it is shown.
    """
    for key, (title, field, choices_of) in FILTERS[name].items():
        chosen = getattr(wanted, field)
        yield {"name": key, "title": title, "choices": choices_of(location) if chosen else (), "chosen": chosen}


@require_safe
@vary_on_headers("HX-Request")
@any_staff
def choices(request: StaffRequest, name: str, filter_name: str) -> HttpResponse:
    """Show the choices of one of a list's filters."""
    what = list_named(name)
    if filter_name not in FILTERS[what]:
        raise Http404
    title, _field, choices_of = FILTERS[what][filter_name]
    others = QueryDict(kept_query(QueryDict(request.GET.get("of", ""))), mutable=True)
    others.pop(filter_name, None)
    context = {
        "name": filter_name,
        "title": title,
        "choices": choices_of(request.location),
        "others": [(key, value) for key, values in others.lists() for value in values],
        "list_url": list_url(what, "").partition("?")[0],
    }
    part = "#choices" if request.headers.get("HX-Request") else ""
    return render(request, f"orders/lists/choices.html{part}", context)
