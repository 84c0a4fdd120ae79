"""The waiting list as its readers see it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from accounts.models import User
from coworking.domain.waiting import turns_of
from coworking.models import Seat, WaitingVisitor, WaitingWish, WaitingWishQuerySet
from olvery.shared.periods import Period
from olvery.shared.written import Written
from orders.models import Order

MOST_CLOSED = 20
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class InLine:
    """A wish, its position while it waits, and the order it became; who else it is for, and the only seats wanted.

    A seat that has been deleted has no name.
    """

    wish: WaitingWish
    turn: int
    order: Order | None
    visitors: Sequence[str]
    seats: Sequence[str]


def own_waiting(person: User) -> tuple[list[InLine], list[InLine]]:
    """Return a person's wishes in line, and the latest ones that have left it.

    Three queries, one more for seats.
    """
    wishes = _read(WaitingWish.objects.of_customer(person))
    standing = wishes.waiting().order_by("pk")
    closed = wishes.exclude(closed_at=None).order_by("-closed_at", "-pk")[:MOST_CLOSED]
    return _in_line(standing), _in_line(closed)


def standing_of(person_id: int, location_id: int) -> list[InLine]:
    """Return a person's wishes in line at a location. One query, two more if there are any."""
    return _in_line(_STANDING(person_id=person_id, location_id=location_id))


def waiting_at(
    location_id: int, *, service_id: int | None = None, during: Period | None = None, is_closed: bool = False
) -> list[InLine]:
    """Return the wishes in line at a location, and those that left it recently; filtered by service and period.

    Two queries, one more for seats.
    """
    asked = Q(service=service_id) if service_id else Q()
    if during:
        asked &= Q(period__overlap=during)
    wishes = _read(WaitingWish.objects.at_locations([location_id])).filter(asked)
    if is_closed:
        return _in_line(wishes.exclude(closed_at=None).order_by("-closed_at", "-pk")[:MOST_SHOWN])
    return _in_line(wishes.waiting().order_by("service__position", "service__name", "pk")[:MOST_SHOWN])


def _read(wishes: WaitingWishQuerySet) -> WaitingWishQuerySet:
    named = WaitingVisitor.objects.filter(wish=OuterRef("pk")).order_by("place")
    name = Concat("person__last_name", Value(" "), "person__first_name")
    related = wishes.select_related("service__location", "tariff", "customer", "created_by", "waited__order")
    return related.annotate(named=ArraySubquery(named.values(name=name)))


def _standing(person_id: int, location_id: int) -> QuerySet[Any]:
    wishes = WaitingWish.objects.filter(customer=person_id, service__location=location_id)
    return _read(wishes).waiting().order_by("pk")


_STANDING: Written[Any] = Written(_standing, person_id=-1, location_id=-2)


def _in_line(found: Iterable[WaitingWish]) -> list[InLine]:
    wishes: Sequence[WaitingWish] = list(found)
    standing = [wish for wish in wishes if wish.is_waiting]
    turns = turns_of(standing) if standing else {}
    labels = _labels({pk for wish in wishes for pk in wish.seat_ids})
    return [
        InLine(
            wish,
            turns.get(wish.pk, 0),
            order_of(wish),
            visitors=wish.named,  # type: ignore[attr-defined] # annotated
            seats=[labels.get(pk, "") for pk in wish.seat_ids],
        )
        for wish in wishes
    ]


def _labels(seat_ids: set[int]) -> dict[int, str]:
    """Return the names of these seats, unless they were deleted. One query at most."""
    return dict(Seat.objects.filter(pk__in=seat_ids).values_list("pk", "label")) if seat_ids else {}


def order_of(wish: WaitingWish) -> Order | None:
    """Return the order that a wish became, if any. No query if `waited__order` was read along."""
    waited = getattr(wish, "waited", None)  # a wish that became no order raises an AttributeError
    return waited.order if waited else None
