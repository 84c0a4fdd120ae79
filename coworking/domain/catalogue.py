"""The tariffs and extras that a location sells."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

from coworking.models import Extra, Location, Picture, PlanItem, Service, Tariff
from coworking.models.price import price_on
from olvery.database.plans import keeping_plans

Row = TypeVar("Row", bound=Model)


def _columns_of(model: type[Model], name: str) -> str:
    """List all columns: with `*`, a cached plan would fail once a migration has added another."""
    return ", ".join(f'{name}."{field.column}"' for field in model._meta.concrete_fields)


# Raw SQL: every change in the order form runs it, and the ORM takes ten times as long to write it as PostgreSQL to
# answer. New columns are included automatically, as JSON: numbers, strings, lists. Sums go as text, because
# JSON would make floats of them. A service comes with the first of its tariffs alone.
_ON_SALE = f"""
SELECT {_columns_of(Tariff, "tariff")},
  begun.price AS begun_price, next.price AS next_price, next.starts_on AS next_price_on,
  CASE WHEN lag(service.id) OVER shown IS DISTINCT FROM service.id THEN json_build_object(
    'row', row_to_json(service), 'extras', ARRAY(
        SELECT json_build_object(
            'id', id, 'name', name, 'icon', icon, 'price', price::text, 'max_quantity', max_quantity,
            'stock', stock, 'subject', subject, 'vat', vat
        )
        FROM coworking_extra WHERE service_id = service.id AND is_active ORDER BY position, id
    ), 'items', ARRAY(
        SELECT json_build_object('item', row_to_json(item), 'picture', row_to_json(picture))
        FROM coworking_planitem AS item LEFT JOIN coworking_picture AS picture ON picture.id = item.picture_id
        WHERE service_id = service.id ORDER BY item.id
    )
) END AS new_service, ARRAY(
    SELECT name FROM coworking_service WHERE id = ANY(tariff.also_services) AND is_active ORDER BY position, name
) AS also_names, ARRAY(
    SELECT concat_ws(' ', 'coworking.TariffPrice', id, xmin) FROM coworking_tariffprice WHERE tariff_id = tariff.id
  ) || ARRAY(
    SELECT concat_ws(' ', 'coworking.Extra', id, xmin) FROM coworking_extra WHERE service_id = service.id
  ) || ARRAY[
    concat_ws(' ', 'coworking.Tariff', tariff.id, tariff.xmin),
    concat_ws(' ', 'coworking.Service', service.id, service.xmin)
  ] AS versions
FROM coworking_tariff AS tariff JOIN coworking_service AS service ON service.id = tariff.service_id
LEFT JOIN LATERAL (
    SELECT price FROM coworking_tariffprice WHERE tariff_id = tariff.id AND starts_on <= %(today)s
    ORDER BY starts_on DESC LIMIT 1
) AS begun ON true
LEFT JOIN LATERAL (
    SELECT price, starts_on FROM coworking_tariffprice WHERE tariff_id = tariff.id AND starts_on > %(today)s
    ORDER BY starts_on LIMIT 1
) AS next ON true
WHERE tariff.is_active AND (tariff.pass_units IS NOT NULL) = ANY(%(of_passes)s)
  AND service.is_active AND service.location_id = %(location)s
  AND (
    %(services)s::bigint[] IS NULL OR service.id = ANY(%(services)s)
    OR tariff.also_services && %(services)s::bigint[]
  )
WINDOW shown AS (ORDER BY service.position, service.name, tariff.position, tariff.id)
ORDER BY service.position, service.name, tariff.position, tariff.id
"""  # noqa: S608 - our names


def tariffs_on_sale(location: Location, *, at: datetime, service_ids: Collection[int] | None = None) -> list[Tariff]:
    """Return the tariffs that an order at the location may use, in the order of the form; of all or some services.

    Each comes with the price of that day, whenever the booking is for, and its service; the service with its location,
    `extras_on_sale` and `drawn_items`. One query: the order form asks on every change.
    """
    return _on_sale(location, [False], at=at, service_ids=service_ids)


def passes_on_sale(location: Location, *, at: datetime, service_ids: Collection[int] | None = None) -> list[Tariff]:
    """Return the tariffs of passes that a location sells, all or those for some services; read the same way."""
    return _on_sale(location, [True], at=at, service_ids=service_ids)


def all_on_sale(service: Service, *, at: datetime) -> tuple[list[Tariff], list[Tariff]]:
    """Return the tariffs of a service that bookings may use, and those of passes that pay for it. One query."""
    found = _on_sale(service.location, [False, True], at=at, service_ids=[service.pk])
    return [one for one in found if not one.is_pass], [one for one in found if one.is_pass]


def _on_sale(
    location: Location, of_passes: list[bool], *, at: datetime, service_ids: Collection[int] | None
) -> list[Tariff]:
    today = location.day_at(at)
    keys = None if service_ids is None else list(service_ids)
    values: dict[str, Any] = {"location": location.pk, "today": today, "services": keys, "of_passes": of_passes}
    with keeping_plans(connection), connection.cursor() as cursor:
        cursor.execute(_ON_SALE, values)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    services: dict[int, Service] = {}
    tariffs = []
    for row in rows:
        if row["service_id"] not in services:
            services[row["service_id"]] = _service_of(**row["new_service"], location=location)
        tariffs.append(_tariff_of(row, services[row["service_id"]]))
    return tariffs


def _tariff_of(row: dict[str, Any], service: Service) -> Tariff:
    tariff: Any = _made(Tariff, row)
    tariff.service = service
    if row["begun_price"] is not None:
        tariff.price = row["begun_price"]
    tariff.also_names, tariff.versions = row["also_names"], row["versions"]
    tariff.next_price, tariff.next_price_on = row["next_price"], row["next_price_on"]
    return tariff


def _made(model: type[Row], row: dict[str, Any]) -> Row:
    """Return a row of a model as it is stored."""
    fields = model._meta.concrete_fields
    return model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in fields], [row[field.column] for field in fields])


def with_prices(tariffs: Iterable[Tariff], *, day: date) -> None:
    """Set the price of a day on tariffs that were read without it. One query, none without tariffs."""
    read = list(tariffs)
    wanted = {tariff.pk for tariff in read}
    prices = dict(Tariff.objects.filter(pk__in=wanted).values_list("pk", price_on(day))) if wanted else {}
    for tariff in read:
        tariff.price = prices[tariff.pk]


def _service_of(
    row: dict[str, Any], extras: list[dict[str, Any]], items: list[dict[str, Any]], *, location: Location
) -> Service:
    service = _made(Service, row)
    service.location = location
    service.extras_on_sale = [
        Extra(**{**extra, "price": Decimal(extra["price"]), "service": service}) for extra in extras
    ]
    service.drawn_items = [_item_of(**item) for item in items]
    return service


def _item_of(item: dict[str, Any], picture: dict[str, Any] | None) -> PlanItem:
    drawn = PlanItem(**item)
    if picture:
        drawn.picture = Picture(**picture)
    return drawn
