"""The rows of an order: itself, its tickets, lines, money, history and letters."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bench.fill.booking import Booked
from bench.fill.columns import Rows
from bench.fill.outcome import Movement, Outcome, Status, Try
from bench.fill.texts import COMMENTS, DISCOUNT_REASONS, INTERNAL_NOTES
from coworking.models import PaymentMethod, Ticket, TicketStatus
from orders.models import (
    CaseKind,
    EntryKind,
    EventKind,
    LedgerEntry,
    LineKind,
    Message,
    MessageKind,
    MoneyCase,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    PaymentAttempt,
    PaymentLink,
    ReceiptState,
    Refund,
)

MODELS = (Order, Ticket, OrderLine, PaymentLink, PaymentAttempt, Refund, LedgerEntry, MoneyCase, Message, OrderEvent)
FIRST_ORDER, FIRST_TICKET = 10_001, 20_001
# How many keys are reserved for an order, so that each batch knows its first ones.
_KEYS = {Ticket: 4, OrderLine: 8, PaymentAttempt: 2, Refund: 1, LedgerEntry: 4, MoneyCase: 1, Message: 4}
_KEYS |= {OrderEvent: 16, PaymentLink: 1}
_BY_TRIGGERS = {
    Order: ("name_key", "given_key", "facet"),
    Ticket: ("name_key", "given_key", "email_key", "location", "facet"),
    MoneyCase: ("location",),
}
_LETTER_TAKES = timedelta(seconds=3)
_BY_THE_CUSTOMER, _WITH_COMMENT, _WITH_NOTE, _NO_SHOW = 0.4, 0.12, 0.05, 0.06
_LIVE = (OrderStatus.CONFIRMED, OrderStatus.COMPLETED)
_GONE = (OrderStatus.CANCELLED, OrderStatus.EXPIRED)


class Records:
    """Collects the rows of a batch of orders that begins with the order of number `first`, from 0."""

    def __init__(self, first: int, *, at: datetime, rng: Random) -> None:
        """Begin with the keys of the batch."""
        self.at, self.rng = at, rng
        self.rows: dict[Any, Rows] = {model: Rows(model, left_out=_BY_TRIGGERS.get(model, ())) for model in MODELS}
        self._keys = {model: first * each + 1 for model, each in _KEYS.items()}
        self._keys[Ticket] += FIRST_TICKET - 1

    def write(self, cursor: Any) -> None:
        """Copy all rows."""
        for rows in self.rows.values():
            rows.write(cursor)

    def add(self, number: int, booked: Booked, outcome: Outcome) -> None:
        """Add everything of the order of this number, from 0."""
        pk = FIRST_ORDER + number
        by_customer = booked.customer.email and self.rng.random() < _BY_THE_CUSTOMER
        by = booked.customer.pk if by_customer else booked.site.manager_pk
        self._order(pk, by, booked, outcome)
        self._lines(pk, booked, outcome, self._tickets(booked, outcome))
        if outcome.method == PaymentMethod.ONLINE:
            token = f"{self.rng.getrandbits(128):032x}"
            self._add(PaymentLink, "id", order_id=pk, token=token, created_at=booked.created_at)
        attempts = [self._attempt(pk, number, one, booked) for number, one in enumerate(outcome.tries, start=1)]
        for movement in outcome.movements:
            self._movement(pk, movement, outcome, attempts, booked.site.manager_pk)
        self._history(pk, by, booked, outcome)

    def _add(self, model: Any, key: str, **values: Any) -> int:
        pk = self._keys[model]
        self._keys[model] = pk + 1
        values[key] = pk
        self.rows[model].add(values)
        return pk

    def _order(self, pk: int, by: int, booked: Booked, outcome: Outcome) -> None:
        rng, customer, first = self.rng, booked.customer, booked.parts[0]
        money = outcome.balance(booked.price)
        self.rows[Order].add(
            {
                "number": pk,
                "location_id": booked.site.pk,
                "service_id": first.sort.pk,
                "tariff_id": first.tariff.pk,
                "service_name": first.sort.name,
                "tariff_name": first.tariff.name,
                "period": booked.period,
                "ticket_count": len(booked.visitors),
                "booking_count": len({(part.tariff.pk, part.period) for part in booked.parts}),
                "service_ids": tuple(sorted({part.sort.pk for part in booked.parts})),
                "customer_id": customer.pk,
                "customer_name": customer.full_name,
                "phone": customer.phone,
                "email": customer.email,
                "payment_method": outcome.method,
                "status": outcome.status,
                "kept": outcome.kept,
                "deadline_at": outcome.deadline_at,
                "owed_until": outcome.owed_until,
                "comment": rng.choice(COMMENTS) if rng.random() < _WITH_COMMENT else "",
                "internal_note": rng.choice(INTERNAL_NOTES) if rng.random() < _WITH_NOTE else "",
                "created_by_id": by,
                "created_at": booked.created_at,
                "form_token": f"{rng.getrandbits(128):032x}",
                "total": money.total,
                "paid": money.paid,
                "due": money.due,
                "payment_status": money.payment_status,
                "paid_by": tuple(money.paid_by),
            }
        )
        if money.due and outcome.status == OrderStatus.COMPLETED:
            opened_at = outcome.ended_at
            self._add(MoneyCase, "id", order_id=pk, kind=CaseKind.DEBT, amount=money.due, opened_at=opened_at)

    def _tickets(self, booked: Booked, outcome: Outcome) -> list[int]:
        """Add the tickets and return their numbers, the parts one after the other."""
        numbers = []
        visitors = iter(booked.visitors)
        for part, seats in zip(booked.parts, booked.seats, strict=True):
            for seat in seats:
                visitor = next(visitors)
                status = self._ticket_status(part.period.end <= self.at, outcome)
                numbers.append(
                    self._add(
                        Ticket,
                        "number",
                        service_id=part.sort.pk,
                        tariff_id=part.tariff.pk,
                        seat_id=seat,
                        visitor_id=visitor.pk,
                        visitor_name=visitor.full_name,
                        period=part.period,
                        occupied=part.occupied,
                        status=status,
                        held_until=outcome.deadline_at if status == TicketStatus.HELD else None,
                        code=f"{self.rng.getrandbits(96):024x}",
                        created_at=booked.created_at,
                    )
                )
        return numbers

    def _ticket_status(self, is_over: bool, outcome: Outcome) -> TicketStatus:
        if outcome.status in _GONE:
            return TicketStatus.CANCELLED
        if outcome.status == OrderStatus.AWAITING_PAYMENT:
            return TicketStatus.HELD
        if not is_over:
            return TicketStatus.ACTIVE
        return TicketStatus.NO_SHOW if self.rng.random() < _NO_SHOW else TicketStatus.USED

    def _lines(self, pk: int, booked: Booked, outcome: Outcome, tickets: list[int]) -> None:
        numbers = iter(tickets)
        for part in booked.parts:
            tariff, amount = part.tariff, part.tariff.price * part.units
            for _place in range(part.places):
                self._line(
                    pk,
                    LineKind.TARIFF,
                    amount,
                    price=tariff.price,
                    ticket_id=next(numbers),
                    title=tariff.title,
                    quantity=part.units,
                    unit=tariff.unit,
                )
        if booked.extra:
            extra, title, price = booked.extra
            self._line(pk, LineKind.EXTRA, price, ticket_id=tickets[0], extra_id=extra, title=title)
        if outcome.discount:
            self._line(pk, LineKind.DISCOUNT, -outcome.discount, title="10\u00a0%")
        if outcome.allowance:
            self._line(pk, LineKind.ALLOWANCE, -outcome.allowance, title="Второй гость не пришёл.")

    def _line(
        self, pk: int, kind: LineKind, amount: int, *, price: int | None = None, quantity: int = 1, **values: Any
    ) -> None:
        unit_price = amount if price is None else price
        self._add(
            OrderLine, "id", order_id=pk, kind=kind, amount=amount, unit_price=unit_price, quantity=quantity, **values
        )

    def _attempt(self, pk: int, number: int, one: Try, booked: Booked) -> int:
        is_paid = one.status == Status.SUCCEEDED
        declined = {"cancel_party": "payment_network", "cancel_reason": "insufficient_funds"}
        return self._add(
            PaymentAttempt,
            "id",
            order_id=pk,
            number=number,
            amount=one.amount,
            email=booked.customer.email,
            status=one.status,
            provider_id=self._provider_id(),
            provider_status=one.status,
            method_title="Bank card *4477" if is_paid else "",
            receipt=ReceiptState.SUCCEEDED if is_paid else ReceiptState.NONE,
            created_at=one.at,
            settled_at=one.settled_at,
            fulfilled_at=one.settled_at if is_paid else None,
            **(declined if one.status == Status.CANCELED else {}),
        )

    def _provider_id(self) -> str:
        digits = f"{self.rng.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-5000-8000-{digits[12:24]}"

    def _movement(self, pk: int, movement: Movement, outcome: Outcome, attempts: list[int], manager_pk: int) -> None:
        is_online = outcome.method == PaymentMethod.ONLINE
        attempt = attempts[movement.attempt - 1] if is_online else None
        is_refund = movement.kind == EntryKind.REFUND
        by = manager_pk if is_refund or not is_online else None
        refund = None
        if is_online and is_refund:
            refund = self._add(
                Refund,
                "id",
                attempt_id=attempt,
                amount=-movement.amount,
                status=Refund.Status.SUCCEEDED,
                source=Refund.Source.STAFF,
                reason=movement.reason,
                requested_by_id=by,
                requested_at=movement.at,
                settled_at=movement.at,
                provider_id=self._provider_id(),
                receipt=ReceiptState.SUCCEEDED,
            )
        by_invoice = outcome.method == PaymentMethod.INVOICE
        self._add(
            LedgerEntry,
            "id",
            order_id=pk,
            kind=movement.kind,
            method=outcome.method,
            amount=movement.amount,
            at=movement.at,
            recorded_at=movement.at,
            by_id=by,
            document=f"п/п {self.rng.randrange(100, 1000)}" if by_invoice else "",
            reason=movement.reason,
            attempt_id=attempt,
            refund_id=refund,
            form_token=f"{self.rng.getrandbits(128):032x}",
        )

    def _history(self, pk: int, by: int, booked: Booked, outcome: Outcome) -> None:
        """Add the events and the letters, which were sent at once."""
        told = sorted(self._events(by, booked, outcome), key=lambda event: event["at"])
        for event in told:
            self._add(OrderEvent, "id", order_id=pk, **event)
        if not booked.customer.email:
            return
        for kind, written_at in self._letters(booked, outcome):
            to, sent_at = booked.customer.email, written_at + _LETTER_TAKES
            self._add(Message, "id", order_id=pk, kind=kind, to=to, created_at=written_at, sent_at=sent_at)
            data = {"kind": kind, "to": to}
            self._add(OrderEvent, "id", order_id=pk, kind=EventKind.MESSAGE_SENT, at=sent_at, data=data)

    def _events(self, by: int, booked: Booked, outcome: Outcome) -> Iterator[dict[str, Any]]:
        waits = outcome.method == PaymentMethod.ONLINE
        first = OrderStatus.AWAITING_PAYMENT if waits else OrderStatus.CONFIRMED
        total = _sum(booked.price - outcome.discount)
        facts = {"status": first, "method": outcome.method, "total": total}
        yield {"kind": EventKind.CREATED, "at": booked.created_at, "by_id": by, "data": facts}
        if outcome.discount:
            less, reason = {"sum": _sum(outcome.discount)}, self.rng.choice(DISCOUNT_REASONS)
            yield {
                "kind": EventKind.DISCOUNT_GIVEN,
                "at": booked.created_at,
                "by_id": booked.site.manager_pk,
                "reason": reason,
                "data": less,
            }
        for number, one in enumerate(outcome.tries, start=1):
            data = {"sum": _sum(one.amount), "attempt": number}
            yield {"kind": EventKind.PAYMENT_STARTED, "at": one.at, "data": data}
            if one.status == Status.CANCELED:
                declined = {**data, "reason": "insufficient_funds"}
                yield {"kind": EventKind.PAYMENT_CANCELED, "at": one.settled_at, "data": declined}
        for movement in outcome.movements:
            yield from _money_events(movement, outcome, booked)
        yield from _end_events(first, booked, outcome)

    @staticmethod
    def _letters(booked: Booked, outcome: Outcome) -> Iterator[tuple[MessageKind, datetime]]:
        yield MessageKind.CREATED, booked.created_at
        if outcome.method != PaymentMethod.ONLINE:
            yield MessageKind.TICKETS, booked.created_at
        elif outcome.movements:
            yield MessageKind.TICKETS, outcome.movements[0].at
        if outcome.status in _GONE and outcome.ended_at:
            is_cancelled = outcome.status == OrderStatus.CANCELLED
            yield MessageKind.CANCELLED if is_cancelled else MessageKind.EXPIRED, outcome.ended_at


def _money_events(movement: Movement, outcome: Outcome, booked: Booked) -> Iterator[dict[str, Any]]:
    is_online, manager = outcome.method == PaymentMethod.ONLINE, booked.site.manager_pk
    data: dict[str, Any] = {"sum": _sum(abs(movement.amount)), "method": outcome.method}
    if movement.kind == EntryKind.CHARGE:
        data |= {"attempt": movement.attempt} if is_online else {"document": ""}
        yield {"kind": EventKind.PAID, "at": movement.at, "by_id": None if is_online else manager, "data": data}
        return
    who = {"at": movement.at, "by_id": manager, "reason": movement.reason}
    if is_online:
        source = Refund.Source.STAFF
        yield {"kind": EventKind.REFUND_REQUESTED, "data": {"sum": data["sum"], "source": source}, **who}
    yield {"kind": EventKind.REFUNDED, "data": data, **who}


def _end_events(first: OrderStatus, booked: Booked, outcome: Outcome) -> Iterator[dict[str, Any]]:
    was = first
    if outcome.movements and was == OrderStatus.AWAITING_PAYMENT:
        was = OrderStatus.CONFIRMED
        moved = {"from": first, "to": was}
        yield {"kind": EventKind.STATUS_CHANGED, "at": outcome.movements[0].at, "data": moved}
    if outcome.ended_at is None:
        return
    data = {"from": was, "to": outcome.status}
    by = None
    if outcome.status == OrderStatus.CANCELLED:
        by = booked.site.manager_pk
        back = sum(-movement.amount for movement in outcome.movements if movement.amount < 0)
        is_online = outcome.method == PaymentMethod.ONLINE
        data |= {
            "returned_online": _sum(back if is_online else 0),
            "returned_at_desk": _sum(0 if is_online else back),
            "kept": _sum(outcome.kept),
        }
    yield {
        "kind": EventKind.STATUS_CHANGED,
        "at": outcome.ended_at,
        "by_id": by,
        "reason": outcome.reason,
        "data": data,
    }


def _sum(amount: int) -> str:
    return f"{amount}.00"
