"""«Коворкинг › Реквизиты»: the administrator changes company and taxes, the manager reads."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Role
from coworking.models import Section, Seller, SellerTax, SettingsEvent, Ticket, Vat
from tests.factories import make_order, make_pass, make_seller
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PAGE = "/manage/coworking/seller/"


def sent(client: Client, section: str, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends of a section, with some fields changed."""
    (form,) = [
        form for form in read(client.get(PAGE)).forms if form.attrs.get("action") == f"{PAGE}{section}/#{section}"
    ]
    return {**form.values, **changes}


def save(client: Client, section: str, **changes: Any) -> Any:
    return client.post(f"{PAGE}{section}/", sent(client, section, **changes))


def saved() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Seller, SellerTax, SettingsEvent)]  # type: ignore[attr-defined]


def new_tax(starts_on: str, vat: str) -> dict[str, str]:
    return {"taxes-0-starts_on": starts_on, "taxes-0-vat": vat}


def test_requisites_are_changed_each_with_a_row_of_history(client: Client, world: World) -> None:
    seller = make_seller(location=world.location)
    assert save(client, "seller", director="Ким О. П.", name="ООО «Четыре кита»").headers["Location"] == PAGE
    seller.refresh_from_db()
    assert (seller.director, seller.name, seller.account) == ("Ким О. П.", "ООО «Четыре кита»", "40702810138250123017")
    events = SettingsEvent.objects.order_by("field").values_list("section", "field", "old", "new", "by")
    assert list(events) == [
        (Section.SELLER, "director", "Смирнова А. В.", "Ким О. П.", world.manager.pk),
        (Section.SELLER, "name", "ООО «Три кита»", "ООО «Четыре кита»", world.manager.pk),
    ]
    assert "руководитель: Смирнова А. В. → Ким О. П." in read(client.get(PAGE)).html


def test_a_location_without_a_seller_gets_one(client: Client, world: World) -> None:
    given = make_seller(location=world.location)
    names = ("name", "inn", "kpp", "ogrn", "address", "bank_name", "bic", "account", "corr_account")
    typed = {name: getattr(given, name) for name in names}
    given.delete()
    assert save(client, "seller", **typed).status_code == 302
    made = Seller.objects.get(location=world.location)
    assert {name: getattr(made, name) for name in typed} == typed


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Обязательное поле"),
        ({"inn": "7707083894"}, "ИНН"),
        ({"kpp": ""}, "КПП"),
        ({"account": "40702810138250123018"}, "счёт"),
    ],
)
def test_wrong_requisites_are_422_and_nothing_is_saved_or_lost(
    client: Client, world: World, changes: dict[str, str], said: str
) -> None:
    make_seller(location=world.location)
    before = saved()
    answer = save(client, "seller", **changes)
    assert (answer.status_code, saved()) == (422, before)
    assert said in answer.content.decode()
    (form,) = [form for form in read(answer).forms if "bic" in form.values]
    assert {name: form.values[name] for name in changes} == {name: [value] for name, value in changes.items()}


def test_a_tax_begins_tomorrow_where_something_was_sold(client: Client, world: World) -> None:
    make_seller(location=world.location, taxes={"2026-01-01": Vat.FIVE})
    make_order(tariff=world.tariff)
    before = saved()
    for day in ("2026-11-20", "сегодня"):
        answer = save(client, "taxes", **new_tax(day, "22"))
        assert (answer.status_code, saved()) == (422, before)
        assert "НДС начинается не раньше" in answer.content.decode()
    assert save(client, "taxes", **new_tax("завтра", "22")).status_code == 302
    assert list(SellerTax.objects.order_by("starts_on").values_list("vat", flat=True)) == [Vat.FIVE, Vat.TWENTY_TWO]
    assert "НДС: 5 %" in read(client.get(PAGE)).html  # a row in effect is shown, no longer as a field


def test_todays_tax_stays_where_a_pass_was_sold_alone(client: Client, world: World) -> None:
    make_seller(location=world.location, taxes={"2026-11-24": Vat.FIVE})
    make_pass(service=world.service)
    before = saved()
    answer = save(client, "taxes", **new_tax("сегодня", "22"))
    assert (answer.status_code, Ticket.objects.count(), saved()) == (422, 0, before)
    assert "НДС начинается не раньше" in answer.content.decode()


def test_a_tax_may_begin_today_before_anything_is_on_sale(client: Client, world: World) -> None:
    make_seller(location=world.location)
    world.tariff.delete()
    assert save(client, "taxes", **new_tax("сегодня", "none")).status_code == 302
    assert SellerTax.objects.get().vat == Vat.NONE


def test_a_tax_that_has_begun_is_not_touched_by_whoever_names_it(client: Client, world: World) -> None:
    make_order(tariff=world.tariff)
    begun = SellerTax.objects.get(
        seller=make_seller(location=world.location, taxes={"2026-01-01": Vat.FIVE, "2027-06-01": Vat.SEVEN}),
        starts_on=date(2026, 1, 1),
    )
    typed = sent(client, "taxes", **{"taxes-0-vat": "22"})
    before = saved()
    answer = client.post(f"{PAGE}taxes/", {**typed, "taxes-0-id": str(begun.pk)})
    assert (answer.status_code, saved()) == (422, before)


def test_two_taxes_of_one_day_are_refused(client: Client, world: World) -> None:
    make_seller(location=world.location, taxes={"2027-06-01": Vat.SEVEN})
    before = saved()
    answer = save(client, "taxes", **{"taxes-1-starts_on": "01.06.2027", "taxes-1-vat": "22"})
    assert (answer.status_code, saved()) == (422, before)


def test_taxes_without_a_seller_are_refused(client: Client, world: World) -> None:
    answer = save(client, "taxes", **new_tax("завтра", "22"))
    assert (answer.status_code, SellerTax.objects.count()) == (422, 0)
    assert "Сначала сохраните реквизиты" in answer.content.decode()


def test_the_second_of_two_people_is_told(client: Client, world: World) -> None:
    make_seller(location=world.location)
    typed = sent(client, "seller", director="Ким О. П.")
    save(client, "seller", bank_name="АО «Другой»")
    before = saved()
    answer = client.post(f"{PAGE}seller/", typed)
    assert (answer.status_code, saved()) == (422, before)
    assert "Раздел тем временем изменён" in answer.content.decode()


def test_a_fresh_confirmation_comes_first(client: Client, world: World, settings: Any) -> None:
    make_seller(location=world.location)
    typed = sent(client, "seller", director="Ким О. П.")
    settings.STAFF_SECOND_FACTOR = True
    before = saved()
    assert client.post(f"{PAGE}seller/", typed).status_code == 302
    assert saved() == before


def test_a_manager_only_reads(client: Client, world: World) -> None:
    make_seller(location=world.location, taxes={"2026-01-01": Vat.FIVE})
    typed = sent(client, "seller", director="Ким О. П.")
    Membership.objects.filter(user=world.manager, role=Role.LOCATION_ADMINISTRATOR).delete()
    before = saved()
    assert "Сохранить" not in read(client.get(PAGE)).html
    assert client.post(f"{PAGE}seller/", typed).status_code == 403
    assert saved() == before
