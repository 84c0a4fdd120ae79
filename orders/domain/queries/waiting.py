"""The waiting list as its readers see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts.models import User
from coworking.domain.waiting import turns_of
from coworking.models import WaitingWish, WaitingWishQuerySet
from olvery.shared.periods import Period
from orders.models import Order

MOST_CLOSED = 20
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class InLine:
    """A wish, which in line it is while it waits, and the order it became."""

    wish: WaitingWish
    turn: int
    order: Order | None


def own_waiting(person: User) -> tuple[list[InLine], list[InLine]]:
    """Return the wishes of a person that stand in line, and the latest that have left it. Three queries."""
    wishes = _read(WaitingWish.objects.of_customer(person))
    standing = wishes.waiting().order_by("pk")
    closed = wishes.exclude(closed_at=None).order_by("-closed_at", "-pk")[:MOST_CLOSED]
    return _in_line(standing), _in_line(closed)


def waiting_at(
    location_id: int, *, service_id: int | None = None, during: Period | None = None, is_closed: bool = False
) -> list[InLine]:
    """Return who stands in line at a location, or has left it of late; of a service, and of a period. Two queries."""
    asked = Q(service=service_id) if service_id else Q()
    if during:
        asked &= Q(period__overlap=during)
    wishes = _read(WaitingWish.objects.at_locations([location_id])).filter(asked)
    if is_closed:
        return _in_line(wishes.exclude(closed_at=None).order_by("-closed_at", "-pk")[:MOST_SHOWN])
    return _in_line(wishes.waiting().order_by("service__position", "service__name", "pk")[:MOST_SHOWN])


def _read(wishes: WaitingWishQuerySet) -> WaitingWishQuerySet:
    return wishes.select_related("service__location", "tariff", "customer", "created_by", "waited__order")


def _in_line(found: QuerySet[WaitingWish]) -> list[InLine]:
    wishes: Sequence[WaitingWish] = list(found)
    standing = [wish for wish in wishes if wish.is_waiting]
    turns = turns_of(standing) if standing else {}
    return [InLine(wish, turns.get(wish.pk, 0), _order_of(wish)) for wish in wishes]


def _order_of(wish: WaitingWish) -> Order | None:
    waited = getattr(wish, "waited", None)  # a wish that became no order raises an AttributeError
    return waited.order if waited else None
