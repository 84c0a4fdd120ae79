"""What a payment is for, as input for its fiscal receipt."""

from collections.abc import Sequence
from decimal import Decimal

from django.conf import settings

from orders.domain.money.balance import Balance
from orders.domain.money.receipts import Charge, Fiscal
from orders.domain.money.standing import Standing, standing
from orders.domain.money.tax import FULL_PAYMENT, PARTIAL_PREPAYMENT, Tax, vat_code
from orders.models import EventKind, Order, OrderStatus


def charges_of(order: Order, balance: Balance, tax: Tax) -> list[Charge]:
    """Return the lines that a payment of the sum due is for: those added by changes if they equal it, else all."""
    stands = standing(order.lines.order_by("pk"))
    is_part = balance.due != balance.cost
    added = _added_by_changes(order, stands, balance.due) if is_part else []
    mode = _receipt_mode(order, is_whole=bool(added) or not is_part)
    return [
        Charge(
            title=one.line.title,
            quantity=one.quantity,
            unit=one.line.unit,
            amount=one.amount,
            fiscal=Fiscal(
                vat_code=vat_code(one.line.vat or tax.vat, mode),
                subject=one.line.subject or settings.YOOKASSA_PAYMENT_SUBJECT,
                mode=mode,
            ),
        )
        for one in added or stands
    ]


def _receipt_mode(order: Order, *, is_whole: bool) -> str:
    """Return the payment mode of the receipt by 54-FZ: after the service it is not a prepayment."""
    if order.status == OrderStatus.COMPLETED:
        return FULL_PAYMENT
    return settings.YOOKASSA_PAYMENT_MODE if is_whole else PARTIAL_PREPAYMENT


def _added_by_changes(order: Order, stands: Sequence[Standing], due: Decimal) -> list[Standing]:
    """Return the lines that changes have added last, if they add up to exactly this sum."""
    changes = order.events.filter(kind=EventKind.CHANGED).values_list("data__lines", flat=True)
    added = {pk for lines in changes for pk in lines}
    found: list[Standing] = []
    for one in reversed(stands):
        if one.line.pk not in added:
            break
        found.insert(0, one)
        if sum(each.amount for each in found) == due:
            return found
    return []
