"""Cases of «Сверка денег»: opened when sums do not agree, closed when they do or by a person."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from accounts.models import User
from olvery.shared.refusals import Refusal
from olvery.shared.written import Written
from orders.domain.money.facts import Facts, Mismatch, facts_as_json
from orders.models import CaseKind, MoneyApproval, MoneyCase, OffsetReceipt, Order, PaymentAttempt, Refund

_BESIDE = ("order", "attempt", "refund", "receipt", "approval", "closed_by")
_OF_KEYS = Written(
    lambda keys: MoneyCase.objects.filter(pk__any=keys).select_related(*_BESIDE).order_by("-opened_at", "-pk"),
    keys=[-1],
)


class NoteMissing(Refusal):
    reason = "resolution_missing"
    field = "resolution"


class CaseClosed(Refusal):
    reason = "case_closed"


def open_case(
    kind: CaseKind,
    *,
    at: datetime,
    order: Order | None = None,
    attempt: PaymentAttempt | None = None,
    refund: Refund | None = None,
    receipt: OffsetReceipt | None = None,
    provider_id: str | None = None,
    amount: Decimal | None = None,
    facts: Facts | None = None,
    approval: MoneyApproval | None = None,
) -> None:
    """Open a case, unless the same one is open already. Call it within the transaction of its cause."""
    MoneyCase.objects.bulk_create(
        [
            MoneyCase(
                kind=kind,
                order=order,
                attempt=attempt,
                refund=refund,
                receipt=receipt,
                provider_id=provider_id,
                amount=amount,
                facts=facts_as_json(facts),
                approval=approval,
                opened_at=at,
            )
        ],
        ignore_conflicts=True,
    )


def update_mismatch(attempt: PaymentAttempt, facts: Mismatch, *, amount: Decimal, at: datetime) -> None:
    """Open or update the case of a payment that differs: it states what the provider says now."""
    shown = MoneyCase.objects.open().filter(kind=CaseKind.MISMATCH, attempt=attempt)
    if not shown.update(amount=amount, facts=facts_as_json(facts)):
        open_case(CaseKind.MISMATCH, at=at, order=attempt.order, attempt=attempt, amount=amount, facts=facts)


def is_settled(kind: CaseKind, facts: Facts | None = None, **about: object) -> bool:
    """Whether a person has already closed exactly this case: nobody should settle it again every half hour.

    A later refund of the payment does not make it a new case; a later payment does.
    """
    closed = MoneyCase.objects.filter(kind=kind, closed_by__isnull=False, **about)
    stored = facts_as_json(facts)
    if isinstance(facts, Mismatch):
        same = Q(facts__status=facts.status) | Q(facts__status__isnull=True)  # older versions stored none
        return closed.filter(same, facts__differences=stored.get("differences")).exists()
    return closed.filter(facts=stored).exists()


def close_cases(*kinds: CaseKind, at: datetime, **about: object) -> int:
    """Close cases whose sums agree again and return how many."""
    return MoneyCase.objects.open().filter(kind__in=kinds, **about).update(closed_at=at)


def settle_case(case: MoneyCase, *, resolution: str, by: User, at: datetime) -> None:
    """Close a case as settled by a person. Raises NoteMissing, CaseClosed."""
    if not resolution.strip():
        raise NoteMissing
    close_by_hand(case, by=by, at=at, resolution=resolution.strip()[:250])


def close_by_hand(case: MoneyCase, *, by: User, at: datetime, resolution: str = "") -> None:
    """Close a case in the name of a person. Raises CaseClosed."""
    closed = MoneyCase.objects.open().filter(pk=case.pk)
    if not closed.update(closed_at=at, closed_by=by, resolution=resolution):
        raise CaseClosed


def cases_of(location_id: int, *, settled: bool = False) -> QuerySet[MoneyCase]:
    """Return the open or the closed cases of a location, including those without an order."""
    return MoneyCase.objects.at_locations([location_id]).filter(closed_at__isnull=not settled)


def with_what_they_are_about(cases: QuerySet[MoneyCase]) -> QuerySet[MoneyCase]:
    """Prefetch what the list of cases shows. Four queries at most.

    Requests for approval are read separately: with two more joins PostgreSQL spends ten milliseconds planning
    their order, and most cases have none.
    """
    return cases.select_related(*_BESIDE).prefetch_related(*_later())


def _later() -> tuple[str | Prefetch, ...]:
    return Prefetch("attempt__refunds", Refund.objects.order_by("pk")), "approval__asked_by", "approval__corrects"


def newest_of(cases: QuerySet[MoneyCase], *, most: int) -> list[MoneyCase]:
    """Return the newest of these cases with what their list shows. Five queries at most, one without any case."""
    keys = list(cases.order_by("-opened_at", "-pk").values_list("pk", flat=True)[:most])
    found = _OF_KEYS(keys=keys) if keys else []
    prefetch_related_objects(found, *_later())
    return found
