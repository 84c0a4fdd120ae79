"""Companies for their list and their page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from accounts.models import Company, CompanyEvent, CompanyMember, User
from coworking.models import Location
from olvery.shared.paging import Page, Sort, keyset_page
from orders.models import Order, Pass

BY_NAME = Sort("name", "name_key")
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Named:
    """A company as it is chosen."""

    pk: int
    name: str


@dataclass(frozen=True, slots=True)
class CompanyCard:
    """A company with its people, its latest changes, and its latest orders at a location."""

    company: Company
    members: list[CompanyMember]
    events: list[CompanyEvent]
    orders: list[Order]


def companies_page(text: str, *, older_than: str = "", newer_than: str = "") -> Page[Company]:
    """Return a page of the companies that a text means, by name; of all of them without one. One query."""
    found: QuerySet[Company] = Company.objects.found_by(text) if text else Company.objects.all()
    return keyset_page(found, sort=BY_NAME, older_than=older_than, newer_than=newer_than)


def with_companies(person_id: int, *, at: datetime) -> tuple[User | None, Sequence[Named]]:
    """Return an active person, and the companies that they may order for, by name. One query.

    The person comes with `has_passes`: whether any pass of theirs is good at this moment.
    """
    members = CompanyMember.objects.filter(person=OuterRef("pk")).order_by("company__name_key", "company")
    named = ArraySubquery(members.values(named=JSONObject(pk="company_id", name="company__name")))
    has_passes = Exists(Pass.objects.filter(owner=OuterRef("pk")).usable(at))
    person = User.objects.filter(is_active=True, pk=person_id).annotate(named=named, has_passes=has_passes).first()
    return person, [Named(**one) for one in person.named] if person else []  # type: ignore[attr-defined] # annotated


def card_of(company: Company, location: Location) -> CompanyCard:
    """Return what the page of a company shows. Three queries."""
    orders = Order.objects.at_locations({location.pk}).filter(company=company)
    return CompanyCard(
        company,
        members=list(company.members.select_related("person").order_by("person__name_key", "pk")),
        events=list(company.events.select_related("by", "person").order_by("-pk")[:SHOWN]),
        orders=list(orders.order_by("-pk")[:SHOWN]),
    )
