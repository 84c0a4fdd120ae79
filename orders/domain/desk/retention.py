"""Retention: the location administrator erases the data of people inactive for years, or keeps them until a day."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from accounts.models import Erasure, ErasureGround, Membership, RetentionHold, User
from coworking.models import Location, Ticket, WaitingWish
from olvery.shared.refusals import Refusal
from orders.domain import exports, locks
from orders.domain.desk import erasing
from orders.models import Order, Pass

CHUNK = 2_000
# bulk_update, with a CASE for each row, takes minutes for many.
NOTE = """
UPDATE accounts_user SET active_at = noted.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS noted (id, at) WHERE accounts_user.id = noted.id
"""


class RetentionRefused(Refusal):
    """The data cannot be erased or kept in this way."""


def edge_of(at: datetime) -> datetime:
    """Return the moment of last activity before which a person's data are no longer needed."""
    return at.replace(year=at.year - settings.RETENTION_YEARS, day=min(at.day, 28))


def _quiet_since(edge: datetime) -> QuerySet[User]:
    """Return people without known activity since then, by the index user_quiet_since."""
    people = User.objects.annotate(since=Coalesce("active_at", "date_joined"))
    return people.filter(since__lt=edge, erased_at=None, merged_into=None)


def proposed(at: datetime) -> QuerySet[User]:
    """Return the people whose data may be erased: no sign-in, order, ticket, pass for years, no right, wish or request.

    People on hold are left out.
    """
    edge, person = edge_of(at), {"customer": OuterRef("pk")}
    later = Q(created_at__gte=edge) | Q(period__endswith__gte=edge)
    theirs = Q(person=OuterRef("pk")) | Q(person__merged_into=OuterRef("pk"))
    kept = RetentionHold.objects.filter(theirs, until__gte=at.date())
    return _quiet_since(edge).filter(
        Q(last_login=None) | Q(last_login__lt=edge),
        ~Exists(Order.objects.filter(later, **person)),
        ~Exists(Ticket.objects.filter(later, visitor=OuterRef("pk"))),
        ~Exists(Pass.objects.filter(owner=OuterRef("pk"), ended_at=None)),
        ~Exists(WaitingWish.objects.waiting().filter(Q(**person) | Q(visitors__person=OuterRef("pk")))),
        ~Exists(Membership.objects.filter(user=OuterRef("pk"))),
        ~Exists(Erasure.objects.filter(person=OuterRef("pk"), withdrawn_at=None)),
        ~Exists(kept),
        is_staff=False,
        is_superuser=False,
    )


def proposed_at(location: Location, at: datetime) -> QuerySet[User]:
    """Return the people whom an administrator of a location may erase."""
    return proposed(at).filter(erasing.is_of(location, "pk"))


def erase(person_id: int, *, by: User, location: Location, at: datetime) -> Erasure:
    """Erase the data of a person inactive for years, and return the act.

    Raises RetentionRefused if they have been active since, Refused while something is open, Busy.
    """
    with locks.short_waits():
        # As in `erasing.erase`: an export that is being finished waits for the person's lock, and we would wait for it.
        exports.forget_people(User.objects.records_of(person_id), at=at)
        locks.lock_people([person_id])
        if not proposed_at(location, at).filter(pk=person_id).exists():
            raise RetentionRefused("retention_over")
        asked = Erasure.objects.create(person_id=person_id, ground=ErasureGround.RETENTION, asked_at=at)
        erasing.erase(asked, by=by, location_id=location.pk, at=at)
    return asked


def keep(person_ids: Collection[int], *, until: date, reason: str, by: User, location: Location, at: datetime) -> int:
    """Keep the data of people until a day; return of how many people. Raises RetentionRefused."""
    today = location.day_at(at)
    if until <= today:
        raise RetentionRefused("retention_until_past", field="until")
    if until > today.replace(year=today.year + settings.RETENTION_YEARS, day=min(today.day, 28)):
        raise RetentionRefused("retention_until_far", field="until", years=settings.RETENTION_YEARS)
    keys = proposed_at(location, at).filter(pk__in=person_ids).values_list("pk", flat=True)
    holds = [RetentionHold(person_id=pk, until=until, reason=reason, by=by, at=at) for pk in keys]
    return len(RetentionHold.objects.bulk_create(holds))


def review(at: datetime) -> int:
    """Store when seemingly inactive people were really last active, so that the list skips them.

    Return how many. Each is checked once a night until they are erased, and otherwise again after years.
    """
    edge, noted, after = edge_of(at), 0, (datetime.min.replace(tzinfo=at.tzinfo), 0)
    while found := _looked_at(edge, after):
        after = found[-1][1], found[-1][0]
        active = {pk: last for pk, _since, last in found if last >= edge}
        _note(active)
        noted += len(active)
    return noted


def _note(active: dict[int, datetime]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [list(active), list(active.values())])


def _looked_at(edge: datetime, after: tuple[datetime, int]) -> list[tuple[int, datetime, datetime]]:
    """Return the next people by their known activity, with their actual last activity."""
    since, pk = after
    later = Q(since__gt=since) | Q(since=since, pk__gt=pk)
    people = _quiet_since(edge).filter(later, since__gte=since)  # type: ignore[misc] # annotated
    rows = people.annotate(last=last_active()).order_by("since", "pk")
    return list(rows.values_list("pk", "since", "last")[:CHUNK])


def last_active() -> Greatest:
    """Return when a person was last active, as an expression: the latest of everything that counts."""
    orders, tickets = Order.objects.filter(customer=OuterRef("pk")), Ticket.objects.filter(visitor=OuterRef("pk"))
    passes = Pass.objects.filter(owner=OuterRef("pk"))
    return Greatest(
        "since",
        "last_login",
        _last(orders, "created_at"),
        _last(orders, "period__endswith"),
        _last(tickets, "period__endswith"),
        _last(passes, "period__endswith"),
    )


def _last(rows: QuerySet[Any], what: str) -> Subquery:
    return Subquery(rows.order_by(F(what).desc()).values(what)[:1])
