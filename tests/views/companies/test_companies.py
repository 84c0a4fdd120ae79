"""«Компании»: managers add and change them and their members; the location administrator reads."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Company, CompanyEvent, CompanyMember, Role
from orders.forms_people import key_of
from tests.factories import make_company, make_member, make_order, make_user
from tests.html import text_of
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

LIST = "/manage/companies/"
TYPED = {
    "inn": "7810 000001",
    "kpp": "781001001",
    "name": "АО «Север»",
    "address": "Санкт-Петербург, Невский, 1",
    "agreement": "12/2026",
}


def saved() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Company, CompanyMember, CompanyEvent)]


def words(answer: Any) -> str:
    return " ".join(text_of(answer.content.decode()).split()).replace("\u00a0", " ")


def test_a_company_is_added_with_its_requisites(client: Client, world: World) -> None:
    answer = client.post(f"{LIST}new/", TYPED)
    company = Company.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{LIST}{company.pk}/")
    assert {name: getattr(company, name) for name in TYPED} == {**TYPED, "inn": "7810000001"}
    assert (company.created_by, company.name_key) == (world.manager, " ао север")
    assert "Компания добавлена" in words(client.get(f"{LIST}{company.pk}/"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"inn": ""}, "Укажите ИНН."),
        ({"inn": "7810000002"}, "Такого ИНН нет: не сходится контрольная цифра."),
        ({"kpp": ""}, "У компании есть КПП: укажите его."),
        ({"inn": "526317984689"}, "У ИП нет КПП: оставьте поле пустым."),
        ({"name": " "}, "Укажите компанию."),
    ],
)
def test_wrong_requisites_are_refused_at_their_field_with_all_kept(
    client: Client, world: World, typed: dict[str, str], said: str
) -> None:
    answer = client.post(f"{LIST}new/", {**TYPED, **typed})
    assert (answer.status_code, saved()) == (422, [[], [], []])
    assert said in words(answer)
    kept = next(form.values for form in read(answer).forms if "agreement" in form.values)
    assert {name: kept.get(name, [""])[0] for name in TYPED} == {**TYPED, **typed}


def test_a_company_that_is_known_is_offered_instead(client: Client, world: World) -> None:
    known = make_company(inn="7810000001")
    before = saved()
    answer = client.post(f"{LIST}new/", TYPED)
    assert (answer.status_code, saved()) == (422, before)
    assert f"Компания с таким ИНН уже есть: {known.name}." in words(answer)
    assert f"{LIST}{known.pk}/" in read(answer).links()


@pytest.mark.parametrize("text", ["сев", "АО север", "cтудия север", "ctdth", "78100", "7810000001"])
def test_the_list_finds_by_words_of_the_name_and_by_inn(client: Client, world: World, text: str) -> None:
    north = make_company(inn="7810000001", name="АО «Студия „Север“»")
    make_company(name="ООО «Юг»")
    answer = client.get(LIST, {"q": text.replace("cт", "ст")})
    assert [link for link in read(answer).links() if link.startswith(f"{LIST}{north.pk}")] == [f"{LIST}{north.pk}/"]
    assert "Юг" not in words(answer)


def test_the_list_says_what_to_do_when_there_is_nothing(client: Client, world: World) -> None:
    assert "Компаний пока нет" in words(client.get(LIST))
    make_company()
    assert "Ничего не нашли" in words(client.get(LIST, {"q": "9999"}))


def test_a_change_stands_in_the_history(client: Client, world: World) -> None:
    company = make_company()
    page = read(client.get(f"{LIST}{company.pk}/"))
    (form,) = [form.values for form in page.forms if form.attrs.get("action") == f"{LIST}{company.pk}/save/"]
    saving = client.post(f"{LIST}{company.pk}/save/", {**form, "agreement": "7-К"}, follow=True)
    assert "Реквизиты сохранены." in words(saving)
    company.refresh_from_db()
    assert company.agreement == "7-К"
    assert "Номер договора: — → 7-К" in words(client.get(f"{LIST}{company.pk}/"))
    # Somebody who still has the old page open must not undo that.
    stale = client.post(f"{LIST}{company.pk}/save/", {**form, "agreement": "8-К"})
    company.refresh_from_db()
    assert (stale.status_code, company.agreement) == (422, "7-К")


def test_a_person_is_found_added_and_removed(client: Client, world: World) -> None:
    company, person = make_company(), make_user(last_name="Левин", first_name="Лев", phone="+79261234567")
    page = f"{LIST}{company.pk}/"
    found = read(client.get(page, {"q": "левин"}))
    (button,) = found.attrs_of("button", name="person")
    assert client.post(f"{page}people/add/", {"person": button["value"]}).status_code == 302
    member = CompanyMember.objects.get()
    assert (member.company, member.person) == (company, person)
    shown = words(client.get(page))
    assert "Добавлен человек: Левин Лев" in shown
    assert "45-67" in shown
    assert "926" not in shown
    for told in ("Прежние заказы остаются.", "Этот человек уже убран из компании."):
        answer = client.post(f"{page}people/{member.pk}/end/", follow=True)
        assert (answer.redirect_chain, told in words(answer)) == ([(page, 302)], True)
        assert (CompanyMember.objects.count(), company.events.count()) == (0, 2)


def test_a_search_for_people_says_when_there_are_more(client: Client, world: World) -> None:
    page = f"{LIST}{make_company().pk}/"
    for number in range(8):
        make_user(last_name="Частов", phone=f"+7926123456{number}")
    assert "Это не все" not in words(client.get(page, {"q": "частов"}))
    make_user(last_name="Частов", phone="+79261234568")
    found = client.get(page, {"q": "частов"})
    assert len(read(found).attrs_of("button", name="person")) == 8
    assert "Это не все: допишите имя или последние цифры телефона." in words(found)


def test_a_key_of_somebody_else_adds_nobody(client: Client, world: World) -> None:
    company, person = make_company(), make_user()
    before = saved()
    for key in ("", str(person.pk), key_of(person.pk, viewer=make_user())):
        answer = client.post(f"{LIST}{company.pk}/people/add/", {"person": key})
        assert (answer.status_code, "Выберите человека из списка." in words(answer)) == (422, True)
    assert saved() == before


def test_somebody_who_belongs_to_it_is_not_added_twice(client: Client, world: World) -> None:
    person = make_user(last_name="Левин", first_name="Лев")
    company = make_company(person)
    before = saved()
    answer = client.post(f"{LIST}{company.pk}/people/add/", {"person": key_of(person.pk, viewer=world.manager)})
    assert (answer.status_code, saved()) == (422, before)
    assert "Левин Лев уже заказывает для этой компании." in words(answer)


def test_the_administrator_reads_and_changes_nothing(client: Client, world: World) -> None:
    person = make_user()
    company = make_company(person)
    before = saved()
    client.force_login(make_member(location=world.location, role=Role.LOCATION_ADMINISTRATOR))
    assert read(client.get(f"{LIST}{company.pk}/", {"q": "пе"})).attrs_of("button", name="person") == []
    own = f"{company.pk}/"
    for path in (f"{own}save/", f"{own}people/add/", f"{own}people/{company.members.get().pk}/end/"):
        assert client.post(f"{LIST}{path}", TYPED).status_code == 403
    assert saved() == before


def test_the_page_shows_the_orders_of_the_own_location_alone(client: Client, world: World) -> None:
    person = make_user()
    company = make_company(person)
    here = make_order(
        tariff=world.tariff, customer=person, company_id=company.pk, seat_ids=(world.service.seats.all()[0].pk,)
    )
    elsewhere = make_order(customer=person, company_id=company.pk)
    links = read(client.get(f"{LIST}{company.pk}/")).links()
    assert f"/manage/orders/{here.pk}/" in links
    assert f"/manage/orders/{elsewhere.pk}/" not in links


def test_more_rows_ask_no_more_of_the_database(client: Client, world: World) -> None:
    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        return len(queries)

    company = make_company(make_user())
    count(LIST)  # what is read once
    counts = count(LIST), count(f"{LIST}{company.pk}/")
    for _more in range(2):
        make_company(make_user())
        CompanyMember.objects.create(company=company, person=make_user())
        client.post(f"{LIST}{company.pk}/people/add/", {"person": key_of(make_user().pk, viewer=world.manager)})
    count(LIST)  # shows what was noted about it
    assert (count(LIST), count(f"{LIST}{company.pk}/")) == counts
