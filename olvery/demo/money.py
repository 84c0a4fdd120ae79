"""Payments of the demo's bookings: at the desk when the guest came, or by transfer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from random import Random
from uuid import UUID

from accounts.models import User
from coworking.domain.cancelling import percent_returned, returned_by_policy
from coworking.models import PaymentMethod, Unit
from olvery.demo.buyers import Buyers
from olvery.demo.desk import Booking
from olvery.demo.places import Site
from olvery.shared.money import NO_MONEY, to_kopecks
from olvery.shared.periods import DAY
from orders.documents.issued import contents_of
from orders.domain.desk.cancelling import Settlement
from orders.domain.money.tax import tax_of
from orders.models import EntryKind, EventKind, IssuedInvoice, LedgerEntry, Order, OrderEvent, OrderLine

# How many guests left without paying, and how many orders were paid for, then cancelled.
DEBTORS = 2
PAID_AND_CANCELLED = 5
AN_HOUR = timedelta(hours=1)
SETTLES_IN = timedelta(minutes=10)
DECIDES_BY = 2 * AN_HOUR
_IN_TWO_PARTS = 0.05
_LATE = 0.08
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that a person wrote down: positive to us, negative to the customer, roubles."""

    amount: Decimal
    at: datetime
    document: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """The money of a booking so far."""

    kept: Decimal = NO_MONEY
    invoiced_at: datetime | None = None
    movements: tuple[Movement, ...] = ()

    @property
    def settlement(self) -> Settlement:
        """What a cancellation gives back of what was paid at the desk."""
        paid = sum((movement.amount for movement in self.movements if movement.amount > 0), NO_MONEY)
        return Settlement(returned_online=NO_MONEY, returned_at_desk=paid - self.kept, kept=self.kept)


class Cashier:
    """Takes the money of bookings as the manager of the location does, until the moment `at`."""

    def __init__(self, *, site: Site, manager: User, at: datetime, rng: Random) -> None:
        self.site = site
        self.manager = manager
        self.at = at
        self.rng = rng
        self.buyers = Buyers(rng)

    def settle(self, bookings: Sequence[Booking]) -> list[Account]:
        """Return the money of each booking."""
        debtors = self._debtors(bookings)
        prepaid = self._prepaid(bookings)
        waits = max(prepaid, key=_cancelled_at, default=None)
        return [self._account(booking, debtors, prepaid, waits) for booking in bookings]

    def _debtors(self, bookings: Sequence[Booking]) -> list[Booking]:
        left = [
            booking
            for booking in bookings
            if self.at - 7 * DAY < booking.wish.period.end <= self.at - DAY
            and booking.wish.payment_method == PaymentMethod.ON_SITE
            and booking.wish.tariff.unit in (Unit.HOUR, Unit.DAY)
            and not booking.wish.customer.company
            and not booking.wish.cancellation
        ]
        return self.rng.sample(left, min(DEBTORS, len(left)))

    def _prepaid(self, bookings: Sequence[Booking]) -> list[Booking]:
        """Return the bookings that were paid early enough to have something to refund."""
        cancelled = [
            booking
            for booking in bookings
            if booking.wish.cancellation
            and booking.wish.cancellation.at - booking.wish.created_at > AN_HOUR
            and (booking.wish.payment_method == PaymentMethod.INVOICE or booking.wish.by == self.manager)
        ]
        return cancelled[-PAID_AND_CANCELLED:]

    def _account(
        self, booking: Booking, debtors: list[Booking], prepaid: list[Booking], waits: Booking | None
    ) -> Account:
        if booking in prepaid:
            return self._paid_and_cancelled(booking, is_returned=booking is not waits)
        if booking.wish.payment_method == PaymentMethod.INVOICE:
            return self._by_invoice(booking)
        if booking in debtors or booking.wish.cancellation:
            return Account()
        return Account(movements=tuple(self._until_now(self._at_the_desk(booking))))

    def _until_now(self, movements: Iterable[Movement]) -> Iterator[Movement]:
        return (movement for movement in movements if movement.at <= self.at)

    def _at_the_desk(self, booking: Booking) -> Iterator[Movement]:
        """Yield what a guest pays on arrival, and sometimes the rest before leaving."""
        total, came_at = booking.price.total, self._came_at(booking)
        first = (total / 2 / HUNDRED).to_integral_value(ROUND_FLOOR) * HUNDRED
        if not first or self.rng.random() > _IN_TWO_PARTS:
            yield Movement(total, came_at)
            return
        last_day = self.site.calendar.open_period(booking.wish.period.days(self.site.calendar.zone)[1])
        leaves_at = min(booking.wish.period.end, last_day.end if last_day else booking.wish.period.end) - SETTLES_IN
        yield Movement(first, came_at)
        stays = max(leaves_at - came_at, SETTLES_IN)
        yield Movement(total - first, self._when_open(came_at + stays * self.rng.uniform(0.5, 1)))

    def _came_at(self, booking: Booking) -> datetime:
        wish, calendar = booking.wish, self.site.calendar
        comes_at = wish.period.start
        opened = calendar.open_period(wish.period.days(calendar.zone)[0])
        if not wish.tariff.is_hourly and opened:
            comes_at = opened.start + DECIDES_BY * self.rng.random()
        return self._when_open(max(comes_at, wish.created_at) + SETTLES_IN * self.rng.random())

    def _by_invoice(self, booking: Booking) -> Account:
        """Issue the invoice soon, and take the transfer some days later if it has come by now."""
        wish = booking.wish
        invoiced_at = self._when_open(wish.created_at + AN_HOUR * self.rng.random())
        ends_at = wish.cancellation.at if wish.cancellation else self.at
        if invoiced_at > ends_at:
            return Account()
        days = self.rng.uniform(5, 12) if self.rng.random() < _LATE else self.rng.uniform(0.2, 3)
        transfer = Movement(booking.price.total, self._when_open(invoiced_at + DAY * days), self._document())
        return Account(
            invoiced_at=invoiced_at,
            movements=() if wish.cancellation else tuple(self._until_now([transfer])),
        )

    def _paid_and_cancelled(self, booking: Booking, *, is_returned: bool) -> Account:
        wish, total = booking.wish, booking.price.total
        assert wish.cancellation  # noqa: S101 - chosen for it
        by_invoice = wish.payment_method == PaymentMethod.INVOICE
        invoiced_at = self._when_open(wish.created_at)
        paid_at = min(self._when_open(invoiced_at + AN_HOUR * self.rng.random()), wish.cancellation.at)
        paid = Movement(total, paid_at, self._document() if by_invoice else "")
        cancelled_at = wish.cancellation.at
        percent = percent_returned(wish.offer.policy, start=wish.period.start, sold_at=cancelled_at, at=cancelled_at)
        back = returned_by_policy(total, percent)
        movements = [paid]
        if is_returned and back:
            returned_at = self._when_open(wish.cancellation.at + DAY * self.rng.uniform(0.1, 2))
            document = self._document() if by_invoice else ""
            movements.append(Movement(-back, returned_at, document, wish.cancellation.reason))
        return Account(
            kept=total - back,
            invoiced_at=min(invoiced_at, paid_at) if by_invoice else None,
            movements=tuple(self._until_now(movements)),
        )

    def _document(self) -> str:
        return str(self.rng.randrange(100, 1000))

    def _when_open(self, moment: datetime) -> datetime:
        """Return this moment or, while the location is closed, some minutes after it opens next."""
        day, moment = self.site.calendar.today(moment), moment.replace(microsecond=0)
        while True:
            opened = self.site.calendar.open_period(day)
            if opened and moment < opened.end:
                after = timedelta(minutes=self.rng.randrange(5, 90))
                return moment if moment >= opened.start else opened.start + after
            day += DAY

    def write(
        self, orders: Sequence[Order], accounts: Sequence[Account], lines: Sequence[list[OrderLine]]
    ) -> list[OrderEvent]:
        """Save the invoices and the ledger of saved orders, and return what their history tells of it."""
        rows = list(zip(orders, accounts, lines, strict=True))
        invoiced = [(account.invoiced_at, order, its) for order, account, its in rows if account.invoiced_at]
        invoiced.sort(key=lambda row: row[0])
        invoices = IssuedInvoice.objects.bulk_create(self._invoice(*row) for row in invoiced)
        moved = [(order, movement) for order, account, _lines in rows for movement in account.movements]
        moved.sort(key=lambda row: row[1].at)
        LedgerEntry.objects.bulk_create(self._entry(order, movement) for order, movement in moved)
        return [_issued(invoice) for invoice in invoices] + [self._event(*row) for row in moved]

    def _invoice(self, at: datetime, order: Order, lines: list[OrderLine]) -> IssuedInvoice:
        buyer = self.buyers.buyer_of(order.customer)
        total = sum((line.amount for line in lines), NO_MONEY)
        tax = tax_of(order.location, on=order.location.day_at(at))
        return IssuedInvoice(
            order=order,
            amount=total,
            buyer_name=buyer.name,
            buyer_inn=buyer.inn,
            buyer_kpp=buyer.kpp,
            buyer_address=buyer.address,
            contents=contents_of(order, self.site.seller, tax, lines, total),
            issued_at=at,
            issued_by=self.manager,
        )

    def _entry(self, order: Order, movement: Movement) -> LedgerEntry:
        return LedgerEntry(
            order=order,
            kind=EntryKind.CHARGE if movement.amount > 0 else EntryKind.REFUND,
            method=order.payment_method,
            amount=movement.amount,
            at=movement.at,
            recorded_at=movement.at,
            by=self.manager,
            document=movement.document,
            reason=movement.reason,
            form_token=UUID(int=self.rng.getrandbits(128), version=4),
        )

    def _event(self, order: Order, movement: Movement) -> OrderEvent:
        data = {
            "sum": str(to_kopecks(abs(movement.amount))),
            "method": order.payment_method,
            "document": movement.document,
        }
        return OrderEvent(
            order=order,
            kind=EventKind.PAID if movement.amount > 0 else EventKind.REFUNDED,
            at=movement.at,
            by=self.manager,
            reason=movement.reason,
            data=data,
        )


def _cancelled_at(booking: Booking) -> datetime:
    assert booking.wish.cancellation  # noqa: S101 - chosen for it
    return booking.wish.cancellation.at


def _issued(invoice: IssuedInvoice) -> OrderEvent:
    return OrderEvent(
        order=invoice.order,
        kind=EventKind.INVOICE_ISSUED,
        at=invoice.issued_at,
        by=invoice.issued_by,
        data={"number": invoice.pk, "sum": str(invoice.amount), "to": invoice.buyer_name},
    )
