"""Companies, for their list and their pages."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, JSONObject

from accounts.models import Company, CompanyEvent, CompanyMember, User
from coworking.models import Location
from olvery.shared.money import NO_MONEY, MoneyField
from olvery.shared.paging import Page, Sort, keyset_page
from olvery.shared.written import Written
from orders.domain.money.credit import Credit, unpaid
from orders.domain.queries.customers import is_known_at
from orders.domain.queries.merging import count_of
from orders.models import Order, OrderStatus, Pass

BY_NAME = Sort("name", "name_key")
SHOWN = 20
SAME = 8
LATEST = 20


@dataclass(frozen=True, slots=True)
class Named:
    """A company as the order form offers it."""

    pk: int
    name: str
    on_account: bool


@dataclass(frozen=True, slots=True)
class LastBooking:
    """The latest order of a person at a location, except passes and orders that came to nothing."""

    number: int
    service_name: str
    tariff_name: str
    booking_count: int
    start: str


@dataclass(frozen=True, slots=True)
class CompanyCard:
    """A company with its people, its latest changes, and its latest orders at a location."""

    company: Company
    members: list[CompanyMember]
    events: list[CompanyEvent]
    orders: list[Order]


def companies_page(text: str, *, older_than: str = "", newer_than: str = "") -> Page[Company]:
    """Return a page of the companies that match a text, or of all companies, by name. One query.

    A merged company is still found by its own name and INN.
    """
    found: QuerySet[Company] = Company.objects.found_by(text) if text else Company.objects.standing()
    return keyset_page(found.select_related("merged_into"), sort=BY_NAME, older_than=older_than, newer_than=newer_than)


def with_companies(
    person_id: int, *, at: datetime, location_id: int | None = None, with_last: bool = False
) -> tuple[User | None, Sequence[Named]]:
    """Return an active person, and the companies that they may order for, by name. One query.

    The person comes with `has_passes`: whether any of their passes is valid at this moment. If a location is given,
    also with `has_card`: whether it knows them; and `with_last` with the fields of their `LastBooking` there,
    `last_booked`.
    """
    if location_id and with_last:
        found = _WITH_LAST_BOOKING(person_id=person_id, at=at, location_id=location_id, places=[location_id])
    elif location_id:
        found = _WITH_CARD(person_id=person_id, at=at, places=[location_id])
    else:
        found = _WITH_COMPANIES(person_id=person_id, at=at)
    return (found[0], [Named(**one) for one in found[0].named]) if found else (None, [])


def _with_companies(person_id: int, at: datetime) -> QuerySet[Any]:
    members = CompanyMember.objects.filter(person=OuterRef("pk")).order_by("company__name_key", "company")
    has_limit = ExpressionWrapper(Q(company__credit_limit__isnull=False), BooleanField())
    named = ArraySubquery(members.values(named=JSONObject(pk="company_id", name="company__name", on_account=has_limit)))
    has_passes = Exists(Pass.objects.filter(owner=OuterRef("pk")).usable(at))
    return User.objects.filter(is_active=True, pk=person_id).annotate(named=named, has_passes=has_passes)


def _with_card(person_id: int, at: datetime, places: list[int]) -> QuerySet[Any]:
    has_card = ExpressionWrapper(is_known_at(places), BooleanField())
    return _with_companies(person_id, at).annotate(has_card=has_card)


def _with_last_booking(person_id: int, at: datetime, location_id: int, places: list[int]) -> QuerySet[Any]:
    # Only the latest few are searched, so that thousands of orders elsewhere are not all read.
    latest = Order.objects.filter(customer=OuterRef(OuterRef("pk"))).order_by("-number").values("pk")[:LATEST]
    orders = Order.objects.filter(pk__in=latest, location=location_id, pass_units=None)
    orders = orders.exclude(status__in=[OrderStatus.CANCELLED, OrderStatus.EXPIRED]).order_by("-number")
    names = {field.name: field.name for field in fields(LastBooking)} | {"start": "period__startswith"}
    last_booked = Subquery(orders.values(row=JSONObject(**names))[:1])
    return _with_card(person_id, at, places).annotate(last_booked=last_booked)


_SAMPLES = {"person_id": -1, "at": datetime.min.replace(tzinfo=UTC)}
_WITH_COMPANIES: Written[Any] = Written(_with_companies, **_SAMPLES)
_WITH_CARD: Written[Any] = Written(_with_card, **_SAMPLES, places=[-1])
_WITH_LAST_BOOKING: Written[Any] = Written(_with_last_booking, **_SAMPLES, location_id=-2, places=[-1])


def may_be_the_same(company: Company) -> list[Company]:
    """Return other companies with the same people or the same name, by name. One query."""
    people = CompanyMember.objects.filter(company=company).values("person")
    of_people = Company.objects.standing().filter(members__person__in=people)
    named = Company.objects.standing().found_by(company.name)
    found = Company.objects.filter(Q(pk__in=of_people.values("pk")) | Q(pk__in=named.values("pk"))).exclude(
        pk=company.pk
    )
    return list(found.order_by("name_key", "pk")[:SAME])


def two_records(kept_id: int, gone_id: int) -> list[Company]:
    """Return two companies, in this order, with their numbers of people and orders and their debts. One query."""
    people = CompanyMember.objects.filter(company=OuterRef("pk"))
    orders = Order.objects.filter(company=OuterRef("pk"))
    due = unpaid().filter(company=OuterRef("pk")).order_by().values("company").values(sum=Sum("due"))
    counted = {
        "member_count": count_of(people),
        "administrator_count": count_of(people.filter(is_administrator=True)),
        "order_count": count_of(orders),
        "owed": Coalesce(Subquery(due), Value(NO_MONEY), output_field=MoneyField()),
    }
    found = {one.pk: one for one in Company.objects.filter(pk__in=[kept_id, gone_id]).annotate(**counted)}
    return [found[key] for key in (kept_id, gone_id) if key in found]


def credit_of_both(kept: Company, gone: Company) -> Credit | None:
    """Return the credit of two companies from `two_records` together, with the limit of the one that is kept."""
    limit = gone.credit_limit if kept.credit_limit is None else kept.credit_limit
    owed: Decimal = kept.owed + gone.owed  # type: ignore[attr-defined] # annotated
    return None if limit is None else Credit(limit=limit, owed=owed)


def card_of(company: Company, location: Location) -> CompanyCard:
    """Return everything that the page of a company shows. Three queries."""
    orders = Order.objects.at_locations({location.pk}).filter(company=company)
    return CompanyCard(
        company,
        members=list(company.members.select_related("person").order_by("person__name_key", "pk")),
        events=list(company.events.select_related("by", "person").order_by("-pk")[:SHOWN]),
        orders=list(orders.order_by("-pk")[:SHOWN]),
    )
