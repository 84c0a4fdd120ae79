"""Changes of settings by support: recorded in their history, and never overwriting an unseen change."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, User
from coworking.domain import location_setup, opening_setup, setup
from coworking.domain.settings_history import Change, ChangedMeanwhile, Row
from coworking.models import (
    Block,
    Extra,
    Location,
    OpeningHours,
    Section,
    Seller,
    SellerTax,
    Service,
    SettingsEvent,
    Tariff,
    TariffPrice,
    Vat,
)
from tests.admin.pages import address, errors_of, filled
from tests.factories import (
    make_extra,
    make_location,
    make_member,
    make_seller,
    make_tariff,
)
from tests.moments import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

REQUISITES = {
    **{"inn": "5260998767", "kpp": "526001001", "address": "Нижний Новгород", "vat_note": "Без НДС"},
    **{"bank_name": "АО «Банк»", "bic": "042202999", "account": "40702810600000012345"},
    "corr_account": "30101810300000000999",
}
LATER = NOW + timedelta(minutes=1)


def stored() -> list[Any]:
    """Return all settings as they are stored, and their history."""
    models = (Location, OpeningHours, Service, Tariff, Extra, Seller, SellerTax, Block, SettingsEvent)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def formset_errors(page: Any) -> str:
    """Return the errors of the formsets of a page."""
    assert page.status_code == 200
    return " ".join(str(inline.formset.non_form_errors()) for inline in page.context["inline_admin_formsets"])


# Taxes and requisites


@pytest.fixture
def seller() -> Seller:
    """A seller with a tax in force and a future one."""
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


def test_a_tax_to_come_is_changed_and_told(support: Client, seller: Seller) -> None:
    url = address(Seller, "change", seller.pk)
    assert support.post(url, filled(support.get(url), **{"taxes-1-vat": "7"})).status_code == 302
    assert list(SellerTax.objects.order_by("starts_on").values_list("vat", flat=True)) == [Vat.TWENTY_TWO, Vat.SEVEN]
    assert told() == [("taxes", "01.01.2027: 5 %", "vat", "5", "7")]


def test_a_seller_with_sales_is_not_deleted_or_moved(support: Client, seller: Seller) -> None:
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


def test_where_money_goes_and_who_decides_alone_is_confirmed(
    support: Client, seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, requisites = address(Location, "change", seller.location_id), address(Seller, "change", seller.pk)
    confirmed = list[str]()
    monkeypatch.setattr("coworking.admin_history.confirm", lambda request: confirmed.append(request.path))
    for url, changes in (
        (requisites, {"director": "Иванов И. И."}),
        (requisites, {"taxes-1-vat": "7"}),
        (place, {"seller-0-director": "Петров П. П."}),
        (place, {"approval_limit": "900000"}),
        (place, {"city": "Казань"}),
    ):
        assert support.post(url, filled(support.get(url), **changes)).status_code == 302
    assert confirmed == [requisites, requisites, place, place]


# Two people at once


def told() -> list[tuple[Any, ...]]:
    """Return what the history says, oldest first."""
    events = SettingsEvent.objects.order_by("pk")
    return list(events.values_list("section", "subject", "field", "old", "new"))


@pytest.fixture
def tariff() -> Tariff:
    return make_tariff(price="300")


@pytest.fixture
def office(tariff: Tariff) -> User:
    return make_member(location=tariff.service.location, role=Role.LOCATION_ADMINISTRATOR)


def change(section: Section, by: User) -> Change:
    """Return a change by somebody who has seen the latest state."""
    seen = SettingsEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return Change(section=section, seen=seen, by=by, at=LATER)


def test_a_page_of_before_takes_no_price_back(support: Client, tariff: Tariff, office: User) -> None:
    url = address(Service, "change", tariff.service_id)
    stale = filled(support.get(url), description="У окна")
    row = Row(tariff.pk, {"price": 400})
    setup.change_rows(tariff.service_id, change(Section.TARIFFS, office), [row])
    before = stored()

    page = support.post(url, stale)

    [error] = errors_of(page)["__all__"]
    assert office.short_name in error
    assert "Ничего не сохранено" in error
    assert stored() == before
    support.post(url, filled(support.get(url), description="У окна"))
    assert Service.objects.get().description == "У окна"
    assert Tariff.objects.get().price == 400


def test_the_second_of_two_at_support_is_told(support: Client, tariff: Tariff) -> None:
    url = address(Service, "change", tariff.service_id)
    first, second = (filled(support.get(url), **{"tariffs-0-price": price}) for price in ("350", "250"))
    assert support.post(url, first).status_code == 302
    assert list(errors_of(support.post(url, second))) == ["__all__"]
    assert (Tariff.objects.get().price, told()) == (350, [("tariffs", tariff.name, "price", "300.00", "350.00")])


def test_a_price_that_holds_from_a_day_on_is_shown_and_the_one_of_the_tariff_stays(
    support: Client, tariff: Tariff
) -> None:
    TariffPrice.objects.create(tariff=tariff, starts_on=NOW.date(), price=350)
    url = address(Service, "change", tariff.service_id)
    page = support.get(url)
    assert filled(page)["tariffs-0-price"] == 350
    wanted = {"tariffs-0-price": "400", "tariffs-0-name": "Один час"}
    assert support.post(url, filled(page, **wanted)).status_code == 302
    assert Tariff.objects.values_list("name", "price").get() == ("Один час", 300)
    assert told() == [("tariffs", tariff.name, "name", tariff.name, "Один час")]


def test_a_price_of_a_day_to_come_leaves_the_one_of_the_tariff_open(support: Client, tariff: Tariff) -> None:
    TariffPrice.objects.create(tariff=tariff, starts_on=LATER.date() + timedelta(days=1), price=350)
    url = address(Service, "change", tariff.service_id)
    assert support.post(url, filled(support.get(url), **{"tariffs-0-price": "400"})).status_code == 302
    assert Tariff.objects.get().price == 400


@pytest.mark.parametrize("days", [0, 1])
def test_a_tariff_at_zero_from_a_day_on_does_not_become_a_pass(support: Client, tariff: Tariff, days: int) -> None:
    TariffPrice.objects.create(tariff=tariff, starts_on=NOW.date() + timedelta(days=days), price=0)
    url = address(Service, "change", tariff.service_id)
    before = stored()
    page = support.post(url, filled(support.get(url), **{"tariffs-0-pass_units": "10", "tariffs-0-pass_days": "30"}))
    assert page.status_code == 200
    [errors] = [one.errors for inline in page.context["inline_admin_formsets"] for one in inline.formset if one.errors]
    assert errors == {"price": ["Цена абонемента должна быть больше 0 ₽."]}
    assert stored() == before


def test_what_support_has_changed_is_not_saved_over_by_the_location(
    support: Client, tariff: Tariff, office: User
) -> None:
    extra = make_extra(service=tariff.service, name="Локер")
    seen = change(Section.TARIFFS, office)
    url = address(Service, "change", tariff.service_id)
    rows = {"tariffs-0-price": "350", "extras-0-DELETE": "on", "horizon_days": "30", "is_active": ""}
    assert support.post(url, filled(support.get(url), **rows)).status_code == 302

    assert told() == [
        ("rules", "", "horizon_days", "90", "30"),
        ("sale", "", "is_active", "True", "False"),
        ("tariffs", tariff.name, "price", "300.00", "350.00"),
        ("extras", extra.name, "", "Локер", ""),
    ]
    event = SettingsEvent.objects.earliest("pk")
    assert (event.by.email, event.at, event.location, event.service) == (
        *("support@example.com", NOW), tariff.service.location, tariff.service
    )  # fmt: skip
    with pytest.raises(ChangedMeanwhile):
        setup.change_rows(tariff.service_id, seen, [Row(tariff.pk, {"price": 280})])
    assert Tariff.objects.get().price == 350


def test_a_location_is_not_saved_over_either(support: Client, tariff: Tariff, office: User) -> None:
    location = tariff.service.location
    url = address(Location, "change", location.pk)
    stale = filled(support.get(url), city="Казань")
    location_setup.change_location(location.pk, change(Section.LIMITS, office), {"discount_limit": 5})
    assert list(errors_of(support.post(url, stale))) == ["__all__"]
    fresh = filled(support.get(url), city="Казань", **{"opening_hours-0-opens_at": "07:00"})
    assert support.post(url, fresh).status_code == 302
    assert Location.objects.values_list("city", "discount_limit").get(pk=location.pk) == ("Казань", 5)
    weekday = location.opening_hours.order_by("weekday").first().weekday
    assert [(section, subject, field, new) for section, subject, field, _old, new in told()[1:]] == [
        ("contacts", "", "city", "Казань"),
        ("hours", str(weekday), "opens_at", "07:00:00"),
    ]
    with pytest.raises(ChangedMeanwhile):
        opening_setup.save_week(location.pk, Change(section=Section.HOURS, seen=0, by=office, at=LATER), {})


def test_a_new_service_begins_its_history(support: Client) -> None:
    location, page = make_location(), support.get(address(Service, "add"))
    row = {"tariffs-0-name": "Час", "tariffs-0-unit": "hour", "tariffs-0-price": "300", "tariffs-0-position": 0}
    row |= {"tariffs-TOTAL_FORMS": 1, "tariffs-0-min_units": 1, "tariffs-0-max_units": 9, "tariffs-0-step_minutes": 30}
    data = filled(page, location=location.pk, name="Тихая", kind="pool", capacity=3, payment_methods=["invoice"], **row)
    assert support.post(address(Service, "add"), {**data, "overridable_rules": []}).status_code == 302
    assert told() == [("about", "Тихая", "", "", "Тихая"), ("tariffs", "Час", "", "", "Час")]


def test_a_seller_with_a_long_name_is_told_by_its_beginning(support: Client) -> None:
    location, name = make_location(), "Автономная некоммерческая организация " * 4
    data = {**REQUISITES, "location": location.pk, "name": name.strip()}
    page = support.get(address(Seller, "add"))
    assert support.post(address(Seller, "add"), filled(page, **data)).status_code == 302
    assert Seller.objects.get(location=location).name == name.strip()
    [(section, subject, field, old, new)] = told()
    assert (section, field, old, new) == ("seller", "", "", name.strip())
    assert subject == name[:100]
