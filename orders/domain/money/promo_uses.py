"""The books of promo codes: an order takes a use of its code, and gives it back if it comes to nothing."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from accounts.models import User
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.models import LineKind, Order, OrderStatus, PromoCode, PromoUse


class PromoRefused(Refusal):
    """The promo code does not make this order cheaper."""

    field = "promo_code"


@dataclass(frozen=True, slots=True)
class Uses:
    """How often a code has been used, in total and by one customer."""

    in_all: int
    by_customer: int

    def refuse_one_more(self, code: PromoCode) -> None:
        """Raise PromoRefused if the code is used up."""
        if code.most_uses is not None and self.in_all >= code.most_uses:
            raise PromoRefused("promo_used_up")
        if code.most_uses_each is not None and self.by_customer >= code.most_uses_each:
            raise PromoRefused("promo_used_by_customer", most=code.most_uses_each)


def uses_of(code: PromoCode, *, customer_id: int | None) -> Uses:
    """Return the current uses. One query, if the code limits them per customer."""
    if code.most_uses_each is None or customer_id is None:
        return Uses(code.used, 0)
    own = PromoUse.objects.filter(code=code, order__customer=customer_id).aggregate(sum=Sum("count"))["sum"]
    return Uses(code.used, own or 0)


def take_use(order: Order, *, by: User | None, at: datetime) -> None:
    """Take a use of the order's code, unless it has one. The order is locked or new. Raises PromoRefused."""
    if order.promo_code_id is None or _has_use(order):
        return
    code = locks.lock_promo_code(order.promo_code_id)
    uses_of(code, customer_id=order.customer_id).refuse_one_more(code)
    PromoUse.objects.create(code=code, order=order, count=1, by=by, at=at)


def give_use_back(order: Order, *, by: User | None, at: datetime) -> None:
    """Give back the use of a locked order, so that another order may take it."""
    if order.promo_code_id is not None and _has_use(order):
        PromoUse.objects.create(code_id=order.promo_code_id, order=order, count=-1, by=by, at=at)


def follow_status(order: Order, *, was: OrderStatus, by: User | None, at: datetime) -> None:
    """Update the use of a locked order's code to its status. An order that had begun keeps it. Raises PromoRefused."""
    if order.status == OrderStatus.EXPIRED or (order.status == OrderStatus.CANCELLED and at < order.period.start):
        give_use_back(order, by=by, at=at)
    elif was == OrderStatus.EXPIRED:
        take_use(order, by=by, at=at)


def follow_refund(order: Order, *, by: User | None, at: datetime) -> None:
    """Give the use back if the whole price of a locked order was waived before its time began."""
    if order.promo_code_id is None or order.total or at >= order.period.start:
        return
    if order.lines.filter(kind=LineKind.ALLOWANCE).exists():  # otherwise the code itself made it free
        give_use_back(order, by=by, at=at)


def follow_change(order: Order, *, by: User | None, at: datetime) -> None:
    """Take a use again for a locked order that had been waived and costs something again, or undo that.

    Raises PromoRefused.
    """
    if order.total:
        take_use(order, by=by, at=at)
    else:
        follow_refund(order, by=by, at=at)


def _has_use(order: Order) -> bool:
    return bool(PromoUse.objects.filter(order=order).aggregate(sum=Sum("count"))["sum"])
