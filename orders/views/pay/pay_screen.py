"""What the payment page shows besides the order itself."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from coworking.domain.cancelling import policies_of
from coworking.models import Seller
from orders.domain.booking.terms import terms_now
from orders.domain.desk.handing_over import passed_on
from orders.domain.online.gateway import OUR_SETTINGS
from orders.domain.online.links import can_be_paid
from orders.domain.queries.cards import order_card, valid_tickets_in
from orders.domain.queries.pay_stage import Paying, Stage
from orders.models import Order, OrderStatus, PaymentAttempt, PaymentLink, Refund
from orders.wording import decline_text

# Seconds until a waiting page asks again, by how often it has asked:
# for a minute, for ten minutes, then for as long as it stays open.
QUICK, SLOW, IDLE = 3, 10, 30
QUICK_ASKS, SLOW_ASKS = 20, 74
# After this many polls, about 20 seconds, it takes longer than usual.
LONG = 7


@dataclass(frozen=True, slots=True)
class Asking:
    """A waiting page asks for news at this address after so many seconds."""

    stage: Stage
    url: str
    seconds: int
    is_long: bool


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """Seconds until the places are released, and the total number of seconds."""

    left: int
    whole: int


def page_url(link: PaymentLink, *, came_back: bool = False) -> str:
    """Return the URL of the payment page; `came_back` if the customer returns from the provider's."""
    return reverse("orders:pay", args=[link.token]) + ("?back=1" if came_back else "")


def asking(link: PaymentLink, paying: Paying, *, came_back: bool, asked: int) -> Asking | None:
    """Return when and where a page that has asked this often asks next; None if no news can come."""
    if not paying.is_moving:
        return None
    query = {"stage": paying.stage, "asked": asked + 1, **({"back": 1} if came_back else {})}
    seconds = QUICK if asked < QUICK_ASKS else SLOW if asked < SLOW_ASKS else IDLE
    return Asking(
        paying.stage, f"{reverse('orders:pay-state', args=[link.token])}?{urlencode(query)}", seconds, asked >= LONG
    )


def pay_screen(link: PaymentLink, paying: Paying, *, came_back: bool, at: datetime) -> dict[str, Any]:
    """Return everything that the template of the payment page reads."""
    order = order_card(Order.objects.all(), link.order_id)
    tickets = valid_tickets_in(order)
    payments = list(order.attempts.order_by("-number"))
    waits, is_payable = _waits_for_provider(paying), can_be_paid(order, paying.balance, at=at)
    refunds = list(Refund.objects.standing().filter(attempt__order=order).order_by("pk"))
    return {
        "link": link,
        "order": order,
        "zone": order.location.zone,
        "tickets": tickets,
        "passed_on": passed_on(tickets) if paying.stage in (Stage.PAID, Stage.NOTHING) else set(),
        "seats": ", ".join(ticket.seat.label for ticket in tickets if ticket.seat),
        "policies": policies_of((ticket.service for ticket in tickets), sold_at=order.created_at),
        "seller": Seller.objects.filter(location=order.location_id).first(),
        "paying": paying,
        "terms": terms_now(order.location_id, at=at)
        if paying.stage == Stage.PAYABLE and not order.is_by_customer
        else [],
        "asking": asking(link, paying, came_back=came_back, asked=0),
        "page_url": page_url(link),
        "time": _time_left(order, at) if paying.stage == Stage.PAYABLE else None,
        "declined": decline_text(paying.declined) if paying.declined else "",
        "is_stuck": paying.stage == Stage.STARTING and _is_stuck(paying),
        "may_pay_again": waits and is_payable,
        "is_over": waits and not is_payable,
        "may_be_paid": any(attempt.is_open for attempt in payments),
        "paid": next((attempt for attempt in payments if attempt.status == PaymentAttempt.Status.SUCCEEDED), None),
        "paid_sum": min(paying.balance.paid, paying.balance.cost),
        "refunds": refunds,
        "is_returned": all(refund.status == Refund.Status.SUCCEEDED for refund in refunds),
        "is_open": bool(settings.YOOKASSA_SHOP_ID),
        "is_test": settings.YOOKASSA_SECRET_KEY.startswith("test_"),
    }


def _time_left(order: Order, at: datetime) -> TimeLeft | None:
    if order.status != OrderStatus.AWAITING_PAYMENT or order.deadline_at is None:
        return None
    whole = max((order.deadline_at - order.created_at).total_seconds(), 1)
    return TimeLeft(left=math.ceil((order.deadline_at - at).total_seconds()), whole=math.ceil(whole))


def _is_stuck(paying: Paying) -> bool:
    """Whether no payment can be started until a person has checked the last one."""
    attempt = paying.attempt
    return attempt is not None and bool(attempt.mismatch or attempt.provider_request.last_status in OUR_SETTINGS)


def _waits_for_provider(paying: Paying) -> bool:
    """Whether the customer came back and the provider has not yet decided about the payment."""
    attempt = paying.attempt
    waits = attempt is not None and attempt.status == PaymentAttempt.Status.PENDING and not attempt.mismatch
    return paying.stage == Stage.CHECKING and waits
