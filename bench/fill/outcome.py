"""The outcome of an order and its money by the moment of the filling."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from bench.fill.booking import Booked
from bench.fill.texts import CANCEL_REASONS
from coworking.models import PaymentMethod, Unit
from olvery.shared.periods import DAY
from orders.domain.money.balance import Balance
from orders.models import EntryKind, OrderStatus, PaymentAttempt

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WAITS, WAITS_LATELY = timedelta(hours=72), 0.35
_ONLINE, _INVOICE = 0.6, 0.12
_CANCELLED, _EXPIRED = 0.08, 0.07
_ONLINE_PAID_AND_CANCELLED, _BY_HAND_PAID_AND_CANCELLED = 0.7, 0.15
_RETURNED = ((1.0, 0.6), (0.5, 0.25), (0.0, 0.15))
_DECLINED_FIRST = 0.1
_PARTLY_RETURNED = 0.02
_DISCOUNT, _IN_TWO_PARTS, _LATE, _NEVER = 0.03, 0.07, 0.08, 0.003
_ADVANCE = 0.12  # of what is paid by hand: a half on the day of the order
Status = PaymentAttempt.Status


@dataclass(slots=True)
class Movement:
    """Money that came or went, roubles, with a sign; online with the number of its attempt in the order."""

    amount: int
    at: datetime
    attempt: int = 0
    reason: str = ""

    @property
    def kind(self) -> EntryKind:
        """A payment or a refund."""
        return EntryKind.CHARGE if self.amount > 0 else EntryKind.REFUND


@dataclass(slots=True)
class Try:
    """An attempt to pay online."""

    amount: int
    at: datetime
    status: PaymentAttempt.Status

    @property
    def settled_at(self) -> datetime | None:
        """When the provider has decided."""
        return None if self.status == Status.PENDING else self.at + 2 * MINUTE


@dataclass(slots=True)
class Outcome:
    """The status of an order and its money; `allowance` is what was let off after the sale, roubles."""

    method: PaymentMethod
    status: OrderStatus = OrderStatus.CONFIRMED
    kept: int = 0
    discount: int = 0
    allowance: int = 0
    deadline_at: datetime | None = None
    owed_until: datetime | None = None
    ended_at: datetime | None = None
    reason: str = ""
    movements: list[Movement] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)

    def balance(self, price: int) -> Balance:
        """Return the money as the product computes it."""
        came = sum(movement.amount for movement in self.movements if movement.amount > 0)
        back = sum(-movement.amount for movement in self.movements if movement.amount < 0)
        is_online = self.method == PaymentMethod.ONLINE
        return Balance(
            status=self.status,
            kept=self.kept,
            total=price - self.discount - self.allowance,
            paid=came - back,
            returned=back,
            returning=0,
            sent_back=back if is_online else 0,
            online=came - back if is_online else 0,
            at_desk=0 if is_online else came - back,
            is_paying=any(one.status == Status.PENDING for one in self.tries),
            paid_by=[self.method] if came else [],
        )


class Fate:
    """Decides the outcome of bookings by the moment `at`."""

    def __init__(self, *, at: datetime, rng: Random) -> None:
        """Take the moment and the chance."""
        self.at = at
        self.rng = rng

    def decide(self, booked: Booked) -> Outcome:
        """Return the status without the money: whether the order takes its places."""
        outcome = Outcome(self._method(booked))
        period, rng = booked.period, self.rng
        if outcome.method == PaymentMethod.ONLINE:
            self._wait_or_expire(booked, outcome)
        if outcome.status == OrderStatus.CONFIRMED and rng.random() < _CANCELLED:
            until = min(period.start, self.at)
            outcome.status = OrderStatus.CANCELLED
            outcome.ended_at = booked.created_at + (until - booked.created_at) * (0.3 + 0.6 * rng.random())
            outcome.reason = rng.choice(CANCEL_REASONS)
        elif outcome.status == OrderStatus.CONFIRMED and period.end <= self.at:
            outcome.status = OrderStatus.COMPLETED
            outcome.ended_at = min(period.end + MINUTE * rng.random(), self.at)
        return outcome

    def settle(self, booked: Booked, outcome: Outcome) -> None:
        """Add the money that has moved so far."""
        if outcome.method == PaymentMethod.FREE:
            return
        if self.rng.random() < _DISCOUNT:
            outcome.discount = booked.price // 10
        price = booked.price - outcome.discount
        if outcome.method == PaymentMethod.ONLINE:
            self._pay_online(booked, outcome, price)
        else:
            self._pay_by_hand(booked, outcome, price)
        if outcome.status == OrderStatus.CONFIRMED and 0 < sum(one.amount for one in outcome.movements) < price:
            outcome.owed_until = None if outcome.allowance else booked.period.end

    def _method(self, booked: Booked) -> PaymentMethod:
        customer, rng = booked.customer, self.rng
        if not booked.price:
            return PaymentMethod.FREE
        is_online = customer.email and all(part.sort.is_online for part in booked.parts)
        if is_online and rng.random() < _ONLINE:
            return PaymentMethod.ONLINE
        by_invoice = rng.random() < (0.7 if customer.is_at_a_company else _INVOICE)
        return PaymentMethod.INVOICE if by_invoice else PaymentMethod.ON_SITE

    def _wait_or_expire(self, booked: Booked, outcome: Outcome) -> None:
        created_at, starts_at = booked.created_at, booked.period.start
        outcome.deadline_at = min(created_at + WAITS, starts_at)
        if outcome.deadline_at > self.at:
            if self.rng.random() < WAITS_LATELY:
                outcome.status = OrderStatus.AWAITING_PAYMENT
        elif self.rng.random() < _EXPIRED:
            outcome.status = OrderStatus.EXPIRED
            outcome.ended_at = min(outcome.deadline_at + MINUTE, self.at)

    def _pay_online(self, booked: Booked, outcome: Outcome, price: int) -> None:
        rng, pressed_at = self.rng, booked.created_at + MINUTE * _minutes(self.rng)
        if rng.random() < _DECLINED_FIRST:
            outcome.tries.append(Try(price, pressed_at, Status.CANCELED))
            pressed_at += 5 * MINUTE
        if outcome.status == OrderStatus.EXPIRED:
            return
        if outcome.status == OrderStatus.AWAITING_PAYMENT:
            if rng.random() < 0.5:
                outcome.tries.append(Try(price, pressed_at, Status.PENDING))
            return
        if outcome.status == OrderStatus.CANCELLED and rng.random() > _ONLINE_PAID_AND_CANCELLED:
            return
        outcome.tries.append(Try(price, pressed_at, Status.SUCCEEDED))
        outcome.movements.append(Movement(price, pressed_at + 2 * MINUTE, attempt=len(outcome.tries)))
        if outcome.status == OrderStatus.CANCELLED:
            outcome.ended_at = max(outcome.ended_at or self.at, pressed_at + 3 * MINUTE)
            self._return(outcome, price, attempt=len(outcome.tries))
        elif price >= 100 and rng.random() < _PARTLY_RETURNED:
            outcome.allowance = price * 3 // 100 * 10
            returned_at = min(pressed_at + HOUR * rng.uniform(1, 24), self.at)
            outcome.movements.append(
                Movement(-outcome.allowance, returned_at, len(outcome.tries), "Второй гость не пришёл.")
            )

    def _pay_by_hand(self, booked: Booked, outcome: Outcome, price: int) -> None:
        rng = self.rng
        is_invoice = outcome.method == PaymentMethod.INVOICE
        if outcome.status == OrderStatus.CANCELLED:
            if rng.random() < _BY_HAND_PAID_AND_CANCELLED and outcome.ended_at:
                paid_at = booked.created_at + (outcome.ended_at - booked.created_at) / 2
                outcome.movements.append(Movement(price, paid_at))
                self._return(outcome, price)
            return
        if rng.random() < _NEVER:
            return
        if is_invoice:
            days = rng.uniform(5, 12) if rng.random() < _LATE else rng.uniform(0.2, 3)
            came_at = booked.created_at + DAY * days
        else:
            is_hourly = booked.parts[0].tariff.unit == Unit.HOUR
            came_at = booked.parts[0].period.start + (MINUTE * 5 if is_hourly else HOUR * rng.uniform(9, 11))
        half = price // 2
        if rng.random() < _ADVANCE:
            planned = [
                Movement(half, booked.created_at + HOUR),
                Movement(price - half, came_at),
            ]
        elif rng.random() < _IN_TWO_PARTS:
            planned = [Movement(half, came_at), Movement(price - half, came_at + (DAY * 3 if is_invoice else HOUR))]
        else:
            planned = [Movement(price, came_at)]
        outcome.movements += [movement for movement in planned if movement.at <= self.at]

    def _return(self, outcome: Outcome, price: int, *, attempt: int = 0) -> None:
        shares, weights = zip(*_RETURNED, strict=True)
        back = int(price * self.rng.choices(shares, weights)[0])
        outcome.kept = price - back
        if back:
            assert outcome.ended_at
            outcome.movements.append(Movement(-back, outcome.ended_at, attempt, outcome.reason))


def _minutes(rng: Random) -> float:
    """Return how many minutes pass until a customer presses «Оплатить»."""
    return 1 + rng.expovariate(1 / 10)
