"""Companies: one per INN, an append-only history, and people who order for them."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Company, CompanyEvent, CompanyMember, User
from coworking.domain.settings_history import ChangedMeanwhile
from orders.domain.booking.offer import UnknownChoice
from orders.domain.desk import companies, erasing
from orders.domain.desk.companies import CompanyKnown, MemberKnown
from orders.models import Order
from tests.factories import make_company, make_location, make_manager, make_order, make_tariff, make_user, make_wish
from tests.moments import NOW
from tests.orders.booking.asking import refusals

pytestmark = pytest.mark.django_db

VALUES = {"inn": "7810000001", "kpp": "781001001", "name": "АО «Север»", "address": "", "agreement": ""}


@pytest.fixture
def manager() -> User:
    return make_user(last_name="Соколова")


def saved() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Company, CompanyMember, CompanyEvent)]


def change(company: Company, by: User, *, seen: int, **values: str) -> int:
    stored = {name: getattr(company, name) for name in VALUES}
    zone = make_location().zone
    return companies.change_company(company.pk, values={**stored, **values}, seen=seen, zone=zone, by=by, at=NOW)


def test_each_changed_requisite_is_an_event(manager: User) -> None:
    company = companies.add_company(values=VALUES, by=manager, at=NOW)
    added = company.events.get()
    assert change(company, manager, seen=added.pk, name="АО «Юг»", kpp="781001002", inn="7810000001") == 2
    company.refresh_from_db()
    assert (company.name, company.name_key, company.kpp) == ("АО «Юг»", " ао юг", "781001002")
    told = company.events.order_by("pk").values_list("action", "field", "old", "new", "by")
    assert set(told) == {
        ("added", "", "", "", manager.pk),
        ("changed", "name", "АО «Север»", "АО «Юг»", manager.pk),
        ("changed", "kpp", "781001001", "781001002", manager.pk),
    }


def test_an_inn_is_of_one_company(manager: User) -> None:
    known, other = companies.add_company(values=VALUES, by=manager, at=NOW), make_company()
    before = saved()
    with pytest.raises(CompanyKnown) as refused:
        companies.add_company(values={**VALUES, "name": "Другое имя"}, by=manager, at=NOW)
    assert refused.value.facts == {"company": known}
    with pytest.raises(CompanyKnown):
        change(other, manager, seen=0, inn=known.inn)
    assert saved() == before


def test_a_change_that_nobody_has_seen_is_not_overwritten(manager: User) -> None:
    company = companies.add_company(values=VALUES, by=manager, at=NOW)
    seen = company.events.get().pk
    change(company, manager, seen=seen, agreement="1")
    before = saved()
    with pytest.raises(ChangedMeanwhile):
        change(company, manager, seen=seen, agreement="2")
    assert saved() == before


@pytest.mark.parametrize("wrong", [{"kpp": ""}, {"inn": "500100732259"}, {"inn": "12345"}, {"name": ""}], ids=str)
def test_the_database_refuses_requisites_that_do_not_go_together(wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_company(**{**VALUES, **wrong})
    assert not Company.objects.exists()


def test_people_join_once_and_leave_with_their_orders_kept(manager: User) -> None:
    company, person = make_company(), make_user()
    member = companies.add_member(company, person.pk, by=manager, at=NOW)
    order = make_order(customer=person, company_id=company.pk)
    before = saved()
    with pytest.raises(MemberKnown):
        companies.add_member(company, person.pk, by=manager, at=NOW)
    assert saved() == before
    assert (companies.remove_member(member, by=manager, at=NOW), CompanyMember.objects.count()) == (True, 0)
    assert companies.remove_member(member, by=manager, at=NOW) is False
    assert list(company.events.order_by("pk").values_list("action", "person")) == [
        ("joined", person.pk),
        ("left", person.pk),
    ]
    assert Order.objects.get(company=company) == order


@pytest.mark.parametrize("make", [lambda: None, lambda: 10**9, lambda: make_user(is_active=False).pk])
def test_nobody_who_is_unknown_or_switched_off_joins(make: Any, manager: User) -> None:
    company, nobody = make_company(), make()
    before = saved()
    with pytest.raises(UnknownChoice, match="person_not_chosen"):
        companies.add_member(company, nobody, by=manager, at=NOW)
    assert saved() == before


def test_who_is_erased_leaves_every_company_and_comes_back_to_none(manager: User) -> None:
    person, location = make_user(), make_location()
    company = make_company(person)
    make_company(person)
    asked = erasing.ask(person, at=NOW)
    erasing.erase(asked, by=manager, location_id=location.pk, at=NOW)
    assert list(CompanyEvent.objects.values_list("action", "person")) == [("left", person.pk)] * 2
    with pytest.raises(IntegrityError, match="is erased"), transaction.atomic():
        CompanyMember.objects.create(company=company, person=person)
    assert not CompanyMember.objects.exists()


def test_history_is_never_rewritten(manager: User) -> None:
    companies.add_company(values=VALUES, by=manager, at=NOW)
    for rewrite in (lambda: CompanyEvent.objects.update(new="иначе"), CompanyEvent.objects.all().delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            rewrite()
    assert CompanyEvent.objects.get().action == "added"


def test_an_order_is_for_a_company_of_its_customer_alone() -> None:
    tariff, person = make_tariff(), make_user()
    company, foreign = make_company(person), make_company(make_user())
    location = tariff.service.location
    manager = make_manager(location=location)
    for wrong in (foreign.pk, 10**9, 10**30):
        wish = make_wish(tariff=tariff, customer=person, company_id=wrong)
        assert refusals(wish, location=location, by=manager) == [(UnknownChoice, "company")]
    assert not Order.objects.exists()
    assert make_order(tariff=tariff, customer=person, by=manager, company_id=company.pk).company == company


def test_the_database_refuses_an_order_for_a_company_of_others() -> None:
    order, company = make_order(), make_company()
    with pytest.raises(IntegrityError, match="does not belong"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(company=company)
    order.refresh_from_db()
    assert order.company is None
