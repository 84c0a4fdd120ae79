"""Two records of one company become one: people and orders move, papers and histories stay."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import CompanyEvent, CompanyMember, CompanyMerge, User
from coworking.models import Location
from orders.domain.desk import companies, merging_companies
from orders.domain.desk.companies import CompanyKnown, CompanyMerged
from orders.domain.desk.merging_companies import CompanyMergeWish, seen_as
from orders.domain.desk.merging_people import MergeRefused
from orders.domain.money.credit import Credit, credit_of, is_on_account
from orders.domain.queries.companies import companies_page, credit_of_both, may_be_the_same, two_records
from orders.domain.queries.lists import OrderFilter, orders_of
from orders.models import Order, OrderEvent
from tests.factories import make_company, make_location, make_manager, make_order, make_tariff, make_user
from tests.moments import NOW
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    return make_user(last_name="Соколова")


@pytest.fixture
def here() -> Location:
    return make_location()


def wish(kept: object, gone: object, **fields: str) -> CompanyMergeWish:
    defaults = {"reason": "Дубль", "seen": seen_as(kept, gone)}  # type: ignore[arg-type]
    return CompanyMergeWish(kept_id=kept.pk, gone_id=gone.pk, **{**defaults, **fields})  # type: ignore[attr-defined]


def test_people_and_orders_move_also_of_those_who_have_left(by: User) -> None:
    tariff, anna, boris = make_tariff(), make_user(), make_user()
    location = tariff.service.location
    manager = make_manager(location=location)
    kept = make_company(anna, address="", agreement="")
    gone = make_company(anna, boris, agreement="12/2026", address="Москва")
    order = make_order(tariff=tariff, customer=boris, by=manager, company_id=gone.pk)
    companies.remove_member(gone.members.get(person=boris), by=by, at=NOW)
    requisites = (kept.inn, kept.kpp, kept.name)

    done = merging_companies.merge(wish(kept, gone), by=by, location=location, at=NOW)

    order.refresh_from_db()
    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (order.company, gone.merged_into) == (kept, kept)
    assert (kept.inn, kept.kpp, kept.name, kept.address, kept.agreement) == (*requisites, "Москва", "12/2026")
    assert set(CompanyMember.objects.values_list("company", "person")) == {(kept.pk, anna.pk)}
    assert done.moved == {"people": [anna.pk], "orders": [order.pk]}
    last = list(CompanyEvent.objects.filter(company=kept).order_by("pk").values_list("action", "field", "old", "new"))
    assert last == [
        ("changed", "address", "", "Москва"),
        ("changed", "agreement", "", "12/2026"),
        ("merged", "", gone.name, kept.name),
    ]
    assert gone.events.order_by("-pk").first().action == "merged"
    event = OrderEvent.objects.get(kind="merged")
    assert (event.order, event.by, event.reason, event.data) == (order, by, "Дубль", {"company": done.pk})
    found = orders_of(location.pk, OrderFilter(text=gone.inn), location.zone)
    assert [row.pk for row in found.all()] == [order.pk]


@pytest.mark.parametrize(
    ("own", "others", "limit", "is_new"),
    [(None, 100_000, 100_000, True), (0, 100_000, 0, False), (500, None, 500, False), (500, 900, 500, False)],
)
def test_a_limit_and_an_e_mail_for_bills_are_not_lost(
    own: int | None, others: int | None, limit: int, is_new: bool, by: User
) -> None:
    anna, tariff = make_user(), make_tariff()
    manager = make_manager(location=tariff.service.location)
    kept = make_company(credit_limit=own, agreement="1/26")
    gone = make_company(anna, credit_limit=others, email="buh@example.com")
    asked = {"payment_method": "invoice", "company_id": gone.pk}
    order = make_order(tariff=tariff, customer=anna, by=manager, **asked)

    kept, gone = two_records(kept.pk, gone.pk)
    foreseen = credit_of_both(kept, gone)
    merging_companies.merge(wish(kept, gone), by=by, location=tariff.service.location, at=NOW)

    kept.refresh_from_db()
    assert (kept.credit_limit, kept.email) == (limit, "buh@example.com")
    assert credit_of(kept) == foreseen == Credit(limit=Decimal(limit), owed=order.due)
    order.refresh_from_db()
    assert is_on_account(order)
    changes = set(kept.events.filter(action="changed").values_list("field", "old", "new"))
    filled = {("email", "", "buh@example.com")}
    assert changes == (filled | {("credit_limit", "", f"{limit}.00")} if is_new else filled)


def test_administrators_of_either_company_administer_the_merged_one(by: User, here: Location) -> None:
    joins, belongs, plain = (make_user() for _ in range(3))
    kept, gone = make_company(belongs, plain), make_company(joins, belongs, plain)
    for person in (joins, belongs):
        companies.set_administrator(gone.members.get(person=person), is_administrator=True, by=by, at=NOW)

    merging_companies.merge(wish(kept, gone), by=by, location=here, at=NOW)

    members = set(CompanyMember.objects.values_list("company", "person", "is_administrator"))
    assert members == {(kept.pk, joins.pk, True), (kept.pk, belongs.pk, True), (kept.pk, plain.pk, False)}
    events = list(kept.events.order_by("pk").values_list("action", "person", "by"))
    assert events == [
        ("joined", joins.pk, by.pk),
        ("promoted", joins.pk, by.pk),
        ("promoted", belongs.pk, by.pk),
        ("merged", None, by.pk),
    ]


def test_the_other_company_takes_nobody_and_is_found_by_its_inn(by: User, here: Location) -> None:
    kept, gone, person = make_company(), make_company(), make_user()
    merging_companies.merge(wish(kept, gone), by=by, location=here, at=NOW)
    with pytest.raises(CompanyMerged):
        companies.add_member(gone, person.pk, by=by, at=NOW)
    values = {"inn": gone.inn, "kpp": gone.kpp, "name": "Иначе", "address": "", "agreement": ""}
    with pytest.raises(CompanyMerged):
        companies.change_company(gone.pk, values=values, seen=10**9, zone=make_location().zone, by=by, at=NOW)
    with pytest.raises(CompanyKnown) as known:
        companies.add_company(values=values, by=by, at=NOW)
    assert known.value.facts["company"] == kept
    assert list(companies_page("").rows) == [kept]
    assert list(companies_page(gone.inn).rows) == [gone]
    for change in (
        lambda: CompanyMember.objects.create(company=gone, person=person),
        lambda: CompanyMerge.objects.update(reason="Иначе"),
        lambda: CompanyMerge.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_refused_merge_changes_nothing(by: User, here: Location) -> None:
    kept, gone = make_company(make_user()), make_company()
    done = make_company()
    merging_companies.merge(wish(make_company(), done), by=by, location=here, at=NOW)
    tariff, person = make_tariff(), make_user()
    elsewhere = make_company(person)
    manager = make_manager(location=tariff.service.location)
    make_order(tariff=tariff, customer=person, by=manager, company_id=elsewhere.pk)
    before = saved_rows(), list(CompanyMember.objects.values()), CompanyMerge.objects.count()
    for asked, reason in (
        (wish(kept, kept), "merge_same"),
        (wish(kept, done), "merge_companies_over"),
        (wish(kept, elsewhere), "merge_companies_elsewhere"),
        (wish(kept, gone, seen="иначе"), "merge_changed"),
    ):
        with pytest.raises(MergeRefused) as refused:
            merging_companies.merge(asked, by=by, location=here, at=NOW)
        assert refused.value.reason == reason
    assert (saved_rows(), list(CompanyMember.objects.values()), CompanyMerge.objects.count()) == before


def test_an_order_for_a_company_of_others_moves_in_a_merge_alone(by: User) -> None:
    tariff, person = make_tariff(), make_user()
    company, other = make_company(person), make_company()
    make_order(tariff=tariff, customer=person, by=make_manager(location=tariff.service.location), company_id=company.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.update(company=other)
    assert Order.objects.get().company == company


def test_who_may_be_the_same_has_the_same_people_or_name() -> None:
    person = make_user()
    company = make_company(person, name="ООО «Вектор»")
    of_person = make_company(person, name="АО «Юг»")
    named = make_company(name="ООО «Вектор»")
    make_company(make_user(), name="АО «Север»")
    assert may_be_the_same(company) == [of_person, named]
