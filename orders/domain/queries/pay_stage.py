"""The stages of the payment page."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orders.domain.money.balance import Balance, balance_of
from orders.domain.online.links import is_payable
from orders.models import Order, OrderStatus, PaymentAttempt


class Stage(StrEnum):
    """Where the customer is on the way to a paid order."""

    PAYABLE = "payable"  # the button may be pressed
    STARTING = "starting"  # the provider has not answered yet
    CHECKING = "checking"  # came back, no news yet
    PAID = "paid"
    RETURNED = "returned"  # the money goes back or went back
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NOTHING = "nothing"  # nothing can be paid here


@dataclass(frozen=True, slots=True)
class Paying:
    """An order on its payment page. `attempt` is the running one, or else the last one."""

    order: Order
    stage: Stage
    balance: Balance
    attempt: PaymentAttempt | None

    @property
    def declined(self) -> str:
        """The provider's reason of the last failed attempt; empty while another one runs."""
        over = self.attempt is not None and self.attempt.status in (
            PaymentAttempt.Status.CANCELED,
            PaymentAttempt.Status.FAILED,
        )
        return (self.attempt.cancel_reason or "general_decline") if self.attempt and over else ""

    @property
    def is_moving(self) -> bool:
        """Whether the page should poll."""
        return self.stage in (Stage.STARTING, Stage.CHECKING)


def paying_of(order: Order, *, came_back: bool, at: datetime) -> Paying:
    """Return what the payment page of an order shows; `came_back` means the customer returned from the provider."""
    balance = balance_of(order)
    active = PaymentAttempt.objects.active().filter(order=order).first()
    attempt = active or order.attempts.order_by("-number").first()
    stage = _stage(order, balance, active, came_back=came_back, at=at)
    return Paying(order, stage, balance, attempt)


def _stage(order: Order, balance: Balance, active: PaymentAttempt | None, *, came_back: bool, at: datetime) -> Stage:
    if order.status == OrderStatus.CANCELLED:
        return Stage.RETURNED if balance.sent_back else Stage.CANCELLED
    if order.status == OrderStatus.EXPIRED and balance.sent_back:
        return Stage.RETURNED
    if balance.paid > 0 and not balance.due:
        if order.status in (OrderStatus.CONFIRMED, OrderStatus.COMPLETED):
            return Stage.PAID
        # A payment of a waiting or expired order is decided within seconds; money still there after that could
        # not be returned automatically.
        undecided = order.attempts.unfulfilled().exists()
        return Stage.CHECKING if undecided or order.status != OrderStatus.EXPIRED else Stage.EXPIRED
    if active and (active.mismatch or came_back) and active.status == PaymentAttempt.Status.PENDING:
        return Stage.CHECKING
    takes_money = is_payable(order, balance, at=at)
    if order.status == OrderStatus.EXPIRED or (order.deadline_at and not takes_money and balance.due):
        return Stage.EXPIRED
    if active and active.status == PaymentAttempt.Status.CREATED:
        return Stage.STARTING
    return Stage.PAYABLE if takes_money else Stage.NOTHING
