"""Changing the settings of services: each section separately, with a history row for each setting.

Orders keep what they were sold at: names and prices are copied into them. Nothing that a ticket refers to is deleted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import CharField, Model, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import User
from coworking.domain import locks, policy_setup, waiting
from coworking.domain.in_the_way import refuse_archiving, refuse_fewer_places
from coworking.domain.settings_history import Change, Row, changing_service, record, save_row, touches_before
from coworking.models import (
    Block,
    CancellationStep,
    Extra,
    Location,
    Seat,
    Section,
    Service,
    SettingsEvent,
    Tariff,
    TariffPrice,
)
from coworking.models.price import begun_price
from olvery.shared.refusals import Refusal
from olvery.shared.rows import refused_as

ROWS: dict[Section, type[Model]] = {
    Section.SEATS: Seat,
    Section.TARIFFS: Tariff,
    Section.PRICES: TariffPrice,
    Section.EXTRAS: Extra,
    Section.POLICY: CancellationStep,
}


class NameTaken(Refusal):
    """Two things in one place have the same name."""

    field = "name"


class StockBooked(Refusal):
    """More pieces of an extra are booked at once than would be left."""


NAMED_ONCE = {
    "service_name_once_a_location": lambda: NameTaken("service_name_taken"),
    "extra_stock_covers_bookings": lambda: StockBooked("extra_stock_booked", field="stock"),
    "tariff_price_once_a_day": lambda: NameTaken("price_twice", field="starts_on"),
    "seat_label_once_a_service": lambda: NameTaken("seat_label_taken", field="label"),
    "cancellation_step_once_a_notice": lambda: NameTaken("step_twice", field="hours_before"),
}


class PriceBegun(Refusal):
    """The price begins on a past day: something may have been sold at it."""

    reason = "price_begun"
    field = "starts_on"


class PassForNothing(Refusal):
    """A price of 0 for a pass: passes are granted when they are paid."""

    reason = "pass_for_nothing"
    field = "price"


class KindStays(Refusal):
    reason = "service_kind_stays"
    field = "kind"


def create_service(*, location: Location, values: dict[str, Any], by: User, at: datetime) -> Service:
    """Create a service of a location, which is not on sale until it has a tariff. Raises NameTaken, Busy."""
    change = Change(section=Section.ABOUT, seen=0, by=by, at=at)
    with refused_as(NAMED_ONCE), locks.short_waits():
        service = Service.objects.create(location=location, **values)
        record([change.event(subject=service.name, new=service.name)], location, service)
    return service


def change_service(service_id: int, change: Change, values: dict[str, Any]) -> int:
    """Change settings of a service itself and return how many have changed.

    Raises ChangedMeanwhile, NameTaken, KindStays, TicketsInTheWay, Busy.
    """
    with refused_as(NAMED_ONCE), changing_service(service_id, change) as service:
        _refuse_places(service, values, change.at)
        events = change.differences(service, values)
        service.save(update_fields=list(values))
        waiting.look_again([service_id])
        return record(events, service.location, service)


def change_rows(service_id: int, change: Change, rows: Sequence[Row]) -> int:
    """Change, add and remove the rows of a section and return how many settings have changed.

    Rows that are not named stay as they are. Raises ChangedMeanwhile, NameTaken, TicketsInTheWay,
    PriceBegun, PassForNothing, StockBooked, Busy.
    """
    model = ROWS[change.section]
    with refused_as(NAMED_ONCE), changing_service(service_id, change) as service:
        if change.section == Section.POLICY:
            return record(policy_setup.save_steps(service, rows, change), service.location, service)
        waiting.look_again([service_id])
        return record(save_rows(model, service, rows, change), service.location, service)


def set_on_sale(service_id: int, *, is_active: bool, by: User, at: datetime) -> int:
    """Archive a service or put it on sale again; sold tickets stay valid. Raises Busy."""
    with locks.short_waits():
        service = locks.lock_service(service_id)
        change = Change(section=Section.SALE, seen=0, by=by, at=at)
        events = change.differences(service, {"is_active": is_active})
        service.save(update_fields=["is_active"])
        waiting.look_again([service_id])
        return record(events, service.location, service)


def save_rows(model: Any, service: Service, rows: Sequence[Row], change: Change) -> list[SettingsEvent]:
    """Change, add and remove rows of a locked service and return the unsaved events.

    Raises ChangedMeanwhile, TicketsInTheWay, PriceBegun, PassForNothing.
    """
    known = {row.pk: row for row in _rows_of(model, service)}
    if model is TariffPrice:
        if touches_before(service.location.day_at(change.at), known, rows):
            raise PriceBegun
        _refuse_giving_away(known, rows)
    if model is Tariff:
        _refuse_passes_for_nothing(service, known, rows, change.at)
    if model is Seat:
        archived = [row.key for row in rows if row.key in known and not row.values.get("is_active", True)]
        refuse_archiving([known[key] for key in archived if known[key].is_active], at=change.at)
        _free_numbers(known, rows)
    owner: dict[str, Any] = {} if model is TariffPrice else {"service": service}
    return [event for row in rows for event in save_row(model, known, row, change, **owner)]


def _rows_of(model: Any, service: Service) -> QuerySet[Any]:
    if model is TariffPrice:
        return TariffPrice.objects.filter(tariff__service=service).select_related("tariff")
    rows: QuerySet[Any] = model.objects.filter(service=service)
    return rows


def _refuse_giving_away(known: dict[Any, TariffPrice], rows: Sequence[Row]) -> None:
    for row in (row for row in rows if not row.is_removed):
        tariff = row.values.get("tariff") or (known[row.key].tariff if row.key in known else None)
        if tariff and tariff.is_pass and row.values.get("price") == 0:
            raise PassForNothing


def _refuse_passes_for_nothing(service: Service, known: dict[Any, Tariff], rows: Sequence[Row], at: datetime) -> None:
    """Refuse passes that cost nothing, now or from a later day on."""
    passes = {row.key: row.values for row in rows if row.values.get("pass_units")}
    today = service.location.day_at(at)
    own = [known[key].price for key in passes if key in known and "price" not in passes[key]]
    typed = [values["price"] for values in passes.values() if "price" in values]
    there = [key for key in passes if key]
    begun = Tariff.objects.filter(pk__in=there).values_list(begun_price(today), flat=True)
    later = TariffPrice.objects.filter(tariff__in=there, starts_on__gt=today)
    if 0 in (*own, *typed, *begun, *later.values_list("price", flat=True)):
        raise PassForNothing


def _free_numbers(known: dict[Any, Seat], rows: Sequence[Row]) -> None:
    """Clear the numbers of seats that get new ones, so that two may swap theirs."""
    named = [row for row in rows if row.key in known and "label" in row.values]
    renamed = [row.key for row in named if row.values["label"] != known[row.key].label]
    Seat.objects.filter(pk__in=renamed).update(label=Concat(Value("~"), Cast("pk", CharField())))


def _refuse_places(service: Service, values: dict[str, Any], at: datetime) -> None:
    if values.get("kind", service.kind) != service.kind and (
        service.tickets.exists() or Block.objects.filter(service=service).exists()
    ):
        raise KindStays
    capacity = values.get("capacity", service.capacity)
    if not service.has_seats and capacity < service.capacity:
        refuse_fewer_places(service, capacity=capacity, at=at)
