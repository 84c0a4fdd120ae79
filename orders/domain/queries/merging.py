"""Two records of one person side by side, and records that may belong to the same person."""

from collections.abc import Iterable, Sequence
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Exists, F, Func, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import CompanyMember, ConsentEvent, PersonMerge, User
from coworking.models import Location, Ticket, WaitingWish
from olvery.shared.search import begins_with, search_key
from orders.domain.desk.erasing import is_of
from orders.models import Order, Pass

MOST, LATEST = 8, 20


def records(keys: Sequence[int]) -> list[User]:
    """Return people with the numbers of everything they have, in the order of these keys. One query."""
    counted = {
        **orders_and_tickets(),
        "pass_count": count_of(Pass.objects.filter(owner=OuterRef("pk"))),
        "waiting_count": count_of(WaitingWish.objects.waiting().filter(customer=OuterRef("pk"))),
        "company_count": count_of(CompanyMember.objects.filter(person=OuterRef("pk"))),
        "consent_count": count_of(ConsentEvent.objects.filter(person=OuterRef("pk"))),
        "session_count": count_of(UserSession.objects.filter(user=OuterRef("pk"))),
    }
    has_factor = Exists(Authenticator.objects.filter(user=OuterRef("pk")))
    found = {one.pk: one for one in User.objects.filter(pk__in=keys).annotate(has_factor=has_factor, **counted)}
    return [found[key] for key in keys if key in found]


def orders_and_tickets() -> dict[str, Coalesce]:
    """Return the numbers of a person's orders and tickets, as expressions."""
    return {
        "order_count": count_of(Order.objects.filter(customer=OuterRef("pk"))),
        "ticket_count": count_of(Ticket.objects.filter(visitor=OuterRef("pk"))),
    }


def count_of(rows: QuerySet[Any]) -> Coalesce:
    """Return the number of rows, as an expression in another query."""
    return Coalesce(Subquery(rows.order_by().annotate(count=Func(F("pk"), function="count")).values("count")), 0)


def candidates(person: User, location: Location) -> list[User]:
    """Return people who may be the same person, likeliest first: by contacts in orders, then by name. Four queries."""
    own = Order.objects.of_customer(person).filter(location=location)
    others = User.objects.filter(is_active=True).exclude(pk=person.pk)
    ways = [
        others.filter(phone__in=own.values("phone")),
        others.filter(email__in=own.exclude(email="").values("email")),
        others.filter(pk__in=_ordered_with(person, location)),
        others.filter(begins_with("name_key", search_key(person.last_name, person.first_name))),
    ]
    return _first_of(ways)


def _ordered_with(person: User, location: Location) -> QuerySet[Order, Any]:
    orders = Order.objects.filter(location=location)
    by_phone = orders.filter(phone=person.phone) if person.phone else orders.none()
    by_email = orders.filter(email=person.email) if person.email else orders.none()
    return by_phone.values("customer").union(by_email.values("customer"))


def _first_of(ways: Iterable[QuerySet[User]]) -> list[User]:
    found: dict[int, User] = {}
    for way in ways:
        for one in way.order_by("name_key", "pk")[:MOST]:
            found.setdefault(one.pk, one)
    return list(found.values())[:MOST]


def latest_merges(location: Location) -> list[PersonMerge]:
    """Return the latest merges of people who have booked at a location, or nowhere at all."""
    found = PersonMerge.objects.filter(is_of(location, "kept"))
    return list(found.select_related("kept", "gone", "by").order_by("-pk")[:LATEST])
