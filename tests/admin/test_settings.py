"""What support changes in the settings of a location: and what the settings themselves would refuse."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from coworking.models import (
    Block,
    Extra,
    Location,
    OpeningHours,
    Seller,
    SellerTax,
    Service,
    SettingsEvent,
    Tariff,
    Vat,
)
from tests.admin.pages import address, filled
from tests.factories import (
    make_location,
    make_seller,
    make_tariff,
)
from tests.moments import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

LATER = NOW + timedelta(minutes=1)


def stored() -> list[Any]:
    """Return all settings as they are stored, and their history."""
    models = (Location, OpeningHours, Service, Tariff, Extra, Seller, SellerTax, Block, SettingsEvent)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def formset_errors(page: Any) -> str:
    """Return all that the tables of a page say of themselves."""
    assert page.status_code == 200
    return " ".join(str(inline.formset.non_form_errors()) for inline in page.context["inline_admin_formsets"])


# Taxes and requisites


@pytest.fixture
def seller() -> Seller:
    """Who sells at a location under a tax that has begun and one that is to come."""
    location = make_tariff().service.location
    return make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY_TWO, "2027-01-01": Vat.FIVE})


@pytest.mark.parametrize(
    "changes",
    [
        {"taxes-0-vat": "5"},
        {"taxes-0-starts_on": "2027-02-01"},
        {"taxes-0-DELETE": "on"},
        {"taxes-1-starts_on": "2026-11-24"},
        {"taxes-TOTAL_FORMS": 3, "taxes-2-starts_on": "2026-11-01", "taxes-2-vat": "5"},
    ],
)
def test_a_tax_of_what_was_sold_stays(support: Client, seller: Seller, changes: dict[str, Any]) -> None:
    url, before = address(Seller, "change", seller.pk), stored()
    page = support.post(url, filled(support.get(url), name="Иначе", **changes))
    assert "НДС начинается не раньше 25\u00a0ноября 2026" in formset_errors(page)
    assert stored() == before


def test_a_tax_to_come_is_changed(support: Client, seller: Seller) -> None:
    url = address(Seller, "change", seller.pk)
    assert support.post(url, filled(support.get(url), **{"taxes-1-vat": "7"})).status_code == 302
    assert list(SellerTax.objects.order_by("starts_on").values_list("vat", flat=True)) == [Vat.TWENTY_TWO, Vat.SEVEN]


def test_who_sells_at_a_location_is_not_deleted_or_moved(support: Client, seller: Seller) -> None:
    place, elsewhere = address(Location, "change", seller.location_id), make_location()
    before = stored()
    assert support.post(address(Seller, "delete", seller.pk), {"post": "yes"}).status_code == 403
    support.post(
        address(Seller, "changelist"), {"action": "delete_selected", "_selected_action": [seller.pk], "post": "yes"}
    )
    support.post(place, filled(support.get(place), **{"seller-0-DELETE": "on"}))
    url = address(Seller, "change", seller.pk)
    support.post(url, filled(support.get(url), location=elsewhere.pk))
    assert stored() == before
    unsold = make_seller(location=make_location())
    assert support.post(address(Seller, "delete", unsold.pk), {"post": "yes"}).status_code == 302
    assert list(Seller.objects.all()) == [seller]
