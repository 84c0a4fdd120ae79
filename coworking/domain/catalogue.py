"""The tariffs and extras that a location sells."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from coworking.models import Extra, Location, PlanItem, Service, Tariff

# By hand: every change in the order form asks it, and the ORM takes ten times as long to write it as PostgreSQL to
# answer. Columns that are new come along by themselves, as JSON knows them: numbers, words, lists. Sums go as text,
# JSON would make floats of them.
_ON_SALE = """
SELECT tariff.*, row_to_json(service) AS service_row, ARRAY(
    SELECT json_build_object(
        'id', id, 'name', name, 'icon', icon, 'price', price::text, 'max_quantity', max_quantity,
        'subject', subject, 'vat', vat
    )
    FROM coworking_extra WHERE service_id = service.id AND is_active ORDER BY position, id
) AS extra_rows, ARRAY(
    SELECT row_to_json(item) FROM coworking_planitem AS item WHERE service_id = service.id ORDER BY id
) AS item_rows
FROM coworking_tariff AS tariff JOIN coworking_service AS service ON service.id = tariff.service_id
WHERE tariff.is_active AND service.is_active AND service.location_id = %(location)s
  AND (%(services)s::bigint[] IS NULL OR service.id = ANY(%(services)s))
ORDER BY service.position, service.name, tariff.position, tariff.id
"""


def tariffs_on_sale(location: Location, *, service_ids: Collection[int] | None = None) -> list[Tariff]:
    """Return the tariffs that an order at the location may use, in the order of the form; all, or of some services.

    Each comes with its service, and that with its location, `extras_on_sale` and `drawn_items`. One query: the
    order form asks on every change.
    """
    values = {"location": location.pk, "services": None if service_ids is None else list(service_ids)}
    tariffs: list[Any] = list(Tariff.objects.raw(_ON_SALE, values))
    services: dict[int, Service] = {}
    for tariff in tariffs:
        service = services.get(tariff.service_id)
        if service is None:
            service = services[tariff.service_id] = _service_of(tariff, location)
        tariff.service = service
    return tariffs


def _service_of(tariff: Any, location: Location) -> Service:
    fields = Service._meta.concrete_fields
    values = [tariff.service_row[field.column] for field in fields]
    service = Service.from_db(tariff._state.db, [field.attname for field in fields], values)
    service.location = location
    service.extras_on_sale = [
        Extra(**{**row, "price": Decimal(row["price"]), "service": service}) for row in tariff.extra_rows
    ]
    service.drawn_items = [PlanItem(**row) for row in tariff.item_rows]
    return service
