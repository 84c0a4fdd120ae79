"""Rows that are inserted together are stored as Django would store them."""

from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection

from olvery.shared.rows import _columns_of
from orders.models import Order, OrderStatus

SAMPLES: dict[type, list[Any]] = {
    int: [0, 7],
    Decimal: [Decimal(0), Decimal("300.50")],
    str: ["", "Иван", OrderStatus.CONFIRMED],
}
OWN = [
    model
    for model in apps.get_models()
    if model.__module__.partition(".")[0] in ("accounts", "coworking", "orders") and not model._meta.proxy
]


def test_values_stored_unchanged_are_those_the_field_would_store() -> None:
    for model in OWN:
        _beginning, columns = _columns_of(model, has_key=True)
        for field, plain, _mark in columns:
            assert field.get_db_prep_save(None, connection) is None, field
            for value in SAMPLES[plain] if plain else ():
                assert field.get_db_prep_save(value, connection) == value, field


def test_the_columns_of_an_order_that_are_asked_one_by_one_are_few() -> None:
    _beginning, columns = _columns_of(Order, has_key=True)
    moments = {"deadline_at", "owed_until", "created_at"}
    lists = {"service_ids", "also_services", "paid_by"}
    asked = {field.name for field, plain, _mark in columns if not plain}
    assert asked == {"period", "phone", "form_token", *moments, *lists}
