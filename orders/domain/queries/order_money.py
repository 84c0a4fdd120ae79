"""The money of an order, for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from coworking.models import Service
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import at_local
from olvery.shared.written import Written, hand_over
from orders.domain.booking.payment_terms import deadline_for
from orders.domain.desk.cash import TAKEN_BY_HAND
from orders.domain.money.balance import Balance, balance_of
from orders.domain.money.credit import is_on_account, waits_for_bill
from orders.domain.online.links import can_be_paid, is_payable, url_of
from orders.domain.queries.cards import tickets_in
from orders.models import (
    Act,
    EntryKind,
    IssuedInvoice,
    LedgerEntry,
    MessageKind,
    MonthBill,
    OffsetReceipt,
    Order,
    OrderStatus,
    PaymentAttempt,
    PaymentLink,
    ReceiptState,
    Refund,
)

LINK_LETTERS = (MessageKind.CREATED, MessageKind.LINK)
NOON = time(12)


@dataclass(frozen=True, slots=True)
class Row:
    """A ledger entry on the page, with its sum after corrections."""

    entry: LedgerEntry
    stands: Decimal
    may_correct: bool

    @property
    def receipt(self) -> ReceiptState:
        """The state of the fiscal receipt of what came, or went back, through the provider."""
        moved = self.entry.refund or self.entry.attempt
        return moved.receipt if moved else ReceiptState.NONE


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """The money of an order. `attempts` come newest first, `refunds` and `entries` oldest first."""

    order: Order
    balance: Balance
    at: datetime
    link: PaymentLink | None
    attempts: Sequence[PaymentAttempt]
    entries: Sequence[LedgerEntry]
    invoices: Sequence[IssuedInvoice]
    act: Act | None
    # The monthly bill that covers the order, if any.
    bill: MonthBill | None
    # Whether it goes on the next bill, although its company may have lost the limit.
    waits_for_bill: bool

    @property
    def services(self) -> list[Service]:
        """The services of the order's tickets, or that of the pass it sells."""
        if self.order.sells_pass:
            return [self.order.service]
        return [ticket.service for ticket in tickets_in(self.order)]

    @property
    def is_on_account(self) -> bool:
        """Whether it is paid by a monthly invoice."""
        if self.bill or self.waits_for_bill:
            return True
        return is_on_account(self.order) and not self.invoices and self.act is None

    @property
    def lacks_act(self) -> bool:
        """Whether the order is completed and has no act yet."""
        is_over = self.order.status == OrderStatus.COMPLETED and bool(self.balance.cost)
        return is_over and self.act is None and not self.is_on_account

    @property
    def has_online(self) -> bool:
        """Whether the page has a section on online payment."""
        return self.link is not None or bool(self.attempts)

    @property
    def link_url(self) -> str:
        """The payment link as it is sent, empty if there is none."""
        return url_of(self.link) if self.link else ""

    @property
    def sent_at(self) -> datetime | None:
        """When the link was first sent."""
        sent = [letter.sent_at for letter in self.order.messages.all() if letter.kind in LINK_LETTERS]
        return min((moment for moment in sent if moment), default=None)

    @property
    def paid_online(self) -> PaymentAttempt | None:
        """The attempt that succeeded, the newest if several did."""
        return next((one for one in self.attempts if one.status == PaymentAttempt.Status.SUCCEEDED), None)

    @property
    def is_link_queued(self) -> bool:
        """Whether a letter with the link is waiting to be sent."""
        return any(letter.kind in LINK_LETTERS and not letter.sent_at for letter in self.order.messages.all())

    @property
    def can_extend_to(self) -> datetime | None:
        """The latest possible deadline, if it gains at least a tenth of the time to pay."""
        order = self.order
        if order.status != OrderStatus.AWAITING_PAYMENT or order.deadline_at is None:
            return None
        until = deadline_for(self.services, order.pay_before, self.at)
        return until if until - order.deadline_at >= (until - self.at) / 10 else None

    @property
    def running(self) -> PaymentAttempt | None:
        """The running attempt: the customer may be on the provider's page."""
        return next((attempt for attempt in self.attempts if attempt.is_active), None)

    @property
    def declined(self) -> PaymentAttempt | None:
        """The last attempt, if it failed and the order can still be paid."""
        last = self.attempts[0] if self.attempts else None
        over = last is not None and last.status in (PaymentAttempt.Status.CANCELED, PaymentAttempt.Status.FAILED)
        return last if over and self.can_be_paid else None

    @property
    def in_review(self) -> bool:
        """Whether a payment contradicts the order, so that a person must check it."""
        return any(attempt.mismatch for attempt in self.attempts)

    @property
    def can_be_paid(self) -> bool:
        """Whether the customer may pay by the link now."""
        return can_be_paid(self.order, self.balance, at=self.at)

    @property
    def is_payable(self) -> bool:
        """Whether what is due can be paid online, now or as soon as a payment has been checked."""
        return is_payable(self.order, self.balance, at=self.at)

    @property
    def takes_money(self) -> bool:
        return self.order.status not in (OrderStatus.CANCELLED, OrderStatus.EXPIRED) and self.balance.due > 0

    @property
    def refunds(self) -> list[Refund]:
        """The refunds through the provider, done or in progress."""
        found = [refund for attempt in self.attempts for refund in attempt.refunds.all()]
        return sorted(found, key=lambda refund: refund.pk)

    @property
    def open_refunds(self) -> list[Refund]:
        """Refunds that are not in the ledger: in progress, or refused."""
        return [refund for refund in self.refunds if refund.status != Refund.Status.SUCCEEDED]

    @property
    def receipt(self) -> ReceiptState:
        """The state of the fiscal receipt of the newest online payment."""
        return self.paid_online.receipt if self.paid_online else ReceiptState.NONE

    @property
    def offset_receipts(self) -> list[OffsetReceipt]:
        """The second receipts, one for each prepayment that was kept, once the service is rendered."""
        return [attempt.offset_receipt for attempt in self.attempts if hasattr(attempt, "offset_receipt")]

    @property
    def rows(self) -> list[Row]:
        return [Row(entry, self._stands(entry), self._may_correct(entry)) for entry in self.entries]

    def _stands(self, entry: LedgerEntry) -> Decimal:
        corrections = (other.amount for other in self.entries if other.corrects_id == entry.pk)
        return entry.amount + sum(corrections, NO_MONEY)

    def _may_correct(self, entry: LedgerEntry) -> bool:
        return entry.kind != EntryKind.CORRECTION and entry.method in TAKEN_BY_HAND


_ATTEMPTS = Written(
    lambda number: PaymentAttempt.objects.filter(order=number).select_related("offset_receipt").order_by("-number"),
    number=-1,
)
_REFUNDS = Written(
    lambda attempts: (
        Refund.objects.filter(attempt__pk__any=attempts)
        .select_related("requested_by")
        .defer("requested_by__phone")
        .order_by("pk")
    ),
    attempts=[-1],
)
_INVOICES = Written(lambda number: IssuedInvoice.objects.filter(order=number).order_by("-pk"), number=-1)
_ENTRIES = Written(
    lambda number: (
        LedgerEntry.objects.filter(order=number).select_related("by").defer("by__phone").order_by("at", "pk")
    ),
    number=-1,
)


def money_of(order: Order, *, at: datetime) -> OrderMoney:
    """Return the money of an order that was read by `order_card`. Eight queries at most."""
    balance, attempts = balance_of(order), _attempts_of(order)
    return OrderMoney(
        order=order,
        balance=balance,
        at=at,
        link=getattr(order, "link", None),  # an order without one raises AttributeError
        attempts=attempts,
        entries=_entries_of(order, attempts),
        invoices=_of(order, _INVOICES),
        act=act_of(order),
        bill=_bill_of(order),
        waits_for_bill=waits_for_bill(order),
    )


def _of(order: Order, ask: Written[Any]) -> list[Any]:
    rows = ask(number=order.pk)
    for row in rows:
        row.order = order
    return rows


def _attempts_of(order: Order) -> list[PaymentAttempt]:
    """Return the attempts to pay an order, with their refunds. Two queries at most."""
    attempts: dict[int, PaymentAttempt] = {attempt.pk: attempt for attempt in _of(order, _ATTEMPTS)}
    refunds: dict[int, list[Refund]] = {pk: [] for pk in attempts}
    for refund in _REFUNDS(attempts=[*attempts]) if attempts else ():
        refunds[refund.attempt_id].append(refund)
    for pk, attempt in attempts.items():
        hand_over(attempt, refunds=refunds[pk])
    return [*attempts.values()]


def _entries_of(order: Order, attempts: Sequence[PaymentAttempt]) -> list[LedgerEntry]:
    """Return the ledger of an order, its entries linked to these attempts and refunds instead of reading them again."""
    by_key = {attempt.pk: attempt for attempt in attempts}
    refunds = {refund.pk: refund for attempt in attempts for refund in attempt.refunds.all()}
    entries: list[LedgerEntry] = _of(order, _ENTRIES)
    for entry in entries:
        if entry.attempt_id in by_key:
            entry.attempt = by_key[entry.attempt_id]
        if entry.refund_id in refunds:
            entry.refund = refunds[entry.refund_id]
    return entries


def _bill_of(order: Order) -> MonthBill | None:
    if order.company_id is None or order.status != OrderStatus.COMPLETED:
        return None
    return MonthBill.objects.filter(rows__order=order).first()


_ACT = Written(lambda number: Act.objects.filter(order=number), number=-1)


def act_of(order: Order) -> Act | None:
    """Return the act of an order, which only a completed one can have."""
    acts = _ACT(number=order.pk) if order.status == OrderStatus.COMPLETED else []
    return acts[0] if acts else None


def moved_at(day: date, zone: ZoneInfo, *, at: datetime) -> datetime:
    """Return the moment at which to record money of a day: `at` for today, noon for another day."""
    return at if day == at.astimezone(zone).date() else at_local(day, NOON, zone)
