"""The administrator finds another record of a company, compares the two and merges them."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Company, CompanyMerge, Role, User
from tests.factories import make_company, make_member, make_order, make_user
from tests.html import text_of
from tests.views.pages import World, read
from tests.views.people.test_merging import form_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def office(world: World) -> Client:
    client = Client()
    client.force_login(make_member(location=world.location, role=Role.LOCATION_ADMINISTRATOR))
    return client


@pytest.fixture
def pair() -> tuple[Company, Company]:
    person: User = make_user(last_name="Орлова")
    return make_company(person, name="ООО «Вектор»"), make_company(person, name="ООО Вектор плюс")


def test_two_companies_are_compared_and_merged(office: Client, pair: tuple[Company, Company]) -> None:
    kept, gone = pair
    card = f"/manage/companies/{kept.pk}/"
    assert f"{card}merge/" in read(office.get(card)).links()
    address = f"{card}merge/{gone.pk}/"
    assert address in read(office.get(f"{card}merge/")).links()
    assert address in read(office.get(f"{card}merge/", {"q": gone.inn})).links()

    page: Any = office.get(address)
    form = form_of(page)
    assert kept.inn in page.content.decode() and gone.inn in page.content.decode()  # noqa: PT018
    refused = office.post(address, {**form.values, "reason": ""})
    assert (refused.status_code, CompanyMerge.objects.count()) == (422, 0)
    stale = office.post(address, {"seen": "иначе", "reason": "Дубль"})
    assert (stale.status_code, 'value="Дубль"' in stale.content.decode()) == (422, True)

    done = office.post(address, {**form.values, "reason": "Дубль"}, follow=True).content.decode()
    assert "Компании объединены" in done
    assert "Записи объединены: ООО Вектор плюс → ООО «Вектор»" in done
    merged = office.get(f"/manage/companies/{gone.pk}/").content.decode()
    assert "Объединена с ООО «Вектор»" in merged
    assert f"/manage/companies/{gone.pk}/merge/" not in merged
    assert "объединена с ООО «Вектор»" in office.get("/manage/companies/", {"q": gone.inn}).content.decode()
    assert office.get(f"/manage/companies/{gone.pk}/merge/").status_code == 404
    again = office.get(address).content.decode()
    assert ("уже объединена" in again, "Объединить навсегда" in again) == (True, False)


@pytest.mark.parametrize(("namesakes", "tells"), [(12, False), (13, True)])
def test_a_search_says_when_more_companies_are_found_than_it_shows(
    office: Client, pair: tuple[Company, Company], namesakes: int, tells: bool
) -> None:
    for number in range(namesakes):
        make_company(name=f"ООО «Сокол» {number}")
    page = office.get(f"/manage/companies/{pair[0].pk}/merge/", {"q": "сокол"}).content.decode()
    assert page.count("Сравнить</a>") == 12
    assert ("Это не все: допишите название или укажите ИНН." in page) is tells


def test_debts_beyond_the_limit_that_will_hold_are_shown(
    world: World, office: Client, pair: tuple[Company, Company]
) -> None:
    kept, gone = pair
    person = kept.members.get().person
    asked = {"payment_method": "invoice", "company_id": gone.pk, "seat_ids": (world.seat().pk,)}
    make_order(tariff=world.tariff, customer=person, by=world.manager, **asked)
    address = f"/manage/companies/{kept.pk}/merge/{gone.pk}/"
    shown = []
    for own, others in ((None, None), (None, 600), (599, 600)):
        Company.objects.filter(pk=kept.pk).update(credit_limit=own)
        Company.objects.filter(pk=gone.pk).update(credit_limit=others)
        page = text_of(office.get(address).content.decode()).replace("\u00a0", " ")
        shown.append((" ".join(page.split()).count("Вместе они должны 600 ₽ — больше лимита 599 ₽"), "600 ₽" in page))
    assert shown == [(0, True), (0, True), (1, True)]


def test_a_merged_company_is_changed_by_nobody(world: World, office: Client, pair: tuple[Company, Company]) -> None:
    kept, gone = pair
    Company.objects.filter(pk=gone.pk).update(merged_into=kept)
    manager = Client()
    manager.force_login(world.manager)
    page = read(manager.get(f"/manage/companies/{gone.pk}/"))
    assert page.attrs_of("form", action=f"/manage/companies/{gone.pk}/people/add/") == []
    values = {"inn": gone.inn, "kpp": gone.kpp, "name": "Иначе", "seen": "0"}
    answer = manager.post(f"/manage/companies/{gone.pk}/save/", values)
    assert (answer.status_code, "объединена с другой" in answer.content.decode()) == (422, True)
    assert Company.objects.get(pk=gone.pk).name == gone.name
    assert office.get(f"/manage/companies/{kept.pk}/merge/999999/").status_code == 404
