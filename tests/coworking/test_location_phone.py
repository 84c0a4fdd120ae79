from typing import Any

import pytest
from django.db import IntegrityError, transaction
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
