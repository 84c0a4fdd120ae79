"""What a customer opens: the catalogue, a service, and the orders and bookings of the customer with the most."""

from collections.abc import Sequence

from django.db.models import Count
from django.test import Client
from django.urls import reverse

from bench.measure import COLUMNS, answered, measure, row
from bench.results import Results
from bench.sides import Side, browser_of
from bench.targets import OWN_PAGE
from coworking.models import Service, Ticket
from orders.models import Order


def run(results: Results, sides: Sequence[Side]) -> None:
    """Open the pages of the customer with the most orders on each side."""
    found = {side: _pages(side) for side in sides}
    counts = ", ".join(f"{count:,}" for _client, count, _paths in found.values())
    results.table("A customer's own pages", f"Orders of the customer: {counts}.", *COLUMNS)
    for what in found[sides[0]][2]:
        samples = measure(sides, lambda side, what=what: lambda: answered(found[side][0].get(found[side][2][what])))
        row(results, what, samples, OWN_PAGE)


def _pages(side: Side) -> tuple[Client, int, dict[str, str]]:
    """Return the browser of the customer, how many orders they have, and the addresses by what is there."""
    side.use()
    counted = Order.objects.values_list("customer").annotate(count=Count("pk")).order_by("-count", "customer")
    customer, count = counted[0]
    client = browser_of(Order.objects.filter(customer=customer)[0].customer)
    order = Order.objects.filter(customer=customer).latest("pk")
    ticket = Ticket.objects.filter(visitor=customer).latest("pk")
    service = Service.objects.filter(location=side.location).earliest("position")
    orders, bookings = reverse("orders:my-orders"), reverse("orders:my-bookings")
    return (
        client,
        count,
        {
            "orders ahead": orders,
            "past orders": f"{orders}?view=past",
            "all orders": f"{orders}?view=all",
            "an order": reverse("orders:my-order", args=[order.pk]),
            "bookings ahead": bookings,
            "past bookings": f"{bookings}?view=past",
            "a booking": reverse("orders:my-booking", args=[ticket.pk]),
            "the services": reverse("orders:services"),
            "a service": reverse("orders:service", args=[service.pk]),
        },
    )
