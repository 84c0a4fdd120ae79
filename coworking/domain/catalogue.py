"""The tariffs and extras that a location sells."""

from collections.abc import Collection
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject

from coworking.models import Extra, Location, Tariff


def tariffs_on_sale(location: Location, *, service_ids: Collection[int] | None = None) -> list[Tariff]:
    """Return the tariffs that an order at the location may use, in the order of the form; all, or of some services.

    Each comes with its service, and that with its location and `extras_on_sale`. One query: the order form
    asks on every change.
    """
    tariffs = _with_extras().filter(service__location=location)
    if service_ids is not None:
        tariffs = tariffs.filter(service__in=service_ids)
    for tariff in tariffs:
        service = tariff.service
        service.location = location
        service.extras_on_sale = [
            Extra(**{**row, "price": Decimal(row["price"]), "service": service}) for row in tariff.extra_rows
        ]
    return list(tariffs)


@cache
def _with_extras() -> "QuerySet[Any]":
    """Write most of the query once; each use of it makes a copy of its own."""
    extras = Extra.objects.filter(service=OuterRef("service"), is_active=True).order_by("position", "pk")
    # As text: JSON would make a float of a sum.
    fields = {name: name for name in ("pk", "name", "icon", "max_quantity", "subject", "vat")}
    rows = extras.values(row=JSONObject(**fields, price=Cast("price", TextField())))
    return (
        Tariff.objects.filter(is_active=True, service__is_active=True)
        .select_related("service")
        .annotate(extra_rows=ArraySubquery(rows))
        .order_by("service__position", "service__name", "position", "pk")
    )
