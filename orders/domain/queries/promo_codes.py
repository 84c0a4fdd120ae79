"""Promo codes with the discounts they gave, for their list, their page and the report on discounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from coworking.models import Location, Service
from olvery.shared.money import NO_MONEY
from orders.models import EventKind, LineKind, OrderEvent, OrderLine, OrderStatus, PromoCode, PromoUse

SHOWN = 20
# A discount's line, a line that reverses a part of it, and one that undoes that: `desk.change_undoing` nests no deeper.
OF_DISCOUNTS = (
    Q(kind=LineKind.DISCOUNT) | Q(reverses__kind=LineKind.DISCOUNT) | Q(reverses__reverses__kind=LineKind.DISCOUNT)
)


class CodeState(StrEnum):
    """Whether a code can be used today, and if not, why."""

    ARCHIVED = "archived"
    OVER = "over"
    USED_UP = "used_up"
    EARLY = "early"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code of the list: what it applies to, and the total discount it gave, roubles."""

    code: PromoCode
    state: CodeState
    services: Sequence[str]
    given: Decimal


def codes_of(location: Location, *, today: date) -> list[CodeRow]:
    """Return the codes of a location, usable ones first. Three queries."""
    codes = PromoCode.objects.at_location(location).order_by("-is_active", "-pk")
    names = dict(Service.objects.filter(location=location).order_by("position", "pk").values_list("pk", "name"))
    given = _given(PromoUse.objects.filter(code__location=location))
    return [
        CodeRow(
            code=code,
            state=state_of(code, today=today),
            services=[name for key, name in names.items() if key in code.service_ids],
            given=given.get(code.pk, NO_MONEY),
        )
        for code in codes
    ]


def state_of(code: PromoCode, *, today: date) -> CodeState:
    """Return whether a code can be used on a local day of its location."""
    if not code.is_active:
        return CodeState.ARCHIVED
    if code.ends_on and code.ends_on < today:
        return CodeState.OVER
    if code.most_uses is not None and code.used >= code.most_uses:
        return CodeState.USED_UP
    return CodeState.EARLY if code.starts_on and today < code.starts_on else CodeState.GIVEN


def _given(uses: QuerySet[PromoUse]) -> dict[int, Decimal]:
    """Return the total discount of each code, by its key, in the orders whose use counts."""
    lines = OrderLine.objects.filter(OF_DISCOUNTS, order__in=_with_use(uses)).order_by()
    return {key: -sum_ for key, sum_ in lines.values_list("order__promo_code").annotate(sum=Sum("amount"))}


def _with_use(uses: QuerySet[PromoUse]) -> QuerySet[PromoUse, dict[str, Any]]:
    """Return the orders whose use of a code counts."""
    return uses.order_by().values("order").annotate(sum=Sum("count")).filter(sum__gt=0).values("order")


def of_standing(uses: QuerySet[PromoUse]) -> Q:
    """Return the condition that the discount of a line's order is final, `uses` being the uses of such orders.

    With a code, its use counts. With a manual discount the same rule applies: the order did not expire, and was not
    cancelled or fully waived before its time began.
    """
    begun = OrderEvent.objects.filter(order=OuterRef("order"), at__gte=OuterRef("order__period__startswith"))
    cancelled = begun.filter(kind=EventKind.STATUS_CHANGED, data__to=OrderStatus.CANCELLED)
    let_off = OrderLine.objects.filter(order=OuterRef("order"), kind=LineKind.ALLOWANCE)
    gone = (
        Q(order__status=OrderStatus.EXPIRED)
        | Q(~Exists(cancelled), order__status=OrderStatus.CANCELLED)
        | Q(Exists(let_off), ~Exists(begun.filter(kind=EventKind.REFUNDED)), order__total=0)
    )
    return Q(order__in=_with_use(uses)) | Q(~gone, order__promo_code=None)


def uses_shown(code: PromoCode) -> QuerySet[PromoUse]:
    """Return the latest uses of a code, with their orders and the people who made them."""
    return PromoUse.objects.filter(code=code).select_related("order", "by").order_by("-pk")[:SHOWN]


def given_by(code: PromoCode) -> Decimal:
    """Return the total discount that a code gave, roubles. One query."""
    return _given(PromoUse.objects.filter(code=code)).get(code.pk, NO_MONEY)
