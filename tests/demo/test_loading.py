"""The data of the demo: money that adds up, and nothing that has not happened yet."""

from collections import Counter
from datetime import date
from random import Random

import pytest
from django.db.models import F, Max

from coworking.domain.waiting import turn_of
from coworking.models import CancellationStep, Seller, WaitingWish
from olvery.demo.load import AlreadyLoaded, load_demo
from orders.documents.issued import print_invoice
from orders.domain.booking.waiting import offer_everywhere
from orders.domain.money.audit import check_balances
from orders.domain.money.balance import balance_in, with_sums
from orders.models import (
    BilledOrder,
    EventKind,
    IssuedInvoice,
    LedgerEntry,
    Message,
    MoneyCase,
    MonthBill,
    Order,
    OrderEvent,
    Pass,
    PaymentStatus,
)
from tests.moments import NOW
from tests.snapshots import saved_rows

pytestmark = pytest.mark.usefixtures("location")

MONEY = (EventKind.PAID, EventKind.REFUNDED, EventKind.INVOICE_ISSUED)


def test_orders_are_paid_as_their_status_lets_expect() -> None:
    seen = Counter((order.status, order.payment_status) for order in Order.objects.all())

    unpaid = seen.pop(("completed", PaymentStatus.UNPAID))
    waiting_to_be_returned = seen.pop(("cancelled", PaymentStatus.PAID))
    assert 2 <= unpaid <= 8
    assert 1 <= waiting_to_be_returned <= 3
    assert set(seen) <= {
        ("completed", PaymentStatus.PAID),
        ("confirmed", PaymentStatus.PAID),
        ("confirmed", PaymentStatus.PARTLY_PAID),
        ("confirmed", PaymentStatus.UNPAID),
        ("confirmed", PaymentStatus.NOT_REQUIRED),
        ("cancelled", PaymentStatus.NOT_REQUIRED),
        ("cancelled", PaymentStatus.REFUNDED),
        ("cancelled", PaymentStatus.PARTLY_REFUNDED),
    }
    assert seen["completed", PaymentStatus.PAID] > 10 * unpaid


def test_some_orders_have_several_services_or_days() -> None:
    several = Order.objects.filter(booking_count__gt=1).order_by("pk")

    assert [(sorted(_services(order)), order.ticket_count) for order in several] == [
        (["Опенспейс", "Переговорные"], 2),
        (["Опенспейс"], 12),
        (["Опенспейс", "Переговорные"], 5),
        (["Переговорные"], 8),
    ]
    assert not Message.objects.filter(order__in=several).exists()


def test_the_customer_of_the_demo_has_used_a_part_of_a_pass() -> None:
    bought = Pass.objects.get()
    assert (bought.owner.email, bought.units, bought.left) == ("customer@olvery.test", 20, 15)
    assert [(order.total, order.ticket_count) for order in Order.objects.filter(from_pass=bought)] == [(0, 1), (0, 1)]


def test_three_stand_in_line_and_the_customer_of_the_demo_is_the_second() -> None:
    wishes = list(WaitingWish.objects.order_by("pk").select_related("customer"))
    assert [wish.status for wish in wishes] == ["waiting"] * 3
    assert [turn_of(wish) for wish in wishes] == [1, 2, 3]
    assert wishes[1].customer.email == "customer@olvery.test"
    assert offer_everywhere(NOW) == 0  # they wait for what is not there


def _services(order: Order) -> set[str]:
    return set(order.lines.filter(ticket__isnull=False).values_list("ticket__service__name", flat=True))


def test_nobody_pays_more_than_the_price_or_gets_back_more_than_was_paid() -> None:
    orders = with_sums(Order.objects.prefetch_related("entries"))

    balances = [balance_in(order) for order in orders]
    assert [money for money in balances if not 0 <= money.paid <= money.charged <= money.total] == []
    parts = [[entry.amount for entry in order.entries.all() if entry.amount > 0] for order in orders]
    assert {len(amounts) for amounts in parts} == {0, 1, 2}


def test_money_is_written_down_in_the_order_of_time_and_never_ahead_of_it() -> None:
    moments = list(LedgerEntry.objects.order_by("pk").values_list("at", flat=True))

    assert moments == sorted(moments)
    assert moments[-1] <= NOW
    assert not LedgerEntry.objects.filter(at__lt=F("order__created_at")).exists()
    assert not LedgerEntry.objects.exclude(recorded_at=F("at")).exists()
    assert not IssuedInvoice.objects.filter(issued_at__lt=F("order__created_at")).exists()
    assert IssuedInvoice.objects.aggregate(last=Max("issued_at"))["last"] <= NOW
    assert OrderEvent.objects.aggregate(last=Max("at"))["last"] <= NOW


def test_the_history_tells_of_every_movement() -> None:
    told = OrderEvent.objects.filter(kind__in=MONEY).values_list("order", "kind", "at", "data__sum")
    moved = [
        (entry.order_id, EventKind.PAID if entry.amount > 0 else EventKind.REFUNDED, entry.at, str(abs(entry.amount)))
        for entry in LedgerEntry.objects.all()
    ]
    issued = [
        (invoice.order_id, EventKind.INVOICE_ISSUED, invoice.issued_at, str(invoice.amount))
        for invoice in IssuedInvoice.objects.all()
    ] + [
        (row.order_id, EventKind.INVOICE_ISSUED, row.bill.issued_at, str(row.due))
        for row in BilledOrder.objects.select_related("bill")
    ]

    assert sorted(told) == sorted(moved + issued)


def test_the_company_of_the_customer_orders_on_account_and_has_a_bill() -> None:
    bill = MonthBill.objects.get()
    assert (bill.rows.count(), bill.amount, bill.month) == (
        3,
        sum(row.due for row in bill.rows.all()),
        date(2026, 10, 1),
    )
    orders = Order.objects.filter(company=bill.company, payment_method="invoice", invoices=None)
    assert [order.pk for order in orders.filter(status="completed").exclude(billed__bill=bill)] != []
    assert bill.company.members.get(is_administrator=True).person.email == "customer@olvery.test"


def test_the_money_desk_shows_debts_and_what_is_to_be_returned_and_nothing_else() -> None:
    opened = check_balances(at=NOW)

    cases = MoneyCase.objects.open().select_related("order")
    assert len(cases) == opened
    assert {(case.kind, case.order.status) for case in cases if case.order} == {
        ("debt", "completed"),
        ("refund_due", "cancelled"),
    }


def test_requisites_stand_the_checks_and_invoices_can_be_printed() -> None:
    Seller.objects.get().full_clean()
    invoices = IssuedInvoice.objects.select_related("order__location")
    for invoice in invoices:
        invoice.clean_fields(exclude=["issued_by", "order"])

    assert print_invoice(invoices[0]).startswith(b"%PDF")
    assert all(sum(float(line["amount"]) for line in each.contents["lines"]) == each.amount for each in invoices)
    assert CancellationStep.objects.values("service").distinct().count() == 3


def test_the_demo_is_loaded_once() -> None:
    before = saved_rows()

    with pytest.raises(AlreadyLoaded):
        load_demo(at=NOW, rng=Random(1))

    assert saved_rows() == before
