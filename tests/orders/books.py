"""Whether the books of an order agree: the provider's, the ledger's, the stored sums, the papers."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.db.models import Sum

from coworking.models import Vat
from orders.documents.lines import lines_of, order_by_rate
from orders.domain.desk import change_undoing
from orders.domain.desk.refunding import refund_key
from orders.domain.money.balance import Balance, balance_of
from orders.domain.money.standing import standing
from orders.domain.money.summary import wrong_summaries
from orders.models import MoneyCase, Order, OrderEvent, OrderLine, PaymentAttempt, ProviderRequest
from tests.gateways.fake import FakeGateway
from tests.orders.booking.changes import ticket_of
from tests.orders.steps import seen

SECOND = timedelta(seconds=1)


def assert_the_books_agree(order: Order, gateway: FakeGateway) -> None:
    """Compare the books of an order with one ticket, changed, paid and refunded in whatever sequence."""
    there = Order.objects.get(pk=order.pk)
    balance = balance_of(there)
    lines = list(OrderLine.objects.filter(order=order))
    assert sum((one.amount for one in standing(lines)), Decimal()) == balance.total >= 0
    assert there.status == "confirmed" or (there.status == "cancelled" and not balance.due)
    shown = MoneyCase.objects.open().filter(order=order, kind__in=["refund_due", "refund_failed"])
    assert (shown.aggregate(sum=Sum("amount"))["sum"] or 0) == balance.excess
    ticket = ticket_of(order)
    sold = sum(one.quantity for one in standing(lines) if one.line.kind == "tariff")
    assert sold * 3600 == (ticket.period.end - ticket.period.start).total_seconds()
    assert there.period == ticket.period
    assert list(wrong_summaries(Order.objects.filter(pk=order.pk))) == []
    _assert_papers_say_what_it_costs(there, balance)
    paid = PaymentAttempt.objects.filter(order=order, status="succeeded")
    undone = OrderEvent.objects.filter(order=order, kind="change_undone").values_list("data__change", flat=True)
    keys = [refund_key(uuid.uuid5(change_undoing.CHANGES, str(change)), one) for change in undone for one in paid]
    assert not ProviderRequest.objects.filter(key__in=keys).exists()
    told = [gateway.payment(one.provider_id or "", patience=SECOND) for one in paid]
    ledger = seen(order).ledger
    online = sum(amount for _kind, method, amount in ledger if method == "online")
    assert online == sum(one.amount - one.refunded for one in told)
    assert sum(amount for _kind, _method, amount in ledger) == balance.paid >= 0


def _assert_papers_say_what_it_costs(order: Order, balance: Balance) -> None:
    """The lines of an act are the cost, those of an invoice what is due, each price times its quantity."""
    if not balance.total:
        return
    lines = list(order.lines.select_related("ticket__seat").order_by("pk"))
    act = lines_of(order, lines, vat=Vat.TWENTY_TWO)
    rest = order_by_rate(order, act, balance.due, what="Доплата по заказу")
    for total, printed in ((balance.total, act), (balance.due, rest)):
        assert sum(line.amount for line in printed) == total
        assert all(line.price * line.quantity == line.amount >= 0 for line in printed)
