"""«Заказ для»: a member of a company orders for themselves or for it."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Company
from orders.domain.queries import lists
from orders.models import Order
from tests.factories import make_company, make_order, make_pass
from tests.html import text_of
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FORM = "/manage/orders/new/"


@pytest.fixture
def company(world: World) -> Company:
    return make_company(world.customer, name="ООО «Вектор»")


def offered(answer: Any) -> dict[str, bool]:
    """Return the possible recipients of the order, and whether each is chosen."""
    return {
        radio.get("value", ""): "checked" in radio
        for radio in read(answer).attrs_of("input", type="radio", name="company")
    }


def test_choosing_the_customer_offers_their_companies(client: Client, world: World, company: Company) -> None:
    make_company(world.visitor)
    pick = {"action": f"pick:customer:{world.key(world.customer)}"}
    assert offered(client.post(f"{FORM}pick/", pick)) == {"": True, str(company.pk): False}
    assert offered(client.post(FORM, pick)) == {"": True, str(company.pk): False}


def test_a_customer_without_companies_is_not_asked_about_them(client: Client, world: World) -> None:
    make_company(world.visitor)
    assert offered(client.post(f"{FORM}pick/", {"action": f"pick:customer:{world.key(world.customer)}"})) == {}


def test_another_customer_is_not_booked_for_the_company_of_the_first(
    client: Client, world: World, company: Company
) -> None:
    other = make_company(world.visitor)
    sent = {"company": str(company.pk), "action": f"pick:customer:{world.key(world.visitor)}"}
    assert offered(client.post(f"{FORM}pick/", sent)) == {"": True, str(other.pk): False}


def test_another_customer_does_not_pay_from_the_pass_of_the_first(client: Client, world: World) -> None:
    first, second = (
        make_pass(service=world.service, customer=person, by=world.manager)
        for person in (world.customer, world.visitor)
    )
    sent = {"customer": world.key(world.customer), "pass_id": str(first.pk)}

    def chosen(action: str) -> tuple[list[str], list[bool]]:
        """Return what the form would send about the pass, and which of the two it offers."""
        page = read(client.post(FORM, {**sent, "action": action}))
        (form,) = [form for form in page.forms if form.attrs.get("id") == "order"]
        return form.values.get("pass_id", []), [f"№ {own.number}: осталось" in page.html for own in (first, second)]

    assert chosen("add-booking") == ([str(first.pk)], [True, False])
    assert chosen(f"pick:customer:{world.key(world.visitor)}") == ([], [False, True])


def test_the_order_is_for_the_company_that_was_chosen(client: Client, world: World, company: Company) -> None:
    assert client.post(FORM, world.filled(company=str(company.pk))).status_code == 302
    order = Order.objects.get()
    assert (order.company, order.customer) == (company, world.customer)
    page = client.get(f"/manage/orders/{order.pk}/")
    assert f"/manage/companies/{company.pk}/" in read(page).links()
    client.force_login(world.customer)
    assert company.name in client.get(f"/my/orders/{order.pk}/").content.decode()


@pytest.mark.parametrize("said", ["", None])
def test_without_a_choice_it_is_for_the_customer(
    client: Client, world: World, company: Company, said: str | None
) -> None:
    assert client.post(FORM, world.filled(company=said)).status_code == 302
    assert Order.objects.get().company is None


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: make_company().pk, "Этот человек не заказывает для этой компании."),
        (lambda: "чужая", "Выберите, для кого заказ."),
    ],
)
def test_a_company_of_others_is_refused_at_its_field(
    client: Client, world: World, company: Company, make: Any, text: str
) -> None:
    answer = client.post(FORM, world.filled(company=str(make())))
    assert (answer.status_code, Order.objects.exists()) == (422, False)
    assert answer.context["form"].errors["company"] == [text]
    assert "company_error" in read(answer).ids
    assert [one["aria-describedby"] for one in read(answer).attrs_of("fieldset", id="company")] == ["company_error"]
    assert offered(answer) == {"": False, str(company.pk): False}


def test_nobody_stands_in_line_for_a_company(client: Client, world: World, company: Company) -> None:
    for seat in world.service.seats.all():
        make_order(tariff=world.tariff, seat_ids=(seat.pk,))
    alone = {"visitor-0": "", "visitor-0-q": "", "discount": "", "discount_reason": "", "action": "wait"}
    answer = client.post(FORM, {**world.filled(company=str(company.pk)), **alone})
    assert answer.status_code == 422
    text = "В листе ожидания стоит человек, а не компания: выберите «себя»."
    assert answer.context["form"].errors["company"] == [text]


def test_the_same_again_is_for_the_company_while_the_customer_belongs_to_it(
    client: Client, world: World, company: Company
) -> None:
    client.post(FORM, world.filled(company=str(company.pk)))
    again = f"{FORM}?like={Order.objects.get().pk}"
    assert offered(client.get(again)) == {"": False, str(company.pk): True}
    company.members.all().delete()
    page = client.get(again)
    assert (offered(page), page.context["again"].lost) == ({}, [company.name])


def test_the_list_finds_orders_by_the_name_and_the_inn_of_the_company(
    client: Client, world: World, company: Company
) -> None:
    client.post(FORM, world.filled(company=str(company.pk)))
    make_order(tariff=world.tariff, seat_ids=(world.service.seats.last().pk,))
    for text in ("вектор", company.name, company.inn):
        rows = client.get("/manage/orders/", {"q": text}).context["page"].rows
        assert [row.company for row in rows] == [company], text
    assert company.name in client.get("/manage/orders/", {"q": company.inn}).content.decode()


def test_a_text_that_matches_too_many_companies_finds_no_orders_and_says_so(
    client: Client, world: World, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_COMPANIES", 1)
    make_company(name="ООО «Вектор плюс»")
    client.post(FORM, world.filled(company=str(company.pk)))
    for text, found in ((company.inn, [company]), ("вектор", [])):
        page = client.get("/manage/orders/", {"q": text})
        assert [row.company for row in page.context["page"].rows] == found, text
        said = f"Компаний, которые называются «{text}», больше 1: их заказов здесь нет."
        assert (said in " ".join(text_of(page.content.decode()).split())) == (not found), text
