"""The payment link: a URL of ours that stays the same for all attempts."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.urls import reverse

from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.messages import About, write_messages
from orders.domain.money.balance import Balance, balance_of
from orders.models import MessageKind, Order, OrderStatus, PaymentLink

RESEND_GUARD = timedelta(seconds=60)


class LinkNotSent(Refusal):
    """The link cannot be sent now."""


def url_of(link: PaymentLink) -> str:
    """Return the absolute URL of the link."""
    return settings.SITE_URL + reverse("orders:pay", args=[link.token])


def note_opening(link: PaymentLink, *, at: datetime) -> None:
    """Record that the link was opened."""
    opened = PaymentLink.objects.filter(pk=link.pk)
    opened.update(opens=F("opens") + 1, opened_at=link.opened_at or at)


def resend_link(number: int, *, at: datetime) -> PaymentLink:
    """Send the payment link to the order's e-mail again. Raises LinkNotSent, Busy."""
    with locks.short_waits():
        order = locks.lock_order(number)
        link = ensure_link(order, at=at)
        check_resending(order, balance_of(order), link, at=at)
        link.resent_at = at
        link.save(update_fields=["resent_at"])
        write_messages(order, [MessageKind.LINK], at=at, about=About(asked_at=at))
    return link


def check_resending(order: Order, balance: Balance, link: PaymentLink | None, *, at: datetime) -> None:
    """Raise LinkNotSent unless the payment link can be sent again now."""
    if not order.email:
        raise LinkNotSent("order_without_email")
    if not can_be_paid(order, balance, at=at):
        raise LinkNotSent("nothing_to_pay")
    if link and link.resent_at and at - link.resent_at < RESEND_GUARD:
        raise LinkNotSent("link_just_sent")


def ensure_link(order: Order, *, at: datetime) -> PaymentLink:
    """Return the link of the order, creating it if there is none."""
    link, _made = PaymentLink.objects.get_or_create(order=order, defaults={"created_at": at})
    return link


def can_be_paid(order: Order, balance: Balance, *, at: datetime) -> bool:
    """Whether a payment of this order may be started now: screens that offer one and the payment page agree on this."""
    return is_payable(order, balance, at=at) and not balance.in_review


def is_payable(order: Order, balance: Balance, *, at: datetime) -> bool:
    """Whether something is due that can still be paid, now or as soon as a payment has been checked."""
    if order.status == OrderStatus.AWAITING_PAYMENT:
        is_in_time = bool(order.deadline_at and order.deadline_at > at)
    else:
        is_in_time = order.status in (OrderStatus.CONFIRMED, OrderStatus.COMPLETED)
    return is_in_time and balance.due > 0
