"""The balance of an order: cost, paid, due and excess, computed in one place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest

from coworking.models import PaymentMethod
from olvery.shared.money import NO_MONEY, MoneyField
from olvery.shared.written import Written
from orders.models import EntryKind, LedgerEntry, Order, OrderLine, OrderStatus, PaymentAttempt, PaymentStatus, Refund

SUM = "sum_"
# Kinds of entries of money that came and was given back, except what went back by itself since the order was paid
# without it: that was never the order's money.
_NEVER_ITS = (Refund.Source.DUPLICATE_PAYMENT, Refund.Source.EXCESS)
_BEYOND = Q(refund__source__in=_NEVER_ITS, refund__isnull=False)
_GIVEN_BACK = Q(kind=EntryKind.REFUND) & ~_BEYOND | Q(corrects__kind=EntryKind.REFUND, corrects__isnull=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The money of an order at one moment, roubles: sums read from the database, and those that follow from them."""

    status: OrderStatus
    kept: Decimal
    total: Decimal  # of its lines
    paid: Decimal  # what we hold: everything that came, less everything that went
    returned: Decimal  # what was given back, except what was paid twice or too much: never the order's money
    returning: Decimal  # refunds requested from the provider and not yet decided
    sent_back: Decimal  # what went back through the provider, or is on its way, also what was paid twice or too much
    online: Decimal  # what can still go back through the provider
    at_desk: Decimal  # what was taken on site or by invoice and was not given back
    is_paying: bool  # whether the customer may be at the provider's page
    in_cabinet: Decimal = NO_MONEY  # the part of `returning` that was requested in the provider's cabinet
    in_review: bool = False  # whether a person has to check a payment before the customer pays again
    paid_by: Sequence[PaymentMethod] = ()  # the methods by which money came, the earliest first

    @classmethod
    def unpaid(cls, status: OrderStatus, total: Decimal) -> "Balance":
        """Return the balance of a new order, which has only a price."""
        sums = ("kept", "paid", "returned", "returning", "sent_back", "online", "at_desk")
        none: dict[str, Any] = dict.fromkeys(sums, NO_MONEY)
        return cls(status=status, total=total, is_paying=False, in_review=False, **none)

    @property
    def cost(self) -> Decimal:
        """The present cost of the order: its lines, what is kept if it is cancelled, zero if it has expired."""
        if self.status == OrderStatus.EXPIRED:
            return NO_MONEY
        return self.kept if self.status == OrderStatus.CANCELLED else self.total

    @property
    def charged(self) -> Decimal:
        """What came in, without what was paid twice or too much and went back."""
        return self.paid + self.returned

    @property
    def at_hand(self) -> Decimal:
        """What we hold and have not begun to return; never below zero."""
        return max(self.paid - self.returning, NO_MONEY)

    @property
    def counted(self) -> Decimal:
        """The part of the money that pays for the order: not what is already on its way back.

        A refund from the provider's cabinet lowers the cost once it is booked, except while the order waits for its
        payment; until it is booked, the order counts as paid.
        """
        waits = self.status == OrderStatus.AWAITING_PAYMENT
        gone = self.returning if waits else self.returning - self.in_cabinet
        return max(self.paid - gone, NO_MONEY)

    @property
    def due(self) -> Decimal:
        """What the customer still owes."""
        return max(self.cost - self.counted, NO_MONEY)

    @property
    def excess(self) -> Decimal:
        """What we hold beyond the cost and have not begun to return."""
        return max(self.at_hand - self.cost, NO_MONEY)

    @property
    def can_return(self) -> bool:
        """Whether there is money to give back."""
        return self.online > 0 or self.at_desk > 0

    @property
    def payment_status(self) -> PaymentStatus:
        """The payment status; for an order that waits, how much of its price has come."""
        if self.returned and self.status != OrderStatus.AWAITING_PAYMENT:
            return PaymentStatus.PARTLY_REFUNDED if self.paid > 0 else PaymentStatus.REFUNDED
        if self.paid > 0:
            return PaymentStatus.PARTLY_PAID if self.due else PaymentStatus.PAID
        if not self.cost:
            return PaymentStatus.NOT_REQUIRED
        return PaymentStatus.PENDING if self.is_paying else PaymentStatus.UNPAID


def balance_of(order: Order, *, recorded_by: datetime | None = None) -> Balance:
    """Return the balance of an order, now or from the entries recorded up to a moment. One query."""
    if recorded_by:
        return balance_in(_status_and_kept(recorded_by=recorded_by).get(pk=order.pk))
    return balances_of([order])[order.pk]


def balances_of(orders: Iterable[Order]) -> dict[int, Balance]:
    """Return the balances of these orders by number. One query."""
    return {one.pk: balance_in(one) for one in _WITH_SUMS(numbers=[order.pk for order in orders])}


def balance_in(order: Order) -> Balance:
    """Return the balance of an order read `with_sums`, as of that query."""
    sums = {name.removeprefix(SUM): value for name, value in vars(order).items() if name.startswith(SUM)}
    return Balance(status=order.status, kept=order.kept, **sums)


def with_sums(orders: QuerySet[Order], *, recorded_by: datetime | None = None) -> QuerySet[Order]:
    """Add the sums of the balance to a query of orders."""
    of_order = {"order": OuterRef("pk")}
    entries = LedgerEntry.objects.filter(**of_order)
    if recorded_by:
        entries = entries.filter(recorded_at__lte=recorded_by)
    refunds = Refund.objects.filter(attempt__order=OuterRef("pk"))
    under_way = refunds.under_way_at(recorded_by) if recorded_by else refunds.under_way()
    attempts = PaymentAttempt.objects.filter(**of_order)
    sums = {
        "total": _sum(OrderLine.objects.filter(**of_order)),
        "paid": _sum(entries),
        "returned": _sum(entries.filter(_GIVEN_BACK), of=-F("amount")),
        "returning": _sum(under_way, by="attempt__order"),
        "in_cabinet": _sum(under_way.filter(source=Refund.Source.EXTERNAL), by="attempt__order"),
        "sent_back": _sum(refunds.standing(), by="attempt__order"),
        "online": _sum(_with_refundable(attempts), of=F("refundable")),
        "at_desk": _sum(entries.exclude(method=PaymentMethod.ONLINE)),
        "is_paying": Exists(attempts.active()),
        "in_review": Exists(attempts.in_review()),
        "paid_by": _methods_of(entries),
    }
    return orders.annotate(**{f"{SUM}{name}": value for name, value in sums.items()})


def given_back_since(order: Order, moment: datetime) -> Decimal:
    """Return what was given back by hand or requested from the provider since, without what was too much. One query.

    A refund that has succeeded counts once it is recorded: the cost follows it before that.
    """
    entries = LedgerEntry.objects.filter(_GIVEN_BACK, order=OuterRef("pk"), recorded_at__gt=moment)
    refunds = Refund.objects.under_way().filter(attempt__order=OuterRef("pk"), requested_at__gt=moment)
    online = refunds.exclude(source__in=_NEVER_ITS)
    sums = _sum(entries.exclude(refund__requested_at__lte=moment), of=-F("amount")) + _sum(online, by="attempt__order")
    return Order.objects.filter(pk=order.pk).values_list(sums, flat=True).get()


def _status_and_kept(*, recorded_by: datetime | None = None) -> QuerySet[Order]:
    return with_sums(Order.objects.only("status", "kept"), recorded_by=recorded_by)


def _methods_of(entries: QuerySet[LedgerEntry]) -> ArraySubquery:
    """Return the methods by which money came, earliest first.

    Money returned later still counts; money that a correction cancelled does not, nor a returned double payment.
    """
    came = entries.exclude(_GIVEN_BACK).order_by().values("method").annotate(sum=Sum("amount"), first=Min("pk"))
    return ArraySubquery(came.filter(sum__gt=0).order_by("first").values("method"))


def refundable(attempt: PaymentAttempt) -> Decimal:
    """Return how much of an attempt can still go back, roubles. One query."""
    return sum(_REFUNDABLE(attempt=attempt.pk), NO_MONEY)


def _with_refundable(attempts: QuerySet[PaymentAttempt]) -> QuerySet[Any]:
    """Read paid attempts, each with the part of it that is neither returned nor on its way back."""
    gone = _sum(Refund.objects.standing().filter(attempt=OuterRef("pk")), by="attempt")
    paid = attempts.filter(status=PaymentAttempt.Status.SUCCEEDED)
    return paid.annotate(refundable=Greatest(F("amount") - gone, Value(NO_MONEY), output_field=MoneyField()))


def _sum(rows: QuerySet[Any], *, of: Combinable | None = None, by: str = "order") -> Coalesce:
    total = Subquery(rows.order_by().values(by).annotate(sum=Sum(of or F("amount"))).values("sum"))
    return Coalesce(total, Value(NO_MONEY), output_field=MoneyField())


_WITH_SUMS = Written(lambda numbers: _status_and_kept().filter(pk__any=numbers), numbers=[-1])
_REFUNDABLE = Written(
    lambda attempt: _with_refundable(PaymentAttempt.objects.filter(pk=attempt)).values_list("refundable", flat=True),
    attempt=-1,
)
