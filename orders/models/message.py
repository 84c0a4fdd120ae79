"""Messages to a customer: written with the order, sent by a job."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from olvery.shared.fields import EnumField
from orders.models.handover import Handover
from orders.models.invoice import IssuedInvoice
from orders.models.ledger import LedgerEntry
from orders.models.order import Order
from orders.models.payment_attempt import PaymentAttempt, Refund


class MessageKind(models.TextChoices):
    CREATED = "created", _("Order created")
    TICKETS = "tickets", _("Tickets")
    CANCELLED = "cancelled", _("Order cancelled")
    LINK = "link", _("Payment link")
    PAID = "paid", _("Paid")
    DEADLINE = "deadline", _("Time to pay is running out")
    EXPIRED = "expired", _("Not paid in time")
    REFUNDED = "refunded", _("Money returned")
    INVOICE = "invoice", _("Invoice")
    ACT = "act", _("Act of services rendered")
    REMINDER = "reminder", _("Reminder")
    CHANGED = "changed", _("Booking changed")
    LATE = "late", _("Place about to become free")
    RELEASED = "released", _("Place of a late visitor released")
    HANDED = "handed", _("Ticket for its new visitor")
    GONE = "gone", _("Ticket that is somebody else's now")
    PASS_ENDS = "pass_ends", _("Pass about to end")


def _about(model: type[models.Model], label: Any) -> "models.ForeignKey[Any, Any]":
    """Name what a message is about. Nothing looks messages up by it, so it has no index of its own."""
    return models.ForeignKey(
        model, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=label
    )


class Message(models.Model):
    """A message. Order, kind and `about` are unique together, so a repeated job sends no second one."""

    order = models.ForeignKey(Order, models.PROTECT, db_index=False, related_name="messages", verbose_name=_("order"))
    kind = EnumField(MessageKind, _("kind"), max_length=10)
    # What it is about where an order has several such messages: one of these at most.
    attempt = _about(PaymentAttempt, _("payment"))
    entry = _about(LedgerEntry, _("ledger entry"))
    refund = _about(Refund, _("refund"))
    invoice = _about(IssuedInvoice, _("invoice"))
    handover = _about(Handover, _("ticket passed on"))
    deadline_at = models.DateTimeField(_("pay by"), null=True, blank=True)
    # When the link was asked for again, the places of an order that is paid already, a change of the booking, late
    # visitors who were warned or whose places were released together, or new codes.
    asked_at = models.DateTimeField(_("requested at"), null=True, blank=True)
    starts_at = models.DateTimeField(_("start of the booking"), null=True, blank=True)
    to = models.EmailField(pgettext_lazy("recipient", "to"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    # While the mail server is asked; past that moment its sender counts as dead.
    sending_until = models.DateTimeField(_("being sent until"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "order",
                    "kind",
                    "attempt",
                    "entry",
                    "refund",
                    "invoice",
                    "deadline_at",
                    "asked_at",
                    "starts_at",
                    "handover",
                ],
                nulls_distinct=False,
                name="message_once_a_kind_and_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.to}"
