from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import Value

from coworking.models import Location
from tests.factories import make_location

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("phone", ["no number", Value("8 831 253-01-17"), Value("+7 831 253-01-17")], ids=str)
def test_the_database_refuses_a_phone_of_a_location_that_is_not_e164(phone: Any) -> None:
    make_location(phone="8 831 253-01-17")

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Location.objects.update(phone=phone)
    assert error.value.__cause__.diag.constraint_name == "location_phone_is_e164"
    assert str(Location.objects.get().phone) == "+78312530117"


class FreeText:
    """Locations as they were before their phones became numbers."""

    def __init__(self) -> None:
        loader = MigrationLoader(connection)
        key = next(key for key in loader.disk_migrations if key[1].endswith("phones_of_locations_in_e164"))
        self.migration = import_module(f"coworking.migrations.{key[1]}")
        self.apps = loader.project_state([key]).apps
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE coworking_location DROP CONSTRAINT location_phone_is_e164")

    def add(self, phone: str) -> None:
        """Save a location."""
        self.apps.get_model("coworking", "Location").objects.create(
            name=phone, reply_email="a@example.com", phone=phone
        )

    def migrate(self) -> None:
        """Do what the migration does."""
        self.migration.write_as_e164(self.apps, None)

    def phones(self) -> list[str]:
        """Return what the column holds."""
        names = self.apps.get_model("coworking", "Location").objects.order_by("pk")
        return list(names.values_list("phone", flat=True))


def test_phones_of_locations_that_were_free_text_are_rewritten() -> None:
    before = FreeText()
    for phone in ("+7 831 253-01-17", "8 (831) 253-01-18", "", "+78312530119", "+375 29 123-45-67"):
        before.add(phone)

    before.migrate()

    written = ["+78312530117", "+78312530118", "", "+78312530119", "+375291234567"]
    assert before.phones() == written
    before.migrate()
    assert before.phones() == written


@pytest.mark.parametrize("phone", ["+7 831 253-01-17 доб. 5", "на ресепшене", "253-01-17", "253-01-17, 253-01-18"])
def test_a_free_text_that_is_no_number_stops_the_migration_and_is_named(phone: str) -> None:
    before = FreeText()
    before.add(phone)

    with pytest.raises(ValueError, match="Correct it in Django admin") as refusal:
        before.migrate()
    assert phone in str(refusal.value)
    assert before.phones() == [phone]
